import type { EventStore, Position, RecordedEvent } from '../src/application/ports.js';
import type { LogWalk, Place } from '../src/infrastructure/event-store/log-walk.js';
import { ExpectedRows } from './expected.js';

export interface StreamPorts {
  readonly store: Pick<EventStore, 'read'>;
  /** The log as it is by then: a snapshot from before may not have what was skipped since. To be closed. */
  readonly openWalk: () => Pick<LogWalk, 'linksAt' | 'close'>;
  readonly streamPrefix: string;
}

/** A record that was skipped, in whichever log: its id stays when the log is moved, its position does not. */
export interface Skipped extends Place {
  readonly recordId: string;
}

/**
 * What the tables must hold of one stream up to a position of the log. `skipped`: of that stream, in the order of their
 * revisions; such a record is stepped over, since perhaps it cannot even be read. Throws what the store throws.
 */
export async function expectedOf(
  ports: StreamPorts,
  stream: string,
  upTo: Position,
  skipped: readonly Skipped[],
): Promise<ExpectedRows> {
  const { store, streamPrefix } = ports;
  const expected = new ExpectedRows(streamPrefix, { parts: 1, part: 0, budget: Infinity });
  let from = 0;
  for (const next of [...(await leftOut(ports, skipped)), null]) {
    const count = next === null ? Infinity : next.revision - from;
    if (count > 0 && !(await added(expected, store.read(stream, from, count), upTo))) break;
    if (next === null) break;
    if (next.position <= upTo) expected.skip(next);
    from = next.revision + 1;
  }
  return expected;
}

/** False when what follows was written after `upTo`, and perhaps cannot even be read. */
async function added(
  expected: ExpectedRows,
  pages: AsyncIterable<readonly RecordedEvent[]>,
  upTo: Position,
): Promise<boolean> {
  try {
    for await (const page of pages)
      for (const record of page) {
        if (record.position > upTo) return false;
        expected.add(record);
      }
    return true;
  } catch (error) {
    const { code, position } = error as { code?: unknown; position?: unknown };
    if (code === 'stream-unreadable' && typeof position === 'bigint' && position > upTo) return false;
    throw error;
  }
}

/** Those of them that are in this log, and where they stand in it. */
async function leftOut({ openWalk }: StreamPorts, skipped: readonly Skipped[]) {
  if (skipped.length === 0) return [];
  const walk = openWalk();
  try {
    const links = await walk.linksAt(skipped);
    return skipped.flatMap(({ stream, revision, recordId }, n) => {
      const link = links[n];
      return link?.id === recordId ? [{ stream, revision, position: link.position }] : [];
    });
  } finally {
    await walk.close();
  }
}
