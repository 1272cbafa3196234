import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from '../../src/application/errors.js';
import type {
  EventFeed,
  EventStore,
  MeasuredFeed,
  Position,
  Provenance,
  RecordedEvent,
  Sealed,
  StreamHead,
  UnreadableRecord,
} from '../../src/application/ports.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { Codec, UPCASTERS, type StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { InMemoryEventFeed, InMemoryEventStore, InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { POSTGRES_FEED, PostgresEventFeed } from '../../src/infrastructure/event-store/postgres-feed.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../src/infrastructure/event-store/postgres.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { confirmed, NOW } from '../support/facts.js';
import { freshDatabase, onServer, silent } from '../support/postgres.js';

/** One process's view of a log. */
export interface Opened {
  readonly store: EventStore;
  readonly feed: MeasuredFeed;
}

/** A store under test, on a log of its own. */
export interface Subject extends Opened {
  /** Another process on the same log. */
  open(): Promise<Opened>;
  /** Puts a record into the log past the store, as a newer version of the service or an intruder would. */
  plant(record: Omit<StoredRecord, 'position'>): Promise<void>;
  /** Takes the first record of a stream away, past the store. */
  loseFirst(stream: string): Promise<void>;
  /** Has something rolled back that was about to be written. */
  rollBack(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresSubject extends Subject {
  readonly url: string;
  readonly store: PostgresEventStore;
}

export const codec = new Codec(UPCASTERS);
const sealer = new ChainSealer(codec);

export const noStream = (stream = `booking-${randomUUID()}`): StreamHead => ({ stream, revision: -1, hash: '' });

const provenance = (commandId: string = randomUUID()): Provenance => ({
  commandId,
  requestHash: '0'.repeat(64),
  actor: 'ada',
  correlationId: commandId,
  causationId: commandId,
  occurredAt: NOW,
});

/** `count` records on top of a head. Two calls never give the same ones. */
export const records = (head: StreamHead, count = 1): Sealed[] =>
  sealer.seal(
    head,
    Array.from({ length: count }, (_, n): BookingEvent => confirmed(`user-${n}`)),
    provenance(),
  );

export async function readAll(store: EventStore, stream: string, fromRevision = 0): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const page of store.read(stream, fromRevision)) found.push(...page);
  return found;
}

export const idsOf = (found: readonly { readonly id: string }[]): string[] => found.map(({ id }) => id);

export async function headOf(store: EventStore, stream: string, known: StreamHead): Promise<StreamHead> {
  const last = (await readAll(store, stream, known.revision + 1)).at(-1);
  return last === undefined ? known : { stream, revision: last.revision, hash: last.metadata.hash };
}

/** Appends and insists that it was done. */
export async function write(
  store: EventStore,
  head: StreamHead,
  count = 1,
): Promise<{ sealed: Sealed[]; position: Position }> {
  const sealed = records(head, count);
  const result = await store.append(head.stream, head.revision, sealed);
  if (result.kind !== 'appended') throw new Error('a conflict where nobody else writes');
  return { sealed, position: result.position };
}

/** What the feed gives from a position on, until it has reached another. */
export async function follow(
  feed: EventFeed,
  from: Position,
  until: () => Position | null,
): Promise<(RecordedEvent | UnreadableRecord)[]> {
  const found: (RecordedEvent | UnreadableRecord)[] = [];
  const enough = new AbortController();
  const giveUp = setTimeout(() => enough.abort(), 10_000);
  const watch = setInterval(() => {
    const end = until();
    if (end !== null && (found.at(-1)?.position ?? from) >= end) enough.abort();
  }, 2);
  for await (const page of feed.after(from, enough.signal)) found.push(...page);
  clearTimeout(giveUp);
  clearInterval(watch);
  return found;
}

export async function inMemorySubject(): Promise<Subject> {
  const log = new InMemoryLog();
  const open = async () => ({ store: new InMemoryEventStore(log, codec), feed: new InMemoryEventFeed(log, codec) });
  return {
    ...(await open()),
    open,
    plant: async (record) => void log.push(record),
    loseFirst: async (stream) => void log.streams.get(stream)?.shift(),
    rollBack: async () => undefined,
    close: async () => undefined,
  };
}

export async function postgresSubject(): Promise<PostgresSubject> {
  const { url, drop } = await freshDatabase();
  const opened: (PostgresEventStore | PostgresEventFeed)[] = [];
  const open = async () => {
    const feed = new PostgresEventFeed(url, POSTGRES_FEED, codec, silent);
    const store = new PostgresEventStore(url, POSTGRES_STORE, codec, silent, () => feed.wake());
    opened.push(feed, store);
    return { store, feed };
  };
  const { store, feed } = await open();
  return {
    url,
    store,
    feed,
    open,
    plant: (record) => plantRow(url, record),
    loseFirst: (stream) => loseRow(url, stream, 0),
    rollBack: async () => {
      // The database refuses what is no JSON, so this fails after the position was taken.
      const head = noStream();
      const poison = records(head).map((record) => ({ ...record, data: '{"title":' }));
      const refused = await store.append(head.stream, -1, poison).catch((error: unknown) => error);
      if (!(refused instanceof StoreUnavailable)) throw new Error('a record that cannot be stored was not refused');
    },
    close: async () => {
      await Promise.all(opened.map((adapter) => adapter.close()));
      await drop();
    },
  };
}

function plantRow(
  url: string,
  { stream, revision, id, type, data, metadata }: Omit<StoredRecord, 'position'>,
): Promise<void> {
  return onServer(url, async (client) => {
    await client.query('BEGIN');
    await client.query(
      'INSERT INTO log.streams VALUES ($1, $2) ON CONFLICT (stream) DO UPDATE SET revision = excluded.revision',
      [stream, revision],
    );
    await client.query('UPDATE log.position SET head = head + 1');
    await client.query(
      `INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
       SELECT head, $1, $2, $3, $4, $5, $6 FROM log.position`,
      [stream, revision, id, type, data, metadata],
    );
    await client.query('COMMIT');
  });
}

/** As somebody who may do everything to the database. */
export function loseRow(url: string, stream: string, revision: number): Promise<void> {
  return onServer(url, async (client) => {
    await client.query('ALTER TABLE log.events DISABLE TRIGGER append_only');
    await client.query('DELETE FROM log.events WHERE stream = $1 AND revision = $2', [stream, revision]);
    await client.query('ALTER TABLE log.events ENABLE TRIGGER append_only');
  });
}
