import type { FeedRecord, Sql } from '../../projections/projection.js';
import type { ProjectorParts } from '../../projections/projector.js';
import type { SimulatedPool } from './pool.js';
import type { Mutant } from './mutant.js';

type Advance = ProjectorParts['checkpoints']['advance'];

/** Each breaks one promise of the projector, of its feed or of the readers; `breaks` is what must be noticed. */
export const PROJECTOR_MUTANTS: Readonly<Record<string, { readonly mutant: Mutant; readonly breaks: string }>> = {
  'the checkpoint moves in a second transaction, after the rows': {
    breaks: 'I6',
    mutant: withAdvance((advance, pool) => async (from, to, work) => {
      await inTransaction(pool, work);
      return advance(from, to, async () => undefined);
    }),
  },
  'the checkpoint moves in a transaction of its own, before the rows': {
    breaks: 'I6',
    mutant: withAdvance((advance, pool) => async (from, to, work) => {
      const moved = await advance(from, to, async () => undefined);
      if (moved !== null) await inTransaction(pool, work);
      return moved;
    }),
  },
  'the checkpoint moves whether or not its transaction has begun': {
    breaks: 'I6',
    mutant: {
      projector: (parts, pool) => {
        pool.rewrite = (text) => text.replace(/ AND current_setting\('holdfast.has_begun'.*?\) = 'yes'/, '');
        return parts;
      },
    },
  },
  'the projector goes on from what it remembers of a batch that was undone': {
    breaks: 'I9',
    mutant: {
      projector: (parts) => {
        const { projection } = parts;
        const deaf = {
          name: projection.name,
          generation: projection.generation,
          standsAlone: (record: FeedRecord) => projection.standsAlone(record),
          apply: (...batch: Parameters<typeof projection.apply>) => projection.apply(...batch),
          forget: () => undefined,
        };
        return { ...parts, projection: deaf };
      },
    },
  },
  'the projector skips what it cannot read': {
    breaks: 'I6',
    mutant: withRecords((records) => records.filter((record) => !('unreadable' in record))),
  },
  'the fold looks at a clock': {
    breaks: 'I6',
    mutant: withRecords((records, now) =>
      records.map((record) =>
        'unreadable' in record ? record : { ...record, metadata: { ...record.metadata, occurredAt: now } },
      ),
    ),
  },
  'the feed reads on before a lower position is committed': {
    breaks: 'I6',
    mutant: {
      feed: (feed, _log, world) => ({
        head: () => feed.head(),
        after: async function* (position, signal) {
          for await (const page of feed.after(position, signal)) {
            // The last but one is still being written while the last, of another stream, is there already.
            const [before, last] = page.slice(-2);
            const isEarly = before?.stream !== last?.stream && world.chance(0.2);
            yield isEarly ? page.filter((record) => record !== before) : page;
          }
        },
      }),
    },
  },
  'a read leaves its position at home': { breaks: 'I8', mutant: { tokens: () => [] } },
  'rows and their position are read in two statements': {
    breaks: 'I8',
    mutant: {
      views: (views) => ({
        event: async (eventId) => {
          const position = await views.position();
          // The server has other things to do in between.
          await views.event(eventId);
          return { value: (await views.event(eventId)).value, position };
        },
      }),
    },
  },
};

function withAdvance(change: (advance: Advance, pool: SimulatedPool) => Advance): Mutant {
  return {
    projector: (parts, pool) => {
      const { checkpoints } = parts;
      const advance = change((...move) => checkpoints.advance(...move), pool);
      return { ...parts, checkpoints: { ...movesOf(parts), advance } };
    },
  };
}

function withRecords(change: (records: readonly FeedRecord[], now: number) => readonly FeedRecord[]): Mutant {
  return {
    projector: (parts) => {
      const { projection, time } = parts;
      const changed = {
        name: projection.name,
        generation: projection.generation,
        standsAlone: (record: FeedRecord) => projection.standsAlone(record),
        apply: (sql: Sql, records: readonly FeedRecord[]) => projection.apply(sql, change(records, time.now())),
        forget: () => projection.forget(),
      };
      return { ...parts, projection: changed };
    },
  };
}

const movesOf = ({ checkpoints }: ProjectorParts): Omit<ProjectorParts['checkpoints'], 'advance'> => ({
  read: () => checkpoints.read(),
  adopt: (...move) => checkpoints.adopt(...move),
  complete: (at) => checkpoints.complete(at),
  halt: (...move) => checkpoints.halt(...move),
});

async function inTransaction(pool: SimulatedPool, work: (sql: Sql) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  const sql: Sql = {
    ask: async ({ text }, values) => (await client.query({ text, values })).rows as never,
    run: async ({ text }, values) => void (await client.query({ text, values })),
    runLong: (statement, values) => sql.run(statement, values),
  };
  try {
    await client.query('BEGIN');
    await work(sql);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
