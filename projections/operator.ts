import type {
  Generation,
  Position,
  Projections,
  ProjectionsStanding,
  Rebuild,
  SkippedRecord,
  Time,
} from '../src/application/ports.js';
import type { StoreConfig } from '../src/infrastructure/config.js';
import { toldOf } from '../src/infrastructure/logger.js';
import { readFrom, writtenTo } from '../src/infrastructure/postgres/answered.js';
import { checkpointStatus, type CheckpointStatus } from './checkpoint-status.js';
import type { ProjectorPorts } from './open.js';
import { OPERATION, Refused, pause, readSkips, resume } from './operate.js';
import { Pace } from './pace.js';
import { generationToRebuild, type RebuildEvents } from './rebuild.js';
import { behindBy, stateWord } from './standing.js';
import { switchTo } from './switch.js';

/** However many watch, the tables are asked that often at most. */
const LOOK_EVERY_MS = 250;
/** For the one record that says how long a generation has been behind. */
const RECORD_MS = 500;

interface OperatorPorts extends ProjectorPorts {
  readonly time: Time;
  /** Positions have no gaps. */
  readonly isGapless: boolean;
  /** A rebuild, beside this process: see `rebuildApart`. */
  readonly rebuild: (events: RebuildEvents, signal: AbortSignal) => Promise<readonly string[]>;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** What `holdfast projections` does in a terminal, done by a process that serves: the same functions, and a rebuild beside it. */
export class Operator implements Projections {
  private readonly pace = new Pace();
  private looked: { readonly at: number; readonly standing: Promise<ProjectionsStanding> } | null = null;
  /** The first record that a generation lacks, and when it was decided. */
  private readonly missing = new Map<number, { readonly after: Position; readonly occurredAt: number }>();
  private job: Writable<Rebuild> | null = null;
  /** Of the rebuild that is going on. */
  private ending: AbortController | null = null;

  constructor(
    private readonly ports: OperatorPorts,
    private readonly config: Pick<StoreConfig, 'limits' | 'streamPrefix'>,
  ) {}

  standing(): Promise<ProjectionsStanding> {
    const at = this.ports.time.elapsed();
    if (this.looked === null || at - this.looked.at >= LOOK_EVERY_MS) {
      this.looked = { at, standing: this.look() };
      this.looked.standing.catch(() => (this.looked = null));
    }
    return this.looked.standing;
  }

  pause(generation: number | null, by: string, reason: string | null): Promise<string | null> {
    return this.operated(pause(this.ports, OPERATION, generation, { by, reason }));
  }

  resume(generation: number | null): Promise<string | null> {
    return this.operated(resume(this.ports, OPERATION, generation));
  }

  switchTo(generation: number | null): Promise<string | null> {
    const operation = { ...OPERATION, followMs: this.config.limits.projectorStandbyMs };
    return this.operated(switchTo(this.ports, operation, generation));
  }

  async rebuild(): Promise<string | null> {
    if (this.ending !== null) return 'a rebuild that was asked of this process is going on already';
    const ending = new AbortController();
    this.ending = ending;
    try {
      const { generation } = generationToRebuild(await readFrom(checkpointStatus(this.ports.pool)));
      const none = { endedAt: null, folded: 0, rows: 0, compared: 0, different: [], why: null };
      this.job = { generation, step: 'folding', beganAt: this.ports.time.now(), ...none };
    } catch (error) {
      this.ending = null;
      throw error;
    }
    this.looked = null;
    void this.make(this.job, ending);
    return null;
  }

  /** A rebuild that is going on ends at once; asked for again, it goes on. */
  close(): void {
    this.ending?.abort();
  }

  private async make(job: Writable<Rebuild>, { signal }: AbortController): Promise<void> {
    const { time, logger, rebuild } = this.ports;
    const events: RebuildEvents = {
      onFold: (generation) => Object.assign(job, { generation, step: 'folding' }),
      onFolded: (count) => void (job.folded += count),
      onCompare: (rows) => Object.assign(job, { rows, step: 'comparing' }),
      onCompared: (count) => void (job.compared += count),
    };
    try {
      const different = await rebuild(events, signal);
      Object.assign(job, { different, step: different.length === 0 ? 'same' : 'different' });
      logger.log('A generation was rebuilt', { generation: job.generation, different });
    } catch (error) {
      const isSaid = error instanceof Refused;
      Object.assign(job, { step: 'failed', why: isSaid ? error.message : 'the log of the service says more' });
      logger.error('A generation could not be rebuilt', { generation: job.generation, reason: toldOf(error) });
    } finally {
      job.endedAt = time.now();
      this.looked = null;
      this.ending = null;
    }
  }

  private async operated(work: Promise<unknown>): Promise<string | null> {
    const why = await writtenTo(
      work.then(
        () => null,
        (error: unknown) => {
          if (error instanceof Refused) return error.message;
          throw error;
        },
      ),
    );
    this.looked = null;
    return why;
  }

  private async look(): Promise<ProjectionsStanding> {
    const { pool, feed } = this.ports;
    const [head, statuses, skips] = await readFrom(Promise.all([feed.head(), checkpointStatus(pool), readSkips(pool)]));
    const generations = await Promise.all(statuses.map((status) => this.generationOf(status, head)));
    const skipped = skips.map(({ stream, recordId: _, ...skip }): SkippedRecord => ({
      ...skip,
      eventId: this.eventIdOf(stream),
    }));
    return { head, generations, rebuild: this.job && { ...this.job }, skipped };
  }

  private async generationOf(status: CheckpointStatus, head: Position): Promise<Generation> {
    const { time, isGapless } = this.ports;
    const { generation, live, position, isBare, movedAt, shownAt, halt, pause: paused } = status;
    const behind = behindBy(position, head, isGapless);
    const perSecond = isGapless ? this.pace.perSecond(generation, position, time.elapsed()) : null;
    const isMoving = perSecond !== null && perSecond > 0 && behind !== null && behind > 0;
    return {
      ...{ generation, live, state: stateWord(status, head), position, behind },
      lagMs: isBare ? null : position >= head ? 0 : await this.lagAfter(generation, position),
      ...{ perSecond, leftMs: isMoving ? (behind / perSecond) * 1_000 : null, movedAt, shownAt },
      halt: halt && {
        ...{ position: halt.position, eventId: this.eventIdOf(halt.stream), revision: halt.revision },
        ...{ recordId: halt.recordId, reason: halt.reason, since: halt.since },
      },
      pause: paused,
    };
  }

  private async lagAfter(generation: number, position: Position): Promise<number | null> {
    const { time } = this.ports;
    const known = this.missing.get(generation);
    const occurredAt = known?.after === position ? known.occurredAt : await this.decidedAfter(position);
    if (occurredAt === null) return null;
    this.missing.set(generation, { after: position, occurredAt });
    return Math.max(0, time.now() - occurredAt);
  }

  /** When the record after a position was decided; null: it does not say, or not in time. */
  private async decidedAfter(position: Position): Promise<number | null> {
    const enough = new AbortController();
    const cancel = this.ports.time.alarm(RECORD_MS, () => enough.abort());
    try {
      for await (const [record] of this.ports.feed.after(position, enough.signal))
        return record !== undefined && 'metadata' in record ? record.metadata.occurredAt : null;
      return null;
    } finally {
      cancel();
      enough.abort();
    }
  }

  private eventIdOf(stream: string): string {
    return stream.slice(this.config.streamPrefix.length);
  }
}
