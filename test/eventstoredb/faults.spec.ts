import { execFile } from 'node:child_process';
import net from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { Checkpoint } from '../../projections/checkpoint.js';
import { ForeignLog, assertSameLog } from '../../projections/same-log.js';
import { OutcomeUnknown, StoreUnavailable, StreamUnreadable, UnknownPosition } from '../../src/application/errors.js';
import type { Position, RecordedEvent, StreamHead, UnreadableRecord } from '../../src/application/ports.js';
import { idsOf, noStream, readAll, records, write } from '../contract/subject.js';
import { StandInProcess } from '../support/eventstoredb/process.js';
import { StandIn, type Mode } from '../support/eventstoredb/server.js';
import { openStore, type OpenedStore } from '../support/eventstoredb/subject.js';
import { Service, count, receiptOf, wordOf } from '../support/service.js';

/** What the adapter makes of a server, or a network, that misbehaves: on the stand-in only. */

const IMPATIENT = {
  appendTimeoutMs: 800,
  readTimeoutMs: 700,
  queueAgeMs: 600,
  silenceMs: 100,
  maxBackoffMs: 50,
};

/** No call may take longer, whatever happens. */
const BOUND_MS = 5_000;

/** The result or the error of a call, which must come in time. */
async function outcomeOf<T>(call: Promise<T>): Promise<T | Error> {
  const startedAt = performance.now();
  const outcome = await call.catch((error: Error) => error);
  expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
  return outcome;
}

let server: StandIn;
let open: OpenedStore;
const toClose: (() => Promise<unknown> | void)[] = [];

beforeEach(async () => {
  server = await StandIn.start({ delayMs: 1_200, liveBuffer: 50 });
  open = openStore(server.url, IMPATIENT);
});

afterEach(async () => {
  server.mode = 'sound';
  for (const close of toClose.splice(0)) await close();
  await open.close();
  await server.stop();
});

/** Once the server has been sent an append, whatever it makes of it. */
async function whenAsked(then: () => void): Promise<void> {
  while (server.calls.append === 0) await pause(5);
  then();
}

/** Reads the feed in the background. */
function listen(feed: OpenedStore['feed'], from: Position = 0n, perPage: () => Promise<void> = async () => undefined) {
  const ending = new AbortController();
  const found: (RecordedEvent | UnreadableRecord)[] = [];
  const reading = (async () => {
    for await (const page of feed.after(from, ending.signal)) {
      found.push(...page);
      await perPage();
    }
  })();
  const has = async (total: number, withinMs = 10_000): Promise<void> => {
    for (const end = Date.now() + withinMs; found.length < total && Date.now() < end;) await pause(5);
    expect(found).toHaveLength(total);
  };
  toClose.push(() => {
    ending.abort();
    return reading;
  });
  return { found, has };
}

/** Sends the identical append until it is known. */
async function surely(store: OpenedStore['store'], head: StreamHead, count = 1): Promise<StreamHead> {
  const sealed = records(head, count);
  for (const end = Date.now() + 10_000; Date.now() < end; await pause(10)) {
    const outcome = await outcomeOf(store.append(head.stream, head.revision, sealed));
    if ('kind' in outcome && outcome.kind === 'appended') return sealed.at(-1)!;
    if (!(outcome instanceof OutcomeUnknown || outcome instanceof StoreUnavailable)) throw new Error(String(outcome));
  }
  throw new Error('never known');
}

describe('An append to a server that', () => {
  test.each<[mode: Mode, isWritten: boolean]>([
    ['silent', false],
    ['mute', true],
    ['dropping', true],
    ['slow', true],
    ['busy', false],
    ['starting', false],
  ])('is %s has an unknown outcome, and the same records sent again are there once', async (mode, isWritten) => {
    const head = noStream();
    const first = (await write(open.store, head)).sealed[0]!;
    const sealed = records(first, 3);
    server.mode = mode;
    expect(await outcomeOf(open.store.append(head.stream, 0, sealed))).toBeInstanceOf(OutcomeUnknown);
    expect(server.log.visible(head.stream)).toHaveLength(isWritten ? 4 : 1);
    server.mode = 'sound';
    expect(await outcomeOf(open.store.append(head.stream, 0, sealed))).toMatchObject({ kind: 'appended' });
    expect(idsOf(await readAll(open.store, head.stream))).toEqual(idsOf([first, ...sealed]));
  });

  test('answers the first attempt too late is answered by the second', async () => {
    const head = noStream();
    server.mode = 'mute';
    void whenAsked(() => (server.mode = 'sound'));
    expect(await outcomeOf(open.store.append(head.stream, -1, records(head, 2)))).toMatchObject({ kind: 'appended' });
    expect(server.log.visible(head.stream)).toHaveLength(2);
    expect(server.calls.append).toBe(2);
  });

  test('follows another is sent to the leader', async () => {
    const leader = await StandIn.start();
    toClose.push(() => leader.stop());
    server.mode = 'follower';
    server.leader = { host: '127.0.0.1', port: leader.port };
    const head = noStream();
    await write(open.store, head, 2);
    expect(leader.log.visible(head.stream)).toHaveLength(2);
    expect(await readAll(open.store, head.stream)).toHaveLength(2);
    expect(server.log.visible(head.stream)).toBeNull();
  });

  test('is gone wrote nothing, and says so at once; when the server comes back all is well', async () => {
    const head = noStream();
    const first = (await write(open.store, head)).sealed[0]!;
    const { port } = server;
    await server.stop();
    await pause(20);
    expect(await outcomeOf(open.store.append(head.stream, 0, records(first)))).toBeInstanceOf(StoreUnavailable);
    expect(await outcomeOf(open.feed.head())).toBeInstanceOf(StoreUnavailable);
    server = await StandIn.start({ port });
    await surely(open.store, noStream());
  });

  test('stands behind a conflict after an attempt of which nobody knows proves nothing', async () => {
    const head = noStream();
    const [ours, theirs] = [records(head), records(head)];
    server.mode = 'silent';
    void whenAsked(() => {
      server.mode = 'sound';
      server.log.append(head.stream, -1, theirs.map(stored));
    });
    expect(await outcomeOf(open.store.append(head.stream, -1, ours))).toBeInstanceOf(OutcomeUnknown);
    expect(idsOf(await readAll(open.store, head.stream))).toEqual(idsOf(theirs));
  });

  test('takes less than it holds is not sent', async () => {
    const head = noStream();
    const large = records(head, 4).map((record) => ({
      ...record,
      data: JSON.stringify({ text: 'ü'.repeat(150_000) }),
    }));
    expect(await outcomeOf(open.store.append(head.stream, -1, large))).toBeInstanceOf(StoreUnavailable);
    expect(server.calls.append).toBe(0);
  });

  test('answers nothing does not wait behind others for ever', async () => {
    const narrow = openStore(server.url, { ...IMPATIENT, appendsAtOnce: 1 });
    toClose.push(() => narrow.close());
    server.mode = 'silent';
    const calls = Array.from({ length: 3 }, () => noStream()).map((head) =>
      outcomeOf(narrow.store.append(head.stream, -1, records(head))),
    );
    expect((await Promise.all(calls)).map(({ constructor }: object) => constructor.name)).toEqual([
      'OutcomeUnknown',
      'StoreUnavailable',
      'StoreUnavailable',
    ]);
  });

  test('never gets what is no append', async () => {
    const head = noStream();
    const [first, second] = records(head, 2);
    for (const sealed of [[], [second!], [first!, first!]])
      await expect(open.store.append(head.stream, -1, sealed)).rejects.toThrow(TypeError);
    await expect(open.store.append('$all', -1, records(noStream('$all')))).rejects.toThrow(TypeError);
  });
});

describe('A read from a server that', () => {
  test.each<Mode>(['silent', 'dropping', 'slow', 'busy', 'starting'])(
    'is %s fails in time, and the next succeeds',
    async (mode) => {
      const head = noStream();
      const { position } = await write(open.store, head, 2);
      server.mode = mode;
      const calls = [readAll(open.store, head.stream), open.feed.head(), open.store.identity()];
      for (const outcome of await Promise.all(calls.map((call: Promise<unknown>) => outcomeOf(call))))
        expect(outcome).toBeInstanceOf(StoreUnavailable);
      server.mode = 'sound';
      await surely(open.store, noStream());
      expect(await readAll(open.store, head.stream)).toHaveLength(2);
      expect(await open.feed.head()).toBeGreaterThan(position);
    },
  );
});

describe('A stream that somebody has tampered with', () => {
  test.each<[string, (stream: string) => void]>([
    ['was cut', (stream) => server.log.setMetadata(stream, { $tb: 2 })],
    ['keeps a few records only', (stream) => server.log.setMetadata(stream, { $maxCount: 1 })],
    ['was buried', (stream) => server.log.tombstone(stream)],
  ])('and that %s cannot be read', async (_, tamper) => {
    const head = noStream();
    await write(open.store, head, 4);
    tamper(head.stream);
    expect(await outcomeOf(readAll(open.store, head.stream))).toBeInstanceOf(StreamUnreadable);
  });

  test.each<[string, (stream: string) => void]>([
    ['was cut', (stream) => server.log.setMetadata(stream, { $tb: 3 })],
    ['was deleted', (stream) => server.log.softDelete(stream)],
    ['was buried', (stream) => server.log.tombstone(stream)],
  ])('and that %s where the tables stand is another log for them', async (_, tamper) => {
    await write(open.store, noStream(), 4);
    const { has, found } = listen(open.feed);
    await has(4);
    const { position, stream, revision, id: recordId } = found[2]!;
    const checkpoint = { position, last: { stream, revision, recordId }, logId: '', skipped: new Set<string>() };
    const checkpoints = { read: async () => checkpoint as unknown as Checkpoint, adopt: async () => true };
    await assertSameLog(checkpoints, open.store);
    tamper(stream);
    expect(await outcomeOf(assertSameLog(checkpoints, open.store))).toBeInstanceOf(ForeignLog);
  });

  test('and that was buried gives its burial as a record that cannot be read, and a revision that can be kept', async () => {
    const { stream } = (await write(open.store, noStream(), 2)).sealed[0]!;
    server.log.tombstone(stream);
    const { has, found } = listen(open.feed);
    await has(3);
    expect(found[2]).toMatchObject({ stream, type: '$streamDeleted', unreadable: 'unknown type' });
    // As the tables keep it: PostgreSQL's bigint, from JavaScript's number.
    expect(BigInt(String(found[2]!.revision))).toBeLessThan(2n ** 63n);
    expect(await open.feed.head()).toBe(found[2]!.position);
  });

  test('and deleted is not taken for a new one', async () => {
    const head = noStream();
    await write(open.store, head, 4);
    server.log.softDelete(head.stream);
    expect(await outcomeOf(open.store.append(head.stream, -1, records(head)))).toBeInstanceOf(StreamUnreadable);
    expect(await outcomeOf(readAll(open.store, head.stream))).toBeInstanceOf(StreamUnreadable);
  });
});

describe('The feed', () => {
  test.each<[string, () => void]>([
    ['ended with OK', () => (server.mode = 'ending')],
    ['given nothing any more', () => (server.mode = 'deaf')],
    ['cut off', () => server.drop()],
  ])('goes on where it was when it is %s', async (_, fail) => {
    const { has, found } = listen(open.feed);
    let head = (await write(open.store, noStream(), 3)).sealed.at(-1)! as StreamHead;
    for (let round = 1; round <= 3; round++) {
      await has(3 * round);
      fail();
      server.mode = 'sound';
      head = await surely(open.store, head, 3);
    }
    await has(12, 5_000);
    expect(new Set(idsOf(found)).size).toBe(12);
  });

  test('loses and repeats nothing when it is thrown out for being slow', async () => {
    let slow = true;
    const { has, found } = listen(openSlow().feed, 0n, () => pause(slow ? 20 : 0));
    const { store } = openStore(server.url);
    toClose.push(() => store.close());
    const heads = await Promise.all(
      Array.from({ length: 20 }, async () => (await write(store, noStream(), 40)).sealed.at(-1)!),
    );
    await Promise.all(heads.map((head) => write(store, head, 40)));
    expect(server.thrownOut).toBeGreaterThan(0);
    slow = false;
    await has(1_600);
    expect(new Set(idsOf(found)).size).toBe(1_600);
  });

  const openSlow = (readTimeoutMs = IMPATIENT.readTimeoutMs): OpenedStore => {
    const slow = openStore(server.url, { ...IMPATIENT, readTimeoutMs, page: 10, buffer: 20 });
    toClose.push(() => slow.close());
    return slow;
  };

  test('finds the last record of ours behind any number of others’, and looks at them once', async () => {
    const { position } = await write(open.store, noStream(), 2);
    server.log.noise(3_000);
    const fresh = openStore(server.url, { ...IMPATIENT, readTimeoutMs: 5_000 });
    toClose.push(() => fresh.close());
    expect(await fresh.feed.head()).toBe(position);
    const before = server.calls.read;
    expect(await fresh.feed.head()).toBe(position);
    expect(server.calls.read - before).toBe(1);
  });

  test('does not take records that wait to be taken for none, whatever it hears of those behind them', async () => {
    const { store, close } = openStore(server.url);
    toClose.push(close);
    const { position } = await write(store, noStream(), 32);
    server.log.noise(1_100);
    const slow = openSlow(5_000);
    let isHeld = true;
    toClose.push(() => void (isHeld = false));
    const { has } = listen(slow.feed, 0n, async () => {
      while (isHeld) await pause(5);
    });
    // By then the server has told that it is past the noise, with the last of ours not taken yet.
    await pause(300);
    expect(await slow.feed.head()).toBe(position);
    isHeld = false;
    await has(32);
    expect(await slow.feed.head()).toBe(position);
  });

  test('says no less than what it was just told of', async () => {
    expect(open.feed.settled(9n, 4n)).toBe(4n);
    expect(open.feed.settled(7n, 6n)).toBe(6n);
    expect(open.feed.settled(8n, 2n)).toBe(4n);
  });

  test('comes further with each search that was cut short', async () => {
    const { position } = await write(open.store, noStream(), 2);
    server.log.noise(3_000);
    const hasty = openStore(server.url, { ...IMPATIENT, readTimeoutMs: 800 });
    toClose.push(() => hasty.close());
    const outcomes: unknown[] = [];
    for (let tries = 0; tries < 50 && outcomes.at(-1) !== position; tries++)
      outcomes.push(await outcomeOf(hasty.feed.head()));
    expect(outcomes.at(-1)).toBe(position);
  });

  test('says 0 for a log without a record of ours', async () => {
    expect(await open.feed.head()).toBe(0n);
  });

  describe.each(['22.10.5.0', '23.10.8.0', '24.2.0', '25.0.0'])('of a server of version %s', (version) => {
    let inside: Position;
    let feed: OpenedStore['feed'];
    let versioned: StandIn;
    beforeEach(async () => {
      versioned = await StandIn.start({ version });
      const opened = openStore(versioned.url, IMPATIENT);
      toClose.push(async () => {
        versioned.mode = 'sound';
        await opened.close();
        await versioned.stop();
      });
      const { position } = await write(opened.store, noStream(), 3);
      feed = opened.feed;
      inside = position - 1n;
    });

    test('says of a position inside a record that it is none', async () => {
      expect(await outcomeOf(feed.isWithin(inside, 10))).toBeInstanceOf(UnknownPosition);
      expect(await outcomeOf(feed.lastBefore(inside))).toBeInstanceOf(UnknownPosition);
    });

    test('ends with that answer who follows from there, and does not ask for ever', async () => {
      const pages = feed.after(inside, AbortSignal.timeout(BOUND_MS));
      expect(await outcomeOf(pages.next())).toBeInstanceOf(UnknownPosition);
    });
  });

  test.each<Mode>(['silent', 'busy', 'dropping', 'starting'])(
    'of a server that is %s says of no position what it cannot know',
    async (mode) => {
      const { position } = await write(open.store, noStream(), 3);
      server.mode = mode;
      expect(await outcomeOf(open.feed.isWithin(position, 10))).toBeInstanceOf(StoreUnavailable);
      expect(await outcomeOf(open.feed.lastBefore(position))).toBeInstanceOf(StoreUnavailable);
    },
  );
});

test('A cluster whose leader dies goes on with the next one, and the feed too', async () => {
  const next = await StandIn.start({ log: server.log });
  toClose.push(() => next.stop());
  next.mode = 'follower';
  next.leader = { host: '127.0.0.1', port: server.port };
  const seeds = `127.0.0.1:${next.port},127.0.0.1:${server.port}`;
  const cluster = openStore(`esdb://${seeds}?tls=false&nodePreference=leader&gossipTimeout=1`, IMPATIENT);
  toClose.push(() => cluster.close());
  const { found, has } = listen(cluster.feed);
  let head: StreamHead = (await write(cluster.store, noStream(), 3)).sealed.at(-1)!;
  await has(3);
  expect(next.calls.append).toBe(0);
  await server.stop();
  next.mode = 'sound';
  const diedAt = performance.now();
  head = await surely(cluster.store, head, 3);
  expect(performance.now() - diedAt).toBeLessThan(5_000);
  await has(6);
  expect(new Set(idsOf(found)).size).toBe(6);
  expect(await readAll(cluster.store, head.stream)).toHaveLength(6);
});

test('A connection that swallows everything is given up for a new one', async () => {
  const holes = new Set<net.Socket>();
  let isOpen = true;
  const proxy = net.createServer((near) => {
    const far = net.connect(server.port, '127.0.0.1');
    const mine = isOpen;
    near.on('data', (chunk) => (mine === isOpen || mine === false ? far.write(chunk) : undefined));
    far.on('data', (chunk) => (mine === isOpen || mine === false ? near.write(chunk) : undefined));
    for (const socket of [near, far]) holes.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as net.AddressInfo;
  const remote = openStore(`esdb://127.0.0.1:${port}?tls=false`, IMPATIENT);
  const { has } = listen(remote.feed);
  const head = (await write(remote.store, noStream())).sealed[0]!;
  await has(1);
  isOpen = false; // What is connected by now is a hole; what connects from now on is not.
  await surely(remote.store, head, 2);
  await has(3, 5_000);
  await remote.close();
  for (const socket of holes) socket.destroy();
  proxy.close();
});

test('An append over the limit of the server is refused before it is sent, and the next one goes on', async () => {
  const head = noStream();
  const sent = server.calls.append;
  await expect(open.store.append(head.stream, -1, records(head, 2_000))).rejects.toThrow(/bytes in one append/);
  expect(server.calls.append).toBe(sent);
  expect(await readAll(open.store, head.stream)).toEqual([]);
  expect(await open.store.append(head.stream, -1, records(head, 2))).toMatchObject({ kind: 'appended' });
});

test('Another client that fails takes no append of ours along', async () => {
  const other = await StandIn.start();
  const theirs = EventStoreDBClient.connectionString(other.url);
  const shared = theirs.appendToStream('x', { id: crypto.randomUUID(), contentType: 'application/json', type: 'X', data: {}, metadata: undefined }, { expectedRevision: 'no_stream' }); // prettier-ignore
  await shared;
  server.mode = 'slow';
  const patient = openStore(server.url, { appendTimeoutMs: 5_000 });
  toClose.push(() => patient.close());
  const appends = Array.from({ length: 20 }, () => noStream()).map((head) => write(patient.store, head));
  await pause(30);
  await other.stop();
  await theirs.dispose();
  expect(await Promise.all(appends)).toHaveLength(20);
});

describe('A server that is killed, frozen and started again under load', () => {
  test('has every acknowledged record once, and the feed each of them once', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-esdb-'));
    const killed = await StandInProcess.start({ file: path.join(folder, 'log.jsonl') });
    const through = openStore(killed.url, IMPATIENT);
    const { found, has } = listen(through.feed);
    const heads: StreamHead[] = [];
    let isOver = false;
    const writers = Array.from({ length: 16 }, async () => {
      let head: StreamHead = noStream();
      while (!isOver) head = await surely(through.store, head, 2);
      heads.push(head);
    });
    await pause(150);
    killed.freeze();
    await pause(700);
    killed.thaw();
    await pause(150);
    await killed.kill();
    await killed.start();
    const backAt = performance.now();
    await surely(through.store, noStream());
    const healedMs = performance.now() - backAt;
    await pause(150);
    isOver = true;
    await Promise.all(writers);
    const total = heads.reduce((sum, { revision }) => sum + revision + 1, 1);
    await has(total);
    console.log(`healed ${Math.round(healedMs)} ms after the server's return; ${total} records`);
    expect(healedMs).toBeLessThan(10_000);
    expect(new Set(idsOf(found)).size).toBe(total);
    for (const { stream, revision } of heads) {
      const mine = found.filter((record) => record.stream === stream);
      expect(mine.map((record) => record.revision)).toEqual(Array.from({ length: revision + 1 }, (_, n) => n));
    }
    await through.close();
    await killed.kill();
    await rm(folder, { recursive: true });
  });
});

test('Sixty-four writers and a reader come through a storm, and no rejection is left unhandled', async () => {
  const [loader, storm] = ['../support/jest-typescript.mjs', '../support/eventstoredb/storm.ts'].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  );
  const child = promisify(execFile)(process.execPath, ['--import', loader!, storm!], { timeout: 20_000 });
  expect((await child).stdout).toMatch(/^\d+ appends, each once$/m);
});

test('A hundred people book twenty places while the server goes through all its moods', async () => {
  const service = new Service(open.store, undefined, { outcomeDeadlineMs: 2_000, queueAgeMs: 2_000 });
  receiptOf(await service.schedule('opera', { capacity: 20 }));
  const moods: Mode[] = ['mute', 'sound', 'dropping', 'busy', 'sound', 'silent', 'slow', 'starting', 'sound'];
  let isOver = false;
  const weather = (async () => {
    for (let n = 0; !isOver; n++) {
      server.mode = moods[n % moods.length]!;
      await pause(40);
    }
    server.mode = 'sound';
  })();
  const book = async (user: string): Promise<string> => {
    await pause(500 * Math.random());
    for (let tries = 0; tries < 50; tries++) {
      const answer = await service.book('opera', user, {}, 'once').catch(() => null);
      if (answer !== null) return wordOf(answer);
      await pause(10);
    }
    return 'never answered';
  };
  const words = count(await Promise.all(Array.from({ length: 100 }, (_, n) => book(`user-${n}`))));
  isOver = true;
  await weather;
  expect((words['accepted'] ?? 0) + (words['replayed'] ?? 0)).toBe(20);
  expect(words['SoldOut']).toBe(80);
  const log = await readAll(open.store, 'booking-opera');
  expect(log.filter(({ event }) => event.type === 'BookingConfirmed')).toHaveLength(20);
});

/** A record of ours as the server keeps it. */
const stored = ({ id, type, data, metadata }: { id: string; type: string; data: string; metadata: string }) => ({
  ...{ id, type, contentType: 'application/json' },
  ...{ data: new Uint8Array(Buffer.from(data)), metadata: new Uint8Array(Buffer.from(metadata)) },
});
