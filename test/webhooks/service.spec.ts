import { registerWebhooks } from '../../src/cli/webhooks.js';
import { run } from '../support/cli.js';
import { Load, schedule, tokenOf } from '../support/load.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';
import { Receiver, soon } from './receiver.js';

const SETTINGS = { WEBHOOKS_ALLOW_PRIVATE: 'on', WEBHOOK_LEASE_MS: '400', WEBHOOK_POLL_MS: '20', LOG_LEVEL: 'trace' };

let database: TestDatabase;
let stage: Stage;
let receiver: Receiver;
/** It delivers, and is killed. */
let first: Api;
beforeAll(async () => {
  [database, stage, receiver] = await Promise.all([freshDatabase(), Stage.open(), Receiver.open()]);
  first = await start();
});
afterAll(async () => {
  await receiver?.close();
  await stage?.close();
  await database?.drop();
});

const start = () => stage.api({ DATABASE_URL: database.url, ...SETTINGS });
const headers = { authorization: `Bearer ${tokenOf('operator', 'ops')}`, 'content-type': 'application/json' };
const holdfast = async (...words: string[]) =>
  run(registerWebhooks, { DATABASE_URL: database.url }, 'webhooks', ...words);

test('the process that delivers is killed with a message on its way: another one tells everything, in order', async () => {
  const made = await fetch(`${first.url}/v1/webhooks`, {
    ...{ method: 'POST', headers, body: JSON.stringify({ url: `${receiver.url}?key=hidden` }) },
  });
  const { webhookId, secret } = (await made.json()) as { webhookId: string; secret: string };
  // The first message is never answered, and whoever sent it dies.
  let isKilled = false;
  receiver.behaviour = () => (isKilled ? 204 : () => undefined);
  await schedule(first.url, 'told', 10);
  const [second] = await Promise.all([start(), receiver.until(1)]);
  await first.kill();
  isKilled = true;
  const load = new Load([second.url], 4);
  const calls = [];
  for (let n = 0; n < 5; n += 1) calls.push(await load.ask(load.wish('told', `user-${n}`), second.url));
  await load.close();
  // A stuck receiver slowed no booking.
  expect(calls.every(({ outcome, startedAt, endedAt }) => outcome === 'ok' && endedAt - startedAt < 1_000)).toBe(true);

  await soon(
    () => receiver.told.includes('told/5'),
    () => receiver.told.join(', '),
  );
  expect(receiver.told.filter((each) => !each.includes('hung'))).toEqual([0, 1, 2, 3, 4, 5].map((n) => `told/${n}`));
  // What was received is written down a moment later.
  await soon(async () => (await holdfast('list')).stdout.includes(' 0 pending '));
  const figures = await (await fetch(`${second.url}/metrics`, { headers })).text();
  expect(figures).toMatch(/^holdfast_webhook_deliveries_total 6$/m);
  expect(figures).toMatch(/^holdfast_webhook_queue 0$/m);

  const listed = await holdfast('list');
  expect(listed.stdout).toBe(`${webhookId}  enabled, 0 pending  ${receiver.url}\n`);
  const sent = JSON.parse((await holdfast('deliveries', webhookId, '--json')).stdout) as {
    deliveries: { messageId: string; status: string; position: string }[];
  };
  expect(sent.deliveries.map(({ status }) => status)).toEqual(Array(6).fill('delivered'));
  const { messageId, position } = sent.deliveries[0]!;
  const before = receiver.received.length;
  expect((await holdfast('replay', webhookId, '--message', messageId)).stdout).toContain(': pending, 0 attempts');
  await receiver.until(before + 1);
  const again = ['replay', webhookId, '--from', position] as const;
  await expect(holdfast(...again)).rejects.toThrow(/^Send \S+ everything from \S+ on again\? Say --yes, or --dry-run/);
  expect((await holdfast(...again, '--dry-run')).stdout).toMatch(/^\S+: everything from \S+ on would be sent again\n$/);
  expect((await holdfast(...again, '--yes')).stdout).toContain(webhookId);
  await receiver.until(before + 2);
  expect(receiver.told.slice(before)).toEqual(['told/5', 'told/5']);
  await soon(async () => (await holdfast('list')).stdout.includes(' 0 pending '));
  await fetch(`${second.url}/v1/webhooks/${webhookId}`, { method: 'PATCH', headers, body: '{"enabled":false}' });
  expect((await holdfast('list')).stdout).toMatch(/ disabled since \S+ \(requested\), 0 pending /);
  expect((await holdfast('enable', webhookId, '--json')).stdout).toContain('"disabled": null');
  for (const [words, expected] of [
    [['deliveries', 'x'], /^<webhookId>: expected/],
    [['deliveries', webhookId, '--status', 'x'], /^--status: expected/],
    [['deliveries', webhookId, '--limit', '0'], /^--limit: expected/],
    [['replay', webhookId], /^expected one of --message and --from/],
    [['replay', webhookId, '--from', 'x'], /^--from: expected/],
    [['replay', webhookId, '--message', 'x'], /^--message: expected/],
    [['replay', webhookId, '--message', messageId, '--dry-run'], /^--dry-run: expected --from/],
  ] as const)
    await expect((async () => holdfast(...words))()).rejects.toThrow(expected);

  expect((await second.stop()).code).toBe(0);
  for (const { output } of [first, second]) {
    expect(output).not.toContain(secret.slice('whsec_'.length));
    expect(output).not.toContain('hidden');
  }
});
