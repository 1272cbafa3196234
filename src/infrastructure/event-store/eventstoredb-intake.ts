import type { EventStore, Sealed } from '../../application/ports.js';
import { hashIn } from './chain.js';
import { WrongTarget, type LogIntake } from './log-import.js';
import type { DatedRecord, LogWalk, Place, PlacedLink } from './log-walk.js';

/** One append, well below the server's limit. */
const MOST_RECORDS = 500;
const MOST_CHARACTERS = 200_000;

/**
 * Appends records one stream's run after another, each only when the one before it is in: so the whole log keeps its
 * order. The server dates them itself.
 */
export class EventStoreDbIntake implements LogIntake {
  constructor(
    private readonly store: EventStore,
    private readonly walk: LogWalk,
  ) {}

  async take(records: readonly DatedRecord[]): Promise<void> {
    for (const run of runsOf(records)) {
      const { stream, revision } = run[0]!;
      const result = await this.store.append(stream, revision - 1, run);
      if (result.kind === 'conflict')
        throw new WrongTarget(
          `${stream} does not end before revision ${revision} any more: somebody else writes to it. Stop whatever does, and ` +
            'begin again with an empty log',
        );
    }
  }

  linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]> {
    return this.walk.linksAt(places);
  }

  close(): Promise<void> {
    return this.walk.close();
  }
}

/** Neighbours of one stream, in the order of the log. */
function runsOf(records: readonly DatedRecord[]): Sealed[][] {
  const runs: Sealed[][] = [];
  let room = 0;
  for (const record of records) {
    const size = record.data.length + record.metadata.length;
    const run = runs.at(-1);
    const fits = run?.[0]?.stream === record.stream && run.length < MOST_RECORDS && size <= room;
    if (!fits) room = MOST_CHARACTERS;
    room -= size;
    if (fits) run.push(sealedOf(record));
    else runs.push([sealedOf(record)]);
  }
  return runs;
}

function sealedOf({ id, stream, revision, type, data, metadata, position }: DatedRecord): Sealed {
  // The client writes what it has parsed: only of RFC 8785 is that the same text.
  for (const text of [data, metadata])
    if (JSON.stringify(JSON.parse(text)) !== text)
      throw new WrongTarget(`position ${position}: EventStoreDB would not keep the text of this record as it is`);
  return { id, stream, revision, type, data, metadata, hash: hashIn({ metadata }) };
}
