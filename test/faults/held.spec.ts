import { setTimeout as sleep } from 'node:timers/promises';
import { Load, schedule } from '../support/load.js';
import { onServer } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth, holding, longestOf, talliesOf } from './verdict.js';

const HELD_MS = 3_000;
const OTHERS_WITHIN_MS = 1_000;
const ANSWERED_WITHIN_MS = 10_000;
const PROMPTLY_MS = 1_000;
const UNKNOWN_TYPE = 'BookingPainted';

let stage: Stage;
let apis: Api[];
let load: Load;

// Both ways of locking meet the same faults.
beforeAll(async () => {
  stage = await Stage.migrated();
  const first = await stage.api();
  apis = [first, await stage.api({ LOCKING: 'pessimistic', PROJECTOR: 'off' })];
  load = new Load(
    apis.map(({ url }) => url),
    32,
  );
  for (const eventId of ['held', 'calm', 'quiet', 'painted', 'smuggled']) await schedule(first.url, eventId, 300);
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

/**
 * One booking of an event through each process, to have its ledger in memory. The optimistic one comes last: its ledger
 * is at the head of the stream, so it has no reason of its own to look at what comes behind it.
 */
async function warm(eventId: string): Promise<void> {
  for (const process of [1, 0])
    expect((await load.ask(load.wish(eventId, `early-${process}`), apis[process]!.url)).code).toBe('ok');
}

test("somebody holds one event's row: bookings of others go on, and that event is answered within bounds", async () => {
  for (const eventId of ['held', 'calm', 'quiet']) await warm(eventId);
  const before = load.calls.length;
  const url = await stage.databaseUrl();
  const stuck = await holding(url, 'held', async () => {
    load.start({ callers: 8, events: ['calm', 'quiet'], users: 200, pauseMs: 25, seed: 6 });
    const asked = Array.from({ length: 12 }, (_, n) => load.ask(load.wish('held', `user-${n}`), apis[n % 2]!.url));
    await sleep(HELD_MS);
    await load.stop();
    return asked;
  });
  const answers = await Promise.all(stuck);
  const others = load.calls.slice(before).filter(({ eventId }) => eventId !== 'held');

  expect(others.length).toBeGreaterThan(30);
  expect(longestOf(others)).toBeLessThan(OTHERS_WITHIN_MS);
  expect(others.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'refused')).toEqual([]);
  expect(longestOf(answers)).toBeLessThan(ANSWERED_WITHIN_MS);
  expect(answers.filter(({ outcome, reply }) => outcome !== 'ok' && reply?.status !== 503)).toEqual([]);
  await load.resolve();
  expect((await load.ask(load.wish('held', 'afterwards'))).code).toBe('ok');
  await expectTruth(url, load);
  await expectTables(url);
  await expectReady(...apis);
});

/**
 * A record of a type that no version knows, as the next one of a stream. `announced`: with the stream's row and the
 * position moved, as a newer version would; otherwise the stream's row is left behind, as by somebody who does not know it.
 */
const insertUnknown = (url: string, eventId: string, announced: boolean): Promise<bigint> =>
  onServer(url, async (client) => {
    const stream = `booking-${eventId}`;
    await client.query('BEGIN');
    if (announced) await client.query('UPDATE log.streams SET revision = revision + 1 WHERE stream = $1', [stream]);
    const { rows } = await client.query<{ position: string }>(
      `WITH p AS (UPDATE log.position SET head = head + 1 RETURNING head),
            last AS (SELECT max(revision) AS revision FROM log.events WHERE stream = $1)
       INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
       SELECT p.head, $1, last.revision + 1, gen_random_uuid(), $2, '{"colour": "red"}', e.metadata
         FROM p, last JOIN log.events e ON e.stream = $1 AND e.revision = last.revision
       RETURNING position`,
      [stream, UNKNOWN_TYPE],
    );
    await client.query('COMMIT');
    return BigInt(rows[0]!.position);
  });

test('a record of unknown type: its event refuses commands, all others go on, the projector halts before it', async () => {
  const url = await stage.databaseUrl();
  for (const eventId of ['painted', 'smuggled']) await warm(eventId);
  await expectTables(url);
  const poison = await insertUnknown(url, 'painted', true);
  await insertUnknown(url, 'smuggled', false);

  for (const eventId of ['painted', 'smuggled'])
    for (const api of apis) {
      const calls = Array.from({ length: 4 }, (_, n) => load.ask(load.wish(eventId, `late-${n}`), api.url));
      expect(talliesOf(await Promise.all(calls))).toEqual({ 'stream-unreadable': 4 });
      expect(longestOf(await Promise.all(calls))).toBeLessThan(PROMPTLY_MS);
      expect((await load.ask(load.wish('calm', `after-${eventId}-${apis.indexOf(api)}`), api.url)).code).toBe('ok');
    }
  await expectReady(...apis);
  await expectTables(url, poison - 1n);
  await expectHalt(poison);
  await expectTruth(url, load, UNKNOWN_TYPE);
  expectQuiet(...apis);
});

/** Visible to an operator, with the record and the reason. */
async function expectHalt(position: bigint): Promise<void> {
  const [state] = JSON.parse(await stage.holdfast('projections', 'status', '--json')) as [Record<string, unknown>];
  expect(state).toMatchObject({
    state: 'halted',
    position: String(position - 1n),
    halt: {
      position: String(position),
      stream: 'booking-painted',
      reason: expect.stringContaining('unknown type') as string,
    },
  });
}
