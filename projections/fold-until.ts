import type { EventFeed, Position } from '../src/application/ports.js';
import { NoCheckpoint, type Checkpoint, type Checkpoints } from './checkpoint.js';
import { Refused } from './operate.js';
import type { FoldRecord, Projection } from './projection.js';
import { Projector, type ProjectorParts, type ProjectorSettings } from './projector.js';

export interface Goal {
  /** Asked of every checkpoint that is seen. */
  readonly isReached: (checkpoint: Checkpoint) => boolean;
  /** Nothing after this position is folded; null: as it comes. */
  readonly upTo: Position | null;
  /** Told how many records were folded. */
  readonly onFolded: (count: number) => void;
}

/**
 * Folds one generation, by the projector that every process has, until its goal is reached or somebody else has brought it
 * there. Throws Refused when it stands still and cannot get there: halted, paused or dropped; and ForeignLog.
 */
export async function foldUntil(
  parts: ProjectorParts,
  settings: ProjectorSettings,
  { isReached, upTo, onFolded }: Goal,
): Promise<void> {
  const stop = new AbortController();
  const { generation } = parts.projection;
  let why: Refused | null = null;
  const see = (checkpoint: Checkpoint): Checkpoint => {
    const { halt, isPaused } = checkpoint;
    if (isReached(checkpoint)) stop.abort();
    else if (halt !== null || isPaused) {
      why = new Refused(
        halt === null
          ? `generation ${generation} is paused: holdfast projections resume`
          : `generation ${generation} is halted before position ${halt.position}, ${halt.stream}, revision ` +
              `${halt.revision}: ${halt.reason}. When the cause is gone: holdfast projections resume; to leave this ` +
              `record out for ever: holdfast projections skip ${halt.position} --reason …`,
      );
      stop.abort();
    }
    return checkpoint;
  };
  const gone = (error: unknown): never => {
    if (error instanceof NoCheckpoint) {
      why = new Refused(`generation ${generation} was dropped`);
      stop.abort();
    }
    throw error;
  };
  const projector = new Projector(
    {
      ...parts,
      checkpoints: watched(parts.checkpoints, see, gone),
      projection: counted(parts.projection, onFolded),
      feed: upTo === null ? parts.feed : endingAt(parts.feed, upTo),
    },
    settings,
  );
  await projector.run(stop.signal);
  if (why !== null) throw why as Refused;
}

type Moves = Pick<Checkpoints, 'read' | 'adopt' | 'advance' | 'complete' | 'halt'>;

function watched(moves: Moves, see: (checkpoint: Checkpoint) => Checkpoint, gone: (error: unknown) => never): Moves {
  const seen = (moved: Checkpoint | null) => moved && see(moved);
  return {
    adopt: (...given) => moves.adopt(...given),
    halt: (...given) => moves.halt(...given),
    read: async () => see(await moves.read().catch(gone)),
    advance: async (...given) => seen(await moves.advance(...given)),
    complete: async (at) => seen(await moves.complete(at)),
  };
}

/**
 * A batch that has to be folded twice is counted twice: it is told to people, not reckoned with. Nothing is folded ahead: who
 * folds until a goal makes way for others, and one who folds while its server writes takes two processors, or, where it has but one,
 * takes that from the server in the middle of what others wait for.
 */
const counted = (projection: Projection, onFolded: (count: number) => void): Projection => ({
  name: projection.name,
  generation: projection.generation,
  standsAlone: (record: FoldRecord) => projection.standsAlone(record),
  apply: async (sql, records) => {
    await projection.apply(sql, records);
    onFolded(records.length);
  },
  forget: () => projection.forget(),
});

const endingAt = (feed: EventFeed, end: Position): EventFeed => ({
  head: () => feed.head(),
  after: async function* (position, signal) {
    if (position >= end) return;
    for await (const page of feed.after(position, signal)) {
      const within = page.filter((record) => record.position <= end);
      if (within.length > 0) yield within;
      if (page.at(-1)!.position >= end) return;
    }
  },
});
