import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/application/errors.js';
import { ConfigError, loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { noStream, write } from '../contract/subject.js';
import { selfSigned } from '../support/certificate.js';
import { StandIn, type StandInOptions } from '../support/eventstoredb/server.js';
import { silent } from '../support/postgres.js';

/** What is looked at before anything is written, on the stand-in. */

const toClose: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function serve(options: StandInOptions = {}): Promise<StandIn> {
  const server = await StandIn.start(options);
  toClose.unshift(() => server.stop());
  return server;
}

function open(url: string, timeoutMs = 1_000): OpenLog {
  const bounds = { STATEMENT_TIMEOUT_MS: `${timeoutMs}`, APPEND_TIMEOUT_MS: `${timeoutMs}` };
  const config = loadStoreConfig({ EVENT_STORE_URL: url, ...bounds });
  const log = openEventStore(config.eventStoreUrl!, config, silent);
  toClose.unshift(() => log.close());
  return log;
}

const reasonOf = (call: Promise<unknown>): Promise<string> =>
  call.then(String, (error: unknown) => {
    expect(error).toBeInstanceOf(StoreUnavailable);
    return (error as Error).message;
  });

async function eventually(log: OpenLog, expected: RegExp | null): Promise<void> {
  const isExpected = (problem: string | null) => (expected === null ? problem === null : expected.test(problem ?? ''));
  let problem = await log.problem();
  for (let tries = 0; tries < 100 && !isExpected(problem); tries++, problem = await log.problem()) await pause(50);
  if (expected === null) expect(problem).toBeNull();
  else expect(problem).toMatch(expected);
}

test('a server in order has no problem', async () => {
  const log = open((await serve()).url);
  await write(log.store, noStream());
  expect(await log.problem()).toBeNull();
});

test('metadata that throws our records away is found before the start, and while we run', async () => {
  const server = await serve();
  server.log.setMetadata('somebody-elses', { $maxCount: 1 });
  server.log.setMetadata('booking-opera', { $maxAge: 3_600 });
  const log = open(server.url);
  await eventually(log, /booking-opera has \$maxAge set/);
  server.log.setMetadata('booking-opera', { $acl: {} });
  await eventually(log, null);
  server.log.setMetadata('booking-concert', { $maxCount: 10 });
  await eventually(log, /booking-concert has \$maxCount set/);
});

test.each([
  ['21.10.11.0', /is version 21\.10\.11\.0; 22\.10 or later is needed/],
  ['22.6.0', /22\.10 or later/],
  ['22.10.0.0', null],
  ['25.1.0', null],
])('a server of version %s', async (version, expected) => eventually(open((await serve({ version })).url), expected));

test('a server that is away, or in silence, cannot be asked, and is when it comes', async () => {
  const server = await serve();
  server.mode = 'silent';
  const log = open(server.url, 200);
  expect(await reasonOf(log.problem())).toMatch(/EventStoreDB: .*no answer within/);
  server.mode = 'sound';
  await eventually(log, null);
  await server.stop();
  expect(await reasonOf(log.feed.head())).toMatch(/EventStoreDB: .*UNAVAILABLE/);
  const back = await StandIn.start({ port: Number(new URL(server.url).port) });
  toClose.unshift(() => back.stop());
  expect(await log.feed.head()).toBe(0n);
});

describe('Over TLS', () => {
  const ours = selfSigned();
  let folder: string;
  let trusted: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-tls-'));
    const file = path.join(folder, 'ca.crt');
    await writeFile(file, ours.cert);
    trusted = `tlsCAFile=${encodeURIComponent(file)}`;
  });
  afterAll(() => rm(folder, { recursive: true }));

  const address = (server: StandIn, user: string, options: string): string =>
    `esdb://${user}@localhost:${server.port}?${options}`;

  test('the right user with the right certificate writes and reads', async () => {
    const server = await serve({ tls: ours, passwords: ['holdfast:a b'] });
    const log = open(address(server, 'holdfast:a%20b', trusted));
    await write(log.store, noStream());
    await eventually(log, null);
    expect(await log.feed.head()).toBeGreaterThan(0n);
  });

  test('the wrong password is named as such', async () => {
    const server = await serve({ tls: ours, passwords: ['holdfast:secret'] });
    const log = open(address(server, 'holdfast:wrong', trusted));
    expect(await reasonOf(write(log.store, noStream()))).toMatch(/Unauthenticated/i);
    expect(await reasonOf(log.store.identity())).toMatch(/Unauthenticated/i);
  });

  test('the wrong certificate is named as such', async () => {
    const server = await serve({ tls: selfSigned() });
    const log = open(address(server, 'holdfast:secret', trusted));
    expect(await reasonOf(write(log.store, noStream()))).toMatch(/certificate|signature/i);
    expect(await reasonOf(log.feed.head())).toMatch(/certificate|signature/i);
  });

  test.each(['admin', 'ops'])('the password that every server comes with is refused for %s', async (user) => {
    const server = await serve({ tls: ours, passwords: ['holdfast:secret', `${user}:changeit`] });
    await eventually(
      open(address(server, 'holdfast:secret', trusted)),
      new RegExp(`user "${user}" still has the password`),
    );
  });

  test('a certificate file that is not there stops the start with a sentence', () => {
    expect(() => open('esdb://127.0.0.1:1?tlsCAFile=nowhere.crt')).toThrow(ConfigError);
    expect(() => open('esdb://127.0.0.1:1?tlsCAFile=nowhere.crt')).toThrow(/certificate file.*not found/i);
  });
});
