import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ANY,
  BACKWARDS,
  END,
  EventStoreDBClient,
  NO_STREAM,
  START,
  STREAM_EXISTS,
  eventTypeFilter,
  jsonEvent,
  streamNameFilter,
  type AppendExpectedRevision,
  type AppendResult,
  type JSONEventData,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { StandInProcess } from '../support/eventstoredb/process.js';
import { StandIn } from '../support/eventstoredb/server.js';
import { REAL_URL } from '../support/eventstoredb/subject.js';

/** What real servers did, row by row. With TEST_EVENTSTOREDB_URL the same rows are asked of the server that it names. */

const CREDENTIALS = { username: 'admin', password: 'changeit' };
/** With credentials an append is a call of its own; without, it goes through the one that all appends share. */
const UNARY = { credentials: CREDENTIALS };

const streamName = (): string => `booking-${crypto.randomUUID()}`;
const events = (count: number, label = 'first'): JSONEventData[] =>
  Array.from({ length: count }, (_, n) => jsonEvent({ type: 'Noted', data: { label, n } }));

let standIn: StandIn | null = null;
let client: EventStoreDBClient;

beforeAll(async () => {
  if (REAL_URL === undefined) standIn = await StandIn.start();
  client = EventStoreDBClient.connectionString(REAL_URL ?? standIn!.url);
});

afterAll(async () => {
  await client.dispose();
  await standIn?.stop();
});

const append = (
  stream: string,
  expectedRevision: AppendExpectedRevision,
  data: JSONEventData[],
  through = client,
): Promise<AppendResult> => through.appendToStream(stream, data, { expectedRevision, ...UNARY });

/** The type of the error with which a call fails. */
const errorOf = (call: Promise<unknown>): Promise<{ type?: string; code?: number; message?: string }> =>
  call.then(
    () => ({ type: 'none' }),
    (error: unknown) => error as { type?: string },
  );

async function readStream(stream: string, options: object = {}, through = client): Promise<ResolvedEvent[]> {
  const found: ResolvedEvent[] = [];
  for await (const event of through.readStream(stream, options)) found.push(event);
  return found;
}

const idsIn = async (stream: string, through = client): Promise<string[]> =>
  (await readStream(stream, {}, through)).map(({ event }) => event!.id);
const idsOf = (data: readonly { id: string }[]): string[] => data.map(({ id }) => id);

describe('A retry of an append', () => {
  test('with the same ids at the original revision succeeds at the original place and writes nothing', async () => {
    const stream = streamName();
    const [first, second] = [events(2), events(2)];
    const done = await append(stream, NO_STREAM, first);
    const later = await append(stream, 1n, second);
    expect(await append(stream, NO_STREAM, first)).toEqual(done);
    expect(await append(stream, 1n, second)).toEqual(later);
    expect(await idsIn(stream)).toEqual(idsOf([...first, ...second]));
  });

  test('with only the first of the ids, or with other data, succeeds and keeps what is there', async () => {
    const stream = streamName();
    const first = events(3);
    await append(stream, NO_STREAM, first);
    expect(await append(stream, NO_STREAM, first.slice(0, 2))).toMatchObject({ success: true });
    const changed = first.map((event) => ({ ...event, data: { label: 'changed' } }));
    expect(await append(stream, NO_STREAM, changed)).toMatchObject({ success: true });
    expect((await readStream(stream)).map(({ event }) => event!.data)).toEqual(first.map(({ data }) => data));
  });

  test('with one id more, or in another order, is a conflict', async () => {
    const stream = streamName();
    const first = events(2);
    await append(stream, NO_STREAM, first);
    const more = await errorOf(append(stream, NO_STREAM, [...first, ...events(1)]));
    const turned = await errorOf(append(stream, NO_STREAM, first.toReversed()));
    expect([more.type, turned.type]).toEqual(['wrong-expected-version', 'wrong-expected-version']);
    expect(await idsIn(stream)).toEqual(idsOf(first));
  });

  test('with the same ids at a later, correct revision is written again', async () => {
    const stream = streamName();
    const first = events(2);
    await append(stream, NO_STREAM, first);
    expect(await append(stream, 1n, first)).toMatchObject({ nextExpectedRevision: 3n });
    expect(await idsIn(stream)).toEqual(idsOf([...first, ...first]));
  });

  test('with the same ids at a later, wrong revision is a conflict', async () => {
    const stream = streamName();
    const first = events(2);
    await append(stream, NO_STREAM, first);
    for (const revision of [0n, 2n, 9n])
      expect((await errorOf(append(stream, revision, first))).type).toBe('wrong-expected-version');
    expect(await idsIn(stream)).toEqual(idsOf(first));
  });

  test.each([ANY, STREAM_EXISTS] as const)(
    'with the same ids and %s succeeds while the server is up',
    async (expected) => {
      const stream = streamName();
      const first = events(2);
      const done = await append(stream, NO_STREAM, first);
      expect(await append(stream, expected, first)).toEqual(done);
      expect(await idsIn(stream)).toEqual(idsOf(first));
    },
  );
});

describe('An append', () => {
  test('that holds one id twice writes it twice', async () => {
    const stream = streamName();
    const [one] = events(1);
    await append(stream, NO_STREAM, [one!, one!]);
    expect(await idsIn(stream)).toEqual([one!.id, one!.id]);
  });

  test('of fifty at a wrong revision writes none', async () => {
    const stream = streamName();
    await append(stream, NO_STREAM, events(1));
    expect((await errorOf(append(stream, 3n, events(50)))).type).toBe('wrong-expected-version');
    expect(await idsIn(stream)).toHaveLength(1);
  });

  test('wins alone of 64 that race with three each', async () => {
    const stream = streamName();
    const attempts = Array.from({ length: 64 }, () => events(3));
    const results = await Promise.all(attempts.map((attempt) => errorOf(append(stream, NO_STREAM, attempt))));
    const winners = attempts.filter((_, n) => results[n]!.type === 'none');
    expect(winners).toHaveLength(1);
    expect(await idsIn(stream)).toEqual(idsOf(winners[0]!));
  });

  test('of more than the server takes at once is refused whole', async () => {
    const stream = streamName();
    const large = Array.from({ length: 12 }, () => jsonEvent({ type: 'Noted', data: { text: 'x'.repeat(100_000) } }));
    const refused = await errorOf(append(stream, NO_STREAM, large));
    expect(refused).toMatchObject({ type: 'maximum-append-size-exceeded' });
    expect((await errorOf(readStream(stream))).type).toBe('stream-not-found');
  });

  test('says on a conflict what was there', async () => {
    const stream = streamName();
    const none = await errorOf(append(stream, 4n, events(1)));
    expect(none).toMatchObject({ type: 'wrong-expected-version', expectedVersion: 4n, actualVersion: 'no_stream' });
    expect(none.message).toBe('');
    await append(stream, NO_STREAM, events(2));
    const there = await errorOf(append(stream, NO_STREAM, events(1)));
    expect(there).toMatchObject({ expectedVersion: 'no_stream', actualVersion: 1n });
  });

  test('of nothing succeeds and writes nothing', async () => {
    const stream = streamName();
    await append(stream, NO_STREAM, events(1));
    expect(await append(stream, 0n, [])).toMatchObject({ success: true });
    expect(await idsIn(stream)).toHaveLength(1);
  });

  test('through the call that all appends share keeps the same rules', async () => {
    const stream = streamName();
    const first = events(2);
    const shared = (expectedRevision: AppendExpectedRevision, data: JSONEventData[]) =>
      client.appendToStream(stream, data, { expectedRevision });
    const done = await shared(NO_STREAM, first);
    expect(done).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(await shared(NO_STREAM, first)).toEqual(done);
    expect(await errorOf(shared(7n, events(1)))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 1n });
    if (standIn !== null) expect(standIn.calls.batchAppend).toBe(3);
  });
});

describe('A stream', () => {
  test('is read from a revision on, forwards and backwards, up to a bound', async () => {
    const stream = streamName();
    await append(stream, NO_STREAM, events(5));
    const revisions = async (options: object) =>
      (await readStream(stream, options)).map(({ event }) => Number(event!.revision));
    expect(await revisions({ fromRevision: 3n })).toEqual([3, 4]);
    expect(await revisions({ fromRevision: 5n })).toEqual([]);
    expect(await revisions({ fromRevision: 1n, maxCount: 2 })).toEqual([1, 2]);
    expect(await revisions({ direction: BACKWARDS, fromRevision: END, maxCount: 2 })).toEqual([4, 3]);
    expect(await revisions({ direction: BACKWARDS, fromRevision: 2n })).toEqual([2, 1, 0]);
  });

  test('that is missing is not found, one that was deleted neither, and a tombstone says so', async () => {
    const [missing, deleted, buried] = [streamName(), streamName(), streamName()];
    await append(deleted, NO_STREAM, events(1));
    await append(buried, NO_STREAM, events(1));
    await client.deleteStream(deleted, UNARY);
    await client.tombstoneStream(buried, UNARY);
    const types = await Promise.all([missing, deleted, buried].map(async (s) => (await errorOf(readStream(s))).type));
    expect(types).toEqual(['stream-not-found', 'stream-not-found', 'stream-deleted']);
    expect((await errorOf(append(buried, NO_STREAM, events(1)))).type).toBe('stream-deleted');
  });

  test('that was deleted lets "must not exist" pass, and numbers on', async () => {
    const stream = streamName();
    await append(stream, NO_STREAM, events(3));
    await client.deleteStream(stream, UNARY);
    expect(await append(stream, NO_STREAM, events(1))).toMatchObject({ nextExpectedRevision: 3n });
    expect((await readStream(stream)).map(({ event }) => event!.revision)).toEqual([3n]);
  });

  test.each([{ maxCount: 2 }, { truncateBefore: 3 }])('is cut by its metadata %j', async (metadata) => {
    const stream = streamName();
    await append(stream, NO_STREAM, events(5));
    await client.setStreamMetadata(stream, metadata, UNARY);
    expect((await client.getStreamMetadata(stream)).metadata).toEqual(metadata);
    expect((await readStream(stream)).map(({ event }) => event!.revision)).toEqual([3n, 4n]);
  });
});

describe('The whole log', () => {
  /** What a subscription gives until there is enough of it. */
  async function subscribe(
    count: number,
    options: NonNullable<Parameters<typeof client.subscribeToAll>[0]>,
    through = client,
  ) {
    const subscription = through.subscribeToAll(options);
    let caughtUp = 0;
    subscription.on('caughtUp', () => (caughtUp += 1));
    const found: ResolvedEvent[] = [];
    await new Promise<void>((resolve, reject) => {
      subscription.on('error', reject);
      subscription.on('data', (event: ResolvedEvent) => {
        found.push(event);
        if (found.length === count) resolve();
      });
    });
    await pause(20);
    await subscription.unsubscribe();
    return { found, caughtUp };
  }

  const positionsOf = (found: readonly ResolvedEvent[]) => found.map(({ event }) => event!.position!);

  test('holds other people’s records, and its positions rise but are no counts', async () => {
    await append(streamName(), NO_STREAM, events(4));
    const found: ResolvedEvent[] = [];
    for await (const event of client.readAll({ maxCount: 100 })) found.push(event as ResolvedEvent);
    expect(found.some(({ event }) => event!.streamId.startsWith('$'))).toBe(true);
    const commits = positionsOf(found).map(({ commit }) => commit);
    commits.slice(1).forEach((commit, n) => expect(commit).toBeGreaterThan(commits[n]!));
    expect(commits.at(-1)! - commits[0]!).toBeGreaterThan(BigInt(found.length));
  });

  test('tells each record’s own position: after the append, in its stream and to a subscriber alike', async () => {
    const stream = streamName();
    const done = await append(stream, NO_STREAM, events(3));
    const inStream = positionsOf(await readStream(stream)).map(({ commit }) => commit);
    expect(inStream[2]).toBe(done.position!.commit);
    expect(new Set(inStream).size).toBe(3);
    const { found } = await subscribe(3, { filter: streamNameFilter({ prefixes: [stream] }) });
    expect(positionsOf(found).map(({ commit }) => commit)).toEqual(inStream);
    const backwards: ResolvedEvent[] = [];
    const fromPosition = { commit: inStream[2]!, prepare: inStream[2]! };
    for await (const event of client.readAll({ direction: BACKWARDS, fromPosition, maxCount: 2 }))
      backwards.push(event as ResolvedEvent);
    expect(positionsOf(backwards).map(({ commit }) => commit)).toEqual([inStream[1], inStream[0]]);
  });

  test('is resumed after a position, without the record at it', async () => {
    const stream = streamName();
    await append(stream, NO_STREAM, events(6));
    const filter = streamNameFilter({ prefixes: [stream] });
    const { found } = await subscribe(6, { filter });
    const { commit } = positionsOf(found)[2]!;
    const resumed = await subscribe(3, { filter, fromPosition: { commit, prepare: commit } });
    expect(resumed.found.map(({ event }) => event!.revision)).toEqual([3n, 4n, 5n]);
  });

  test('is not read from inside a record: neither as a page nor by a subscriber', async () => {
    const { position } = await append(streamName(), NO_STREAM, events(2));
    const fromPosition = { commit: position!.commit - 1n, prepare: position!.commit - 1n };
    const page = async (direction: 'forwards' | 'backwards'): Promise<void> => {
      for await (const { event } of client.readAll({ direction, fromPosition, maxCount: 1 }))
        throw new Error(event!.id);
    };
    for (const read of [page('forwards'), page('backwards'), subscribe(1, { fromPosition })])
      expect((await errorOf(read)).message).toMatch(
        /invalid position|Unexpected ReadAllResult: Error|thrown by handler/,
      );
  });

  test('is filtered by the beginning of a name, or by a pattern, of stream or type', async () => {
    const stream = streamName();
    const other = `other-${crypto.randomUUID()}`;
    const type = `Rare${crypto.randomUUID()}`;
    await append(other, NO_STREAM, events(2));
    await append(stream, NO_STREAM, [...events(1), jsonEvent({ type, data: {} })]);
    const streamsOf = ({ found }: { found: readonly ResolvedEvent[] }) => found.map(({ event }) => event!.streamId);
    const byPrefix = await subscribe(4, { filter: streamNameFilter({ prefixes: [stream, other] }) });
    expect(streamsOf(byPrefix)).toEqual([other, other, stream, stream]);
    const byPattern = await subscribe(2, { filter: streamNameFilter({ regex: `^${stream}$` }) });
    expect(streamsOf(byPattern)).toEqual([stream, stream]);
    const byType = await subscribe(1, { filter: eventTypeFilter({ prefixes: [type] }) });
    expect(byType.found[0]!.event!.type).toBe(type);
  });

  test('sends checkpoints while nothing matches, says when it has caught up, and goes on live', async () => {
    const stream = streamName();
    await append(`other-${crypto.randomUUID()}`, NO_STREAM, events(100));
    const checkpoints: bigint[] = [];
    const checkpointReached = async (_: unknown, { commit }: { commit: bigint }) => void checkpoints.push(commit);
    const filter = streamNameFilter({ prefixes: [stream], checkpointReached });
    const following = subscribe(2, { filter, fromPosition: START });
    await pause(100);
    await append(stream, NO_STREAM, events(2));
    const { found, caughtUp } = await following;
    expect(checkpoints.length).toBeGreaterThan(2);
    expect(checkpoints).toEqual(checkpoints.toSorted((a, b) => Number(a - b)));
    expect(caughtUp).toBeGreaterThan(0);
    expect(found).toHaveLength(2);
  });
});

// A real server cannot be killed, frozen or made to misbehave from here.
if (REAL_URL === undefined) {
  describe('The stand-in', () => {
    test('keeps after a kill what it has acknowledged; of repeats it knows only those at the original revision', async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-stand-in-'));
      const server = await StandInProcess.start({ file: path.join(folder, 'log.jsonl') });
      const through = EventStoreDBClient.connectionString(server.url);
      try {
        const stream = streamName();
        const [first, second] = [events(2), events(2)];
        const done = await append(stream, NO_STREAM, first, through);
        await append(stream, 1n, second, through);
        await server.kill();
        expect((await errorOf(append(stream, 3n, events(1), through))).type).toBe('unavailable');
        await server.start();
        expect(await append(stream, NO_STREAM, first, through)).toEqual(done);
        expect(await idsIn(stream, through)).toEqual(idsOf([...first, ...second]));
        await append(stream, ANY, second, through);
        expect(await idsIn(stream, through)).toEqual(idsOf([...first, ...second, ...second]));
      } finally {
        await server.kill();
        await rm(folder, { recursive: true });
      }
    });

    const misbehaving = async (
      work: (server: StandIn, through: EventStoreDBClient) => Promise<void>,
    ): Promise<void> => {
      const server = await StandIn.start({ liveBuffer: 100 });
      try {
        await work(server, EventStoreDBClient.connectionString(server.url));
      } finally {
        await server.stop();
      }
    };

    test('refuses as a server that is busy, or just starting', () =>
      misbehaving(async (server, through) => {
        server.mode = 'busy';
        const refused = { type: 'unavailable', code: 14 };
        expect(await errorOf(append(streamName(), NO_STREAM, events(1), through))).toMatchObject(refused);
        server.mode = 'starting';
        const failed = await errorOf(readStream(streamName(), {}, through));
        expect(failed).toMatchObject(refused);
        expect(failed.message).toContain('Server Is Not Ready');
      }));

    test('tells a client that wants the leader where it is, and the client goes there', () =>
      misbehaving(async (server, through) => {
        const leader = await StandIn.start();
        server.mode = 'follower';
        server.leader = { host: '127.0.0.1', port: leader.port };
        const stream = streamName();
        const options = { expectedRevision: NO_STREAM, requiresLeader: true, ...UNARY } as const;
        const refused = await errorOf(through.appendToStream(stream, events(1), options));
        expect(refused).toMatchObject({ type: 'not-leader', leader: { port: leader.port } });
        await through.appendToStream(stream, events(1), options);
        expect(leader.log.visible(stream)).toHaveLength(1);
        await leader.stop();
      }));

    test('throws a subscriber out that does not read while others write', () =>
      misbehaving(async (_, through) => {
        const subscription = through.subscribeToAll({ filter: streamNameFilter({ prefixes: ['booking-'] }) });
        const thrownOut = new Promise<{ type?: string; code?: number; message: string }>((resolve) =>
          subscription.on('error', resolve as never),
        );
        const caughtUp = new Promise((resolve) => subscription.on('caughtUp', resolve));
        subscription.on('data', () => undefined);
        await caughtUp;
        subscription.pause();
        const large = (): JSONEventData[] => [jsonEvent({ type: 'Noted', data: { text: 'x'.repeat(2_000) } })];
        await Promise.all(Array.from({ length: 400 }, () => append(streamName(), NO_STREAM, large(), through)));
        // The last words of the server come after what it had sent before.
        subscription.resume();
        const { type, code, message } = await thrownOut;
        expect({ type, code }).toEqual({ type: 'timeout', code: 10 });
        expect(message).toContain('Consumer too slow');
      }));

    test('commits and answers nothing, ends calls with OK, or takes everything in silence', () =>
      misbehaving(async (server, through) => {
        const stream = streamName();
        const impatient = { expectedRevision: NO_STREAM, deadline: 150, ...UNARY } as const;
        server.mode = 'mute';
        expect((await errorOf(through.appendToStream(stream, events(1), impatient))).type).toBe('deadline-exceeded');
        expect(server.log.visible(stream)).toHaveLength(1);
        server.mode = 'silent';
        const unheard = streamName();
        expect((await errorOf(through.appendToStream(unheard, events(1), impatient))).type).toBe('deadline-exceeded');
        expect(server.log.visible(unheard)).toBeNull();
        server.mode = 'dropping';
        const dropped = streamName();
        expect((await errorOf(append(dropped, NO_STREAM, events(1), through))).type).toBe('unavailable');
        expect(server.log.visible(dropped)).toHaveLength(1);
        server.mode = 'ending';
        const subscription = through.subscribeToAll();
        await new Promise((resolve) => subscription.on('end', resolve).on('data', () => undefined));
      }));
  });
}
