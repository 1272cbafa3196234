import type { Instant } from '../../domain/booking/events.js';
import { HoldfastError, type HoldfastErrorCode } from '../errors.js';
import type { RehearsalPlan } from './plan.js';
import { Run, type RehearsalPorts, type RunTold } from './run.js';

/** Why there is none: not on this service, not beside another one, not with a strategy that this log does not have. */
export type NoRehearsal =
  { readonly why: 'off' | 'no-lock' } | { readonly why: 'running'; readonly rehearsalId: string };

/** A rehearsal as it stands. */
export interface RehearsalTold {
  readonly rehearsalId: string;
  readonly plan: RehearsalPlan;
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAt: Instant;
  readonly startedBy: string;
  readonly endedAt: Instant | null;
  /** What stood in the way; null unless it failed. */
  readonly failure: HoldfastErrorCode | 'internal' | null;
  /** Whether nothing was found with any strategy; null until all have been looked at. */
  readonly isSound: boolean | null;
  readonly runs: readonly RunTold[];
}

/** Of earlier ones so many are remembered. */
const REMEMBERED = 20;

/** The rehearsals of this process: one at a time, and those before it for a while. */
export class Rehearsals {
  private readonly known = new Map<string, Rehearsal>();
  private current: { readonly rehearsalId: string; readonly ended: Promise<void> } | null = null;
  private readonly stopping = new AbortController();

  /** `isAllowed`: a rehearsal writes to the log. `onBug` is told what is nobody's fault but ours. */
  constructor(
    private readonly ports: RehearsalPorts,
    readonly isAllowed: boolean,
    private readonly onBug: (error: unknown) => void,
  ) {}

  /** Begins one; it goes on by itself. */
  begin(plan: RehearsalPlan, by: string): RehearsalTold | NoRehearsal {
    if (!this.isAllowed || this.stopping.signal.aborted) return { why: 'off' };
    if (this.current !== null) return { why: 'running', rehearsalId: this.current.rehearsalId };
    if (plan.strategies.includes('pessimistic') && this.ports.store.locked === undefined) return { why: 'no-lock' };
    const rehearsal = new Rehearsal(this.ports, plan, by);
    const { rehearsalId } = rehearsal;
    this.known.set(rehearsalId, rehearsal);
    if (this.known.size > REMEMBERED) this.known.delete(this.known.keys().next().value!);
    const ended = rehearsal.play(this.stopping.signal, this.onBug).finally(() => (this.current = null));
    this.current = { rehearsalId, ended };
    return rehearsal.told();
  }

  /** Null: there was none, or too long ago. */
  find(rehearsalId: string): RehearsalTold | null {
    return this.known.get(rehearsalId)?.told() ?? null;
  }

  /** Those that are remembered, the latest first. */
  list(): RehearsalTold[] {
    return [...this.known.values()].map((rehearsal) => rehearsal.told()).reverse();
  }

  /** Resolves when the one that runs has ended. */
  async ended(): Promise<void> {
    await this.current?.ended;
  }

  /** Begins none any more, and lets nobody else into the one that runs; resolves when its event is called off. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.ended();
  }
}

class Rehearsal {
  readonly rehearsalId: string;
  private readonly startedAt: Instant;
  private readonly runs: readonly Run[];
  private state: RehearsalTold['state'] = 'running';
  private endedAt: Instant | null = null;
  private failure: RehearsalTold['failure'] = null;

  constructor(
    private readonly ports: RehearsalPorts,
    private readonly plan: RehearsalPlan,
    private readonly by: string,
  ) {
    this.rehearsalId = ports.ids.next();
    this.startedAt = ports.time.now();
    this.runs = plan.strategies.map((strategy) => new Run(ports, plan, strategy, this.rehearsalId, by));
  }

  /** Never rejects. */
  async play(signal: AbortSignal, onBug: (error: unknown) => void): Promise<void> {
    try {
      for (const run of this.runs) if (!signal.aborted) await run.play(signal);
      this.state = 'done';
    } catch (error) {
      this.state = 'failed';
      this.failure = error instanceof HoldfastError ? error.code : 'internal';
      if (this.failure === 'internal') onBug(error);
    } finally {
      this.endedAt = this.ports.time.now();
    }
  }

  told(): RehearsalTold {
    const { rehearsalId, plan, state, startedAt, by: startedBy, endedAt, failure } = this;
    const runs = this.runs.map((run) => run.told());
    const looked = runs.map(({ evidence }) => evidence);
    const isSound = looked.includes(null) ? null : looked.every((evidence) => evidence?.isSound);
    return { rehearsalId, plan, state, startedAt, startedBy, endedAt, failure, isSound, runs };
  }
}
