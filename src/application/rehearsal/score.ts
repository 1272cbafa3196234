import { Durations } from '../durations.js';
import { HoldfastError } from '../errors.js';
import type { Time } from '../ports.js';
import type { Answer, BookingReceipt } from '../receipts.js';
import { codeOf } from '../refusals.js';
import type { Tally } from '../tally.js';
import type { Acknowledged } from './evidence.js';

/** What has come of a run so far. */
export interface Figures {
  /** Commands that were answered, whatever the answer, and those of them that took a place: held or booked at once. */
  readonly answered: number;
  readonly accepted: number;
  /** Answers to a request that came twice with one key: the same as the first. */
  readonly repeated: number;
  /** Holds that became bookings, and places that were given back. */
  readonly confirmed: number;
  readonly givenBack: number;
  /** Places that are held now. */
  readonly held: number;
  readonly soldOut: number;
  /** Refusals by code, sold out among them; and commands that ended with a fault, by its code. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Batches that another process overtook, and commands that were decided again for it. */
  readonly conflicts: number;
  readonly retries: number;
  /** From a command to its answer, in milliseconds, at most a tenth too high; null: there was none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly elapsedMs: number;
  readonly answersPerSecond: number;
}

type Ask = () => Promise<Answer<BookingReceipt>>;

/** Keeps the score of a run: every answer that was given, and how long it took. */
export class Score {
  private told: Acknowledged[] = [];
  private readonly counts = { accepted: 0, repeated: 0, confirmed: 0, givenBack: 0 };
  private readonly refusals = new Map<string, number>();
  private readonly faults = new Map<string, number>();
  private readonly took = new Durations();
  /** Places that were ever held. */
  private holds = 0;
  private beganAt: number | null = null;
  private endedAt: number | null = null;

  constructor(private readonly time: Pick<Time, 'elapsed'>) {}

  /** What people were told, to be found in the log afterwards. */
  get acknowledged(): readonly Acknowledged[] {
    return this.told;
  }

  /** Those have been looked at: figures stay in memory for long, and they need not. */
  forget(): void {
    this.told = [];
  }

  begin(): void {
    this.beganAt = this.time.elapsed();
  }

  /** The first time counts. */
  end(): void {
    this.endedAt ??= this.time.elapsed();
  }

  /** Each answers the receipt; null: refused, or a fault. Rejects with bugs only. */
  booked(ask: Ask): Promise<BookingReceipt | null> {
    return this.answered(ask, 'accepted');
  }

  confirmed(ask: Ask): Promise<BookingReceipt | null> {
    return this.answered(ask, 'confirmed');
  }

  gaveBack(ask: Ask): Promise<BookingReceipt | null> {
    return this.answered(ask, 'givenBack');
  }

  /** `tallies`: of the processes that were played. */
  figures(tallies: readonly Pick<Tally, 'conflicts' | 'retries'>[]): Figures {
    const { counts, took } = this;
    const elapsedMs = this.beganAt === null ? 0 : (this.endedAt ?? this.time.elapsed()) - this.beganAt;
    return {
      answered: took.count,
      ...counts,
      held: this.holds - counts.confirmed - counts.givenBack,
      soldOut: this.refusals.get('sold-out') ?? 0,
      refusals: Object.fromEntries(this.refusals),
      faults: Object.fromEntries(this.faults),
      conflicts: tallies.reduce((sum, { conflicts }) => sum + conflicts, 0),
      retries: tallies.reduce((sum, { retries }) => sum + retries, 0),
      ...{ p50Ms: took.within(0.5), p99Ms: took.within(0.99), elapsedMs },
      answersPerSecond: elapsedMs === 0 ? 0 : (took.count * 1_000) / elapsedMs,
    };
  }

  private async answered(ask: Ask, as: 'accepted' | 'confirmed' | 'givenBack'): Promise<BookingReceipt | null> {
    const askedAt = this.time.elapsed();
    try {
      const answer = await ask();
      this.took.observe(this.time.elapsed() - askedAt);
      if (!answer.accepted) {
        bump(this.refusals, codeOf(answer.refusal));
        return null;
      }
      const { bookingId, userId, status, revision } = answer.receipt;
      this.told.push({ bookingId, userId, status, revision });
      this.counts[answer.replayed ? 'repeated' : as] += 1;
      if (!answer.replayed && status === 'held') this.holds += 1;
      return answer.receipt;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      this.took.observe(this.time.elapsed() - askedAt);
      bump(this.faults, error.code);
      return null;
    }
  }
}

const bump = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
