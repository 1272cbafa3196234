import { setTimeout as sleep } from 'node:timers/promises';
import canonicalize from 'canonicalize';
import { recordsOf, replay } from '../../src/application/queries/replay.js';
import type { RecordedEvent, Sealed } from '../../src/application/ports.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { Codec, type StoredRecord, type Upcasters } from '../../src/infrastructure/event-store/codec.js';
import { verifyLog } from '../../src/infrastructure/event-store/log-walk.js';
import { POSTGRES_FEED, PostgresEventFeed } from '../../src/infrastructure/event-store/postgres-feed.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../src/infrastructure/event-store/postgres.js';
import { PostgresWalk } from '../../src/infrastructure/event-store/postgres-walk.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { PROJECTOR_DEFAULTS, Projector } from '../../projections/projector.js';
import { verifyTables } from '../../projections/verify.js';
import { ReadModel } from '../projections/tables.js';
import { NOW, SECOND, confirmed, scheduled } from '../support/facts.js';
import { write } from '../support/log.js';
import { silent } from '../support/postgres.js';
import { Service, SetTime, wordOf } from '../support/service.js';

type Data = Readonly<Record<string, unknown>>;

/** A second version of one type, planted here only: in the first, an event had `places`; the present form is the second. */
const RENAMED: Upcasters = { EventScheduled: [({ places, ...rest }: Data) => ({ ...rest, capacity: places })] };
const present = new Codec(RENAMED);

/** Writes what the first version wrote. */
class FirstVersion extends Codec {
  override encode(event: BookingEvent): string {
    if (event.type !== 'EventScheduled') return super.encode(event);
    const { capacity, ...rest } = JSON.parse(super.encode(event)) as Record<string, unknown>;
    return canonicalize({ ...rest, places: capacity })!;
  }
}

const sealer = new ChainSealer(new FirstVersion({}));
const provenance = {
  ...{ commandId: '00000000-0000-7000-8000-000000000001', requestHash: '0'.repeat(64), actor: 'ann' },
  ...{ correlationId: 'r-1', causationId: 'r-1', occurredAt: NOW },
};
const facts = [scheduled({ capacity: 2 }), confirmed('ann')];
const old: readonly StoredRecord[] = sealer
  .seal({ stream: 'booking-gala', revision: -1, hash: '' }, facts, provenance)
  .map((record: Sealed, n) => ({ ...record, position: BigInt(n + 1) }));

let model: ReadModel;
let store: PostgresEventStore;
let feed: PostgresEventFeed;
beforeAll(async () => {
  model = await ReadModel.open();
  await write(model.url, old);
  feed = new PostgresEventFeed(model.url, POSTGRES_FEED, present, silent);
  store = new PostgresEventStore(model.url, POSTGRES_STORE, present, silent, () => feed.wake());
});
afterAll(async () => {
  await Promise.all([store.close(), feed.close()]);
  await model.close();
});

const stored = async (): Promise<unknown[]> =>
  (
    await model.pool.query<StoredRecord>(
      'SELECT stream, revision, id, type, data::text, metadata::text FROM log.events ORDER BY position',
    )
  ).rows;
async function walking<T>(work: (walk: PostgresWalk) => Promise<T>): Promise<T> {
  const walk = new PostgresWalk(model.pool);
  return work(walk).finally(() => walk.close());
}
const oldBytes = old.map(({ stream, revision, id, type, data, metadata }) => ({
  ...{ stream, revision, id, type, data, metadata },
}));
const decoded = async (): Promise<RecordedEvent[]> => {
  const records: RecordedEvent[] = [];
  await walking(async (walk) => {
    for await (const page of walk.pages())
      records.push(...page.map((record) => present.decode(record) as RecordedEvent));
  });
  return records;
};

describe('records of an older version', () => {
  it('are decided upon and told as the present one, and stay as they were written', async () => {
    expect(old[0]!.data).toContain('"places":2');
    const service = new Service(store, new SetTime(NOW + SECOND));
    expect(wordOf(await service.book('gala', 'bob'))).toBe('accepted');
    expect(wordOf(await service.book('gala', 'cyd'))).toBe('SoldOut');
    const places: number[][] = [];
    for await (const { after } of replay(recordsOf(store, 'booking-gala'), null))
      places.push([after.capacity, after.taken]);
    expect(places).toEqual([
      [2, 0],
      [2, 1],
      [2, 2],
    ]);
    expect((await stored()).slice(0, 2)).toEqual(oldBytes);
  });

  it('stand in one log with those of the present one', async () => {
    const quiz = { stream: 'booking-quiz', revision: -1, hash: '' };
    const sealed = new ChainSealer(present).seal(quiz, [scheduled({ capacity: 7 })], provenance);
    await store.append('booking-quiz', -1, sealed);
    expect(sealed[0]!.data).toContain('"capacity":7');
    expect((await decoded()).filter(({ event }) => event.type === 'EventScheduled')).toMatchObject([
      { event: { data: { capacity: 2 } }, metadata: { schemaVersion: 1 } },
      { event: { data: { capacity: 7 } }, metadata: { schemaVersion: 2 } },
    ]);
  });

  it('are folded by the projector, and found by verify to be what the tables say', async () => {
    const { projection, checkpoints, pool } = model;
    const time = { now: () => NOW, sleep: (ms: number) => sleep(ms, undefined, { ref: false }) };
    const lock = { acquire: async () => true, release: async () => undefined };
    const parts = { projection, checkpoints, lock, feed, store, time, logger: silent };
    const stop = new AbortController();
    const running = new Projector(parts, PROJECTOR_DEFAULTS).run(stop.signal);
    const head = await feed.head();
    while ((await checkpoints.read()).position < head) await sleep(5);
    stop.abort();
    await running;
    await model.expectTables(await decoded());
    const base = { pool, codec: present, logId: await store.identity(), streamPrefix: 'booking-' };
    const verify = () => walking((walk) => verifyTables({ ...base, walk }));
    const byStream = await verify();
    const byPosition = await walking((walk) =>
      verifyTables({ ...base, walk: Object.assign(walk, { byStream: undefined }) as never }),
    );
    for (const report of [byStream, byPosition])
      expect(report).toMatchObject({ different: 0, checkpoint: [], records: 4, checksum: byStream.checksum });
    await model.pool.query(`UPDATE read_model_g1.events SET capacity = 3, is_booked = false WHERE event_id = 'gala'`);
    expect((await verify()).differences).toMatchObject([
      { keys: ['gala'], columns: expect.arrayContaining([{ name: 'capacity', found: '3', expected: '2' }]) },
    ]);
  });

  it('keep their bytes and hashes through all of it', async () => {
    expect((await stored()).slice(0, 2)).toEqual(oldBytes);
    const report = await walking((walk) => verifyLog(walk, 0, () => undefined));
    expect(report).toMatchObject({ records: 4, wrong: 0 });
  });
});

describe('a record is unreadable, whole, and never half-read', () => {
  const reads = (upcasters: Upcasters, record = old[0]!) => new Codec(upcasters).decode(record);

  it.each<[string, Upcasters, RegExp]>([
    ['without the step from its version', {}, /^capacity is missing$/],
    [
      'with a step that leaves something over',
      { EventScheduled: [(data) => ({ ...data, capacity: 1 })] },
      /a field that/,
    ],
    [
      'with a step that cannot take it',
      {
        EventScheduled: [
          () => {
            throw new TypeError('no places');
          },
        ],
      },
      /^no places$/,
    ],
  ])('%s', (_, upcasters, why) => {
    expect(reads(upcasters)).toMatchObject({ type: 'EventScheduled', unreadable: expect.stringMatching(why) });
  });

  it('by a process that does not know its version yet', () => {
    const [sealed] = new ChainSealer(present).seal({ stream: 's', revision: -1, hash: '' }, [facts[0]!], provenance);
    expect(reads({}, { ...sealed!, position: 1n })).toMatchObject({ unreadable: 'unknown version 2' });
  });
});
