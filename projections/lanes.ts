import type { EventFeed, Time } from '../src/application/ports.js';
import { type Log, toldOf } from '../src/infrastructure/logger.js';
import type { Projector, ProjectorStatus } from './projector.js';

/** One generation of the tables, as its checkpoint says. */
export interface Generation {
  readonly generation: number;
  readonly isLive: boolean;
  /** It is still being made, by whoever asked for it. */
  readonly isBare: boolean;
}

/** The projector of one generation, with connections of its own. */
export interface Lane {
  readonly projector: Pick<Projector, 'run' | 'status'>;
  close(): Promise<void>;
}

export interface LanesParts {
  readonly generations: () => Promise<readonly Generation[]>;
  readonly open: (generation: number) => Lane;
  readonly feed: Pick<EventFeed, 'head'>;
  readonly time: Pick<Time, 'sleep'>;
  readonly logger: Log;
}

interface Running {
  readonly lane: Lane;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Follows the log with every generation of the tables that is whole, and with the live one whatever it is: one projector
 * for each, with its own checkpoint, lock and connections, so that none waits for another. A generation that is still
 * being made is left to whoever makes it.
 */
export class Lanes {
  private readonly lanes = new Map<number, Running>();
  private live: number | null = null;
  private fail: (error: unknown) => void = () => undefined;

  /** `lookEveryMs`: how soon a generation that was made or dropped is noticed. */
  constructor(
    private readonly parts: LanesParts,
    private readonly lookEveryMs: number,
  ) {}

  /** Of the live generation. Throws StoreUnavailable when the log cannot say where it ends. */
  async status(): Promise<ProjectorStatus> {
    const lane = this.live === null ? undefined : this.lanes.get(this.live);
    if (lane !== undefined) return lane.lane.projector.status();
    return { position: 0n, head: await this.parts.feed.head(), lagMs: 0, halted: null, standby: false };
  }

  /** Until the signal fires. Rejects with ForeignLog only, when the live tables are of another log. */
  async run(signal: AbortSignal): Promise<void> {
    const { time, logger } = this.parts;
    const failed = new Promise<never>((_, reject) => (this.fail = reject));
    failed.catch(() => undefined);
    try {
      while (!signal.aborted) {
        await this.look(signal).catch((error: unknown) =>
          logger.warn('The projector cannot see which tables there are', { reason: toldOf(error) }),
        );
        await Promise.race([failed, time.sleep(this.lookEveryMs, signal).catch(() => undefined)]);
      }
    } finally {
      for (const { stop } of this.lanes.values()) stop.abort();
      await Promise.all([...this.lanes.values()].map(({ ended }) => ended));
    }
  }

  private async look(signal: AbortSignal): Promise<void> {
    const found = await this.parts.generations();
    if (signal.aborted) return;
    this.live = found.find(({ isLive }) => isLive)?.generation ?? null;
    const wanted = new Set(found.filter(({ isLive, isBare }) => isLive || !isBare).map(({ generation }) => generation));
    for (const [generation, { stop, ended }] of this.lanes) {
      if (wanted.has(generation) || stop.signal.aborted) continue;
      stop.abort();
      void ended.then(() => this.lanes.delete(generation));
    }
    // The live one first.
    for (const generation of [...wanted].sort((a, b) => Number(b === this.live) - Number(a === this.live)))
      if (!this.lanes.has(generation)) this.lanes.set(generation, this.start(generation, signal));
  }

  private start(generation: number, signal: AbortSignal): Running {
    const stop = new AbortController();
    const lane = this.parts.open(generation);
    const ended = lane.projector
      .run(AbortSignal.any([signal, stop.signal]))
      .catch((error: unknown) => {
        if (generation === this.live) return this.fail(error);
        this.parts.logger.error('A generation that is not live is not followed', { generation, reason: toldOf(error) });
      })
      .finally(() => lane.close());
    return { lane, stop, ended };
  }
}
