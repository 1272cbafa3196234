import { setImmediate as turn } from 'node:timers/promises';
import type { EventFeed } from '../../src/application/ports.js';
import type { Checkpoint } from '../../projections/checkpoint.js';
import type { Projection, RecordPlace } from '../../projections/projection.js';
import { Projector, PROJECTOR_DEFAULTS } from '../../projections/projector.js';
import { book, scheduleIt } from '../support/facts.js';
import { silent } from '../support/postgres.js';
import { Story } from './story.js';

/** What the seeded simulator found: a feed whose connection was made anew, while its earlier pages still waited. */
describe('A feed that repeats what the projector has not yet taken', () => {
  it('is folded once: each record, in order', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 9 }));
    for (let i = 0; i < 6; i++) story.ask('gala', book(`user-${i}`));
    const records = story.records();
    const folded: bigint[] = [];
    const stop = new AbortController();
    const feed: EventFeed = {
      head: async () => BigInt(records.length),
      after: async function* () {
        yield records.slice(0, 1);
        yield records.slice(1, 4);
        yield records.slice(1);
      },
    };
    const projection: Projection = {
      ...{ name: 'bookings', generation: 1, standsAlone: () => false, forget: () => undefined },
      apply: async (_sql, batch) => {
        // Meanwhile the other pages come in.
        await turn();
        folded.push(...batch.map(({ position }) => position));
      },
    };
    const projector = new Projector(
      {
        ...{ projection, feed, store: story.store(), logger: silent, checkpoints: inMemory(stop, records.length) },
        lock: { acquire: async () => true, release: async () => undefined },
        time: { now: () => 0, sleep: async () => undefined },
      },
      PROJECTOR_DEFAULTS,
    );
    await projector.run(stop.signal);
    expect(folded).toEqual(records.map(({ position }) => position));
  });
});

/** Stops the projector when all is folded. */
function inMemory(stop: AbortController, end: number) {
  const free = { halt: null, isBare: false, isPaused: false, skipped: new Set<string>() };
  let at: Checkpoint = { logId: '0badcafe', position: 0n, last: null, movedAt: 0, ...free };
  return {
    read: async () => at,
    adopt: async () => true,
    halt: async () => stop.abort(),
    complete: async () => null,
    advance: async (_from: Checkpoint, to: RecordPlace, work: (sql: never) => Promise<void>) => {
      await work(undefined as never);
      const { position, stream, revision, id: recordId } = to;
      at = { ...at, position, last: { stream, revision, recordId } };
      if (position === BigInt(end)) stop.abort();
      return at;
    },
  };
}
