import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { seededRandom } from '../../support/service.js';
import { Place } from './place.js';
import { Storm } from './storm.js';
import { brokenTables, brokenTruth, snapshotOf, type Broken, type Snapshot } from './truth.js';
import { Weather } from './weather.js';

const FIRST_ROUND = 25;
const LONGEST_ROUND = 400;
/** Commands of the first life, at whose end the poison comes. */
const FIRST_LIFE = 400;
const CATCH_UP_MS = 10_000;
const LOOK_MS = 25;

/** When nobody writes any more, and the tables are at `upTo` (or the end of the log) or stand still before it. */
async function settled(client: pg.Client, upTo?: bigint): Promise<Snapshot> {
  let before: Snapshot | null = null;
  for (const end = performance.now() + CATCH_UP_MS; ; await sleep(LOOK_MS)) {
    const now = await snapshotOf(client);
    const isStill = before !== null && before.records.length === now.records.length;
    const head = now.records.at(-1)?.position ?? 0n;
    if (isStill && (now.halt !== null || now.checkpoint === (upTo ?? head))) return now;
    if (performance.now() > end) return { ...now, halt: now.halt ?? `it has not arrived within ${CATCH_UP_MS} ms` };
    before = now;
  }
}

/** F13: a record of a type that nobody knows, put at the end of a stream by SQL. Answers its position. */
async function plant(client: pg.Client): Promise<bigint> {
  const { rows } = await client.query<{ position: string }>(
    `WITH last AS (SELECT * FROM log.events ORDER BY position DESC LIMIT 1),
       moved AS (UPDATE log.streams s SET revision = s.revision + 1 FROM last WHERE s.stream = last.stream),
       counted AS (UPDATE log.position SET head = last.position + 1 FROM last)
     INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
     SELECT position + 1, stream, revision + 1, gen_random_uuid(), 'BookingTeleported', data, metadata FROM last
     RETURNING position`,
  );
  return BigInt(rows[0]!.position);
}

/** The projector stands before it, says so, and the tables are what they were. */
async function brokenByPoison(client: pg.Client): Promise<Broken[]> {
  const position = await plant(client);
  const stood = await settled(client);
  const broken = brokenTables({ ...stood, halt: null });
  if (broken.length > 0) return broken;
  const isHalted = stood.halt !== null && stood.checkpoint === position - 1n;
  return isHalted ? [] : [{ invariant: 'I6', message: `the projector does not halt before position ${position}` }];
}

async function brokenBy(storm: Storm, client: pg.Client): Promise<Broken[]> {
  const now = await settled(client);
  const broken = [...brokenTruth(storm.asked, now, storm.time.at), ...brokenTables(now)];
  for (const bug of storm.bugs.slice(0, 1)) broken.push({ invariant: 'bug', message: (bug as Error).stack ?? '' });
  return broken;
}

/** How a storm ended. */
export interface Outcome {
  readonly asked: number;
  /** None: every promise was kept. */
  readonly broken: readonly Broken[];
  /** What befell the sessions of the database, and how often. */
  readonly happened: Readonly<Record<string, number>>;
}

/** A storm on one database, and then, if nothing broke and it was a long one, another on a second. */
export async function storm(server: string, seed: number, commands: number): Promise<Outcome> {
  const first = await live(server, seed, Math.min(FIRST_LIFE, commands), true);
  if (first.broken.length > 0 || commands <= FIRST_LIFE) return first;
  const second = await live(server, seed + 1, commands - FIRST_LIFE, false);
  return { ...second, asked: first.asked + second.asked };
}

/** One life of one database. `hasPoison`: at its end comes a record that nobody can read. */
async function live(server: string, seed: number, commands: number, hasPoison: boolean): Promise<Outcome> {
  const place = await Place.open(server, seededRandom(seed ^ 0xdead));
  const storm = new Storm(place.url, seed, () => place.wake());
  const weather = new Weather(place.outside, seededRandom(seed ^ 0x5eed));
  let broken: readonly Broken[] = [];
  try {
    while (storm.asked.length < commands && broken.length === 0) {
      // As many again as before: so it is known within a factor of two how many it took.
      const round = Math.min(LONGEST_ROUND, Math.max(FIRST_ROUND, storm.asked.length));
      await storm.rage(Math.min(round, commands - storm.asked.length), weather);
      broken = await brokenBy(storm, place.outside);
    }
    if (hasPoison && broken.length === 0) broken = await brokenByPoison(place.outside);
    return { asked: storm.asked.length, broken, happened: weather.happened };
  } finally {
    await storm.close();
    await place.close();
  }
}
