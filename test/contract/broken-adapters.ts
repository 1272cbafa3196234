import pg from 'pg';
import type { Appended, Conflict, EventStore, Sealed } from '../../src/application/ports.js';
import { PostgresReader } from '../../src/infrastructure/event-store/postgres-reader.js';
import { codec, postgresSubject, type Opened, type Subject } from './subject.js';

/** An append as it should not be written, inside a transaction of its own. */
type Append = (
  client: pg.PoolClient,
  stream: string,
  expectedRevision: number,
  sealed: readonly Sealed[],
) => Promise<Appended | Conflict>;

/** Like many a store that was shipped: right with one writer, or until a call is repeated. */
export interface BrokenAdapter {
  readonly name: string;
  /** The promise that it breaks. */
  readonly rejectedBy: string;
  /** What it needs to have in, or out of, the database. */
  readonly schema: string;
  readonly append: Append;
}

const RACE = 'an append is all or nothing, and of those that race exactly one wins';

export const brokenAdapters: readonly BrokenAdapter[] = [
  {
    name: 'positions from a sequence, and a feed that polls over them',
    rejectedBy: 'what 16 writers were told is what a feed saw meanwhile: every record once, in commit order',
    schema: 'CREATE SEQUENCE log.positions',
    append: async (client, stream, expectedRevision, sealed) => {
      if ((await lockedRevision(client, stream)) !== expectedRevision) return { kind: 'conflict' };
      const { rows } = await client.query<{ position: number }>(
        "SELECT nextval('log.positions') AS position FROM generate_series(1, $1)",
        [sealed.length],
      );
      await insert(client, sealed, (i) => rows[i]!.position);
      // Every other one commits long after a poll of the feed may have passed it.
      await new Promise((resolve) => setTimeout(resolve, Math.random() < 0.5 ? 0 : 40));
      return moveOn(client, stream, sealed, rows.at(-1)!.position);
    },
  },
  {
    name: 'ON CONFLICT DO NOTHING in place of a row lock',
    rejectedBy: RACE,
    schema: '',
    append: async (client, stream, expectedRevision, sealed) => {
      if ((await revisionOf(client, stream)) !== expectedRevision) return { kind: 'conflict' };
      const position = await nextPosition(client, sealed.length);
      await insert(client, sealed, (i) => position + i, 'ON CONFLICT DO NOTHING');
      return moveOn(client, stream, sealed, position + sealed.length - 1);
    },
  },
  {
    name: 'an expected revision that nobody looks at',
    rejectedBy: 'a stream that must not exist but does is a conflict',
    schema: '',
    append: async (client, stream, _expectedRevision, sealed) => {
      const next = (await lockedRevision(client, stream)) + 1;
      const position = await nextPosition(client, sealed.length);
      const moved = sealed.map((record, i) => ({ ...record, revision: next + i }));
      await insert(client, moved, (i) => position + i);
      return moveOn(client, stream, moved, position + sealed.length - 1);
    },
  },
  {
    name: 'a check of the revision, then an insert, and no lock around them',
    rejectedBy: RACE,
    schema: 'ALTER TABLE log.events DROP CONSTRAINT events_stream_revision_key',
    append: async (client, stream, expectedRevision, sealed) => {
      if ((await revisionOf(client, stream)) !== expectedRevision) return { kind: 'conflict' };
      const position = await nextPosition(client, sealed.length);
      await insert(client, sealed, (i) => position + i);
      return moveOn(client, stream, sealed, position + sealed.length - 1);
    },
  },
  {
    name: 'a re-send that is taken for somebody else’s record',
    rejectedBy: 'an identical re-send succeeds at its own position and writes nothing, also later and after a restart',
    schema: '',
    append: async (client, stream, expectedRevision, sealed) => {
      if ((await lockedRevision(client, stream)) !== expectedRevision) return { kind: 'conflict' };
      const position = await nextPosition(client, sealed.length);
      await insert(client, sealed, (i) => position + i);
      return moveOn(client, stream, sealed, position + sealed.length - 1);
    },
  },
];

/** The Postgres store with its append replaced; reads and feed are the real ones. */
export async function brokenSubject({ schema, append }: BrokenAdapter): Promise<Subject> {
  const sound = await postgresSubject();
  const types = { getTypeParser: (oid: number) => (oid === pg.types.builtins.INT8 ? Number : String) };
  const pool = new pg.Pool({ connectionString: sound.url, max: 20, types });
  pool.on('error', () => undefined); // Dropping the database ends what is left of its connections.
  if (schema !== '') await pool.query(schema);
  const store: EventStore = {
    identity: () => sound.store.identity(),
    read: (stream, from, maxCount) => new PostgresReader(pool, codec).read(stream, from, maxCount),
    append: async (stream, expectedRevision, sealed) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await append(client, stream, expectedRevision, sealed);
        await client.query('COMMIT');
        return result;
      } catch {
        await client.query('ROLLBACK');
        return { kind: 'conflict' };
      } finally {
        client.release();
      }
    },
  };
  const opened: Opened = { store, feed: sound.feed };
  return {
    ...sound,
    ...opened,
    open: async () => opened,
    rollBack: async () => undefined,
    close: async () => {
      await pool.end();
      await sound.close();
    },
  };
}

async function revisionOf(client: pg.PoolClient, stream: string): Promise<number> {
  const { rows } = await client.query<{ revision: number }>('SELECT revision FROM log.streams WHERE stream = $1', [
    stream,
  ]);
  return rows[0]?.revision ?? -1;
}

async function lockedRevision(client: pg.PoolClient, stream: string): Promise<number> {
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [stream]);
  return revisionOf(client, stream);
}

async function nextPosition(client: pg.PoolClient, count: number): Promise<number> {
  const { rows } = await client.query<{ head: number }>('UPDATE log.position SET head = head + $1 RETURNING head', [
    count,
  ]);
  return rows[0]!.head - count + 1;
}

async function insert(
  client: pg.PoolClient,
  sealed: readonly Sealed[],
  positionOf: (index: number) => number,
  onConflict = '',
): Promise<void> {
  for (const [i, { stream, revision, id, type, data, metadata }] of sealed.entries())
    await client.query(
      `INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ${onConflict}`,
      [positionOf(i), stream, revision, id, type, data, metadata],
    );
}

async function moveOn(
  client: pg.PoolClient,
  stream: string,
  sealed: readonly Sealed[],
  position: number,
): Promise<Appended> {
  await client.query(
    'INSERT INTO log.streams VALUES ($1, $2) ON CONFLICT (stream) DO UPDATE SET revision = excluded.revision',
    [stream, sealed.at(-1)!.revision],
  );
  await client.query('UPDATE log.position SET head = greatest(head, $1)', [position]);
  return { kind: 'appended', position: BigInt(position) };
}
