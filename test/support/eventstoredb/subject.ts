import { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreDbConnection } from '../../../src/infrastructure/event-store/eventstoredb-connection.js';
import {
  EVENTSTOREDB_FEED,
  EventStoreDbFeed,
  type EventStoreDbFeedSettings,
} from '../../../src/infrastructure/event-store/eventstoredb-feed.js';
import {
  EVENTSTOREDB_STORE,
  EventStoreDbStore,
  type EventStoreDbSettings,
} from '../../../src/infrastructure/event-store/eventstoredb.js';
import { codec, type Opened, type Subject } from '../../contract/subject.js';
import { silent } from '../postgres.js';
import { StandIn, type StandInOptions } from './server.js';

export interface OpenedStore extends Opened {
  readonly store: EventStoreDbStore;
  readonly feed: EventStoreDbFeed;
  close(): Promise<void>;
}

/** One process's view of the log behind an address. */
export function openStore(
  url: string,
  settings: Partial<EventStoreDbSettings & EventStoreDbFeedSettings> = {},
): OpenedStore {
  const connection = new EventStoreDbConnection(url);
  const feed = new EventStoreDbFeed(connection, { ...EVENTSTOREDB_FEED, ...settings }, codec, silent);
  const store = new EventStoreDbStore(connection, { ...EVENTSTOREDB_STORE, ...settings }, codec, (position) =>
    feed.saw(position),
  );
  const close = async (): Promise<void> => {
    await store.close();
    connection.close();
  };
  return { store, feed, close };
}

/** A real server to hold against the same promises; absent: the stand-in. */
export const REAL_URL = process.env['TEST_EVENTSTOREDB_URL'];

/** The store under test, on the stand-in or on the real server that TEST_EVENTSTOREDB_URL names. */
export async function eventStoreDbSubject(options: StandInOptions = {}): Promise<Subject & OpenedStore> {
  const standIn = REAL_URL === undefined ? await StandIn.start(options) : null;
  const url = REAL_URL ?? standIn!.url;
  const opened: OpenedStore[] = [];
  const open = async (): Promise<OpenedStore> => {
    const next = openStore(url);
    opened.push(next);
    return next;
  };
  const first = await open();
  return {
    ...first,
    open,
    // Whatever is well-formed is stored: an append of ours is as good as an intruder's.
    plant: async (record) => {
      const sealed = { ...record, hash: '' };
      await first.store.append(record.stream, record.revision - 1, [sealed]);
    },
    loseFirst: async (stream) => {
      const client = EventStoreDBClient.connectionString(url);
      await client.setStreamMetadata(stream, { truncateBefore: 1 });
      await client.dispose();
    },
    rollBack: async () => {
      await first.store.append(`booking-rolled-back-${crypto.randomUUID()}`, 5, [ROLLED_BACK]).catch(() => undefined);
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await standIn?.stop();
    },
  };
}

/** Never stored: its stream does not exist, and it expects six records in it. */
const ROLLED_BACK = {
  id: crypto.randomUUID(),
  stream: '',
  revision: 6,
  type: 'X',
  data: '{}',
  metadata: '{}',
  hash: '',
};
