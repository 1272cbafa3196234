import { Batch, type BatchBounds, type Waiter } from './batch.js';
import type { Contention } from './contention.js';
import { Desk, type DeskPorts, type Portion } from './desk.js';
import type { EndOfTurn } from './end-of-turn.js';
import { ClockSkew, Overloaded, RequestInFlight, StoreUnavailable } from './errors.js';
import { appendSurely, backoffMs, type OutcomePorts, type OutcomeSettings } from './outcome.js';
import type { Appended, Conflict, Position } from './ports.js';
import { readReplay } from './replay.js';
import { resultOf, type Tally } from './tally.js';

export interface MailboxSettings extends OutcomeSettings, BatchBounds {
  readonly locking: 'optimistic' | 'pessimistic';
  /** How often a command is decided anew after a conflict. */
  readonly maxRetries: number;
  /** How many ticks a command may wait undecided, and how many for the answer of its own twin. */
  readonly queueAgeTicks: number;
  readonly inFlightTicks: number;
}

export interface MailboxPorts extends OutcomePorts, DeskPorts {
  readonly endOfTurn: EndOfTurn;
}

/** Batches smaller than that are not worth an extra turn. */
const EVEN_OUT_FROM = 16;
const EVERYTHING: Portion = { commands: Infinity, settle: 'all' };
/** For how many rounds an event is locked after another process wrote to it. */
const LOCKED_ROUNDS = 8;

/**
 * The commands of one event, in the order of their coming. They are decided at the end of the turn in which they came, on
 * a ledger that already holds what is on the wire; one batch travels while the next one fills; and when the first comes
 * back the next is on its way before anybody is answered.
 */
export class Mailbox {
  readonly desk: Desk;
  private queue: Waiter[] = [];
  private building = new Batch(-1);
  private travelling: Batch | null = null;
  /** Deciding waits while the ledger is being brought up to date. */
  private state: 'new' | 'busy' | 'ready' = 'new';
  /** Deciding is due at the end of this turn. */
  private isCalled = false;
  /** The last position that is known to be at or after the ledger's head. */
  private position: Position = 0n;
  private failuresInARow = 0;
  /** How many more rounds are locked because other processes write to this event too. */
  private lockedRounds = 0;
  /** Why the store did not take the last batch; null once it took one. */
  private outage: StoreUnavailable | null = null;
  /** The present time, in ticks, as `dropOld` was last told. */
  private tick = 0;

  constructor(
    eventId: string,
    private readonly stream: string,
    private readonly ports: MailboxPorts,
    private readonly settings: MailboxSettings,
    private readonly tally: Tally,
    /** What is counted of this event alone. */
    readonly contention: Contention,
    /** The ledger was read from the log, or could not be: then this mailbox is of no more use. */
    private readonly onLoad: (isLoaded: boolean) => void,
  ) {
    this.desk = new Desk(eventId, stream, ports);
  }

  /** Nothing waits and nothing travels: the ledger may be dropped. */
  get isIdle(): boolean {
    if (this.state === 'busy' || this.desk.settleOwed) return false;
    return this.queue.length === 0 && this.travelling === null && this.building.isEmpty;
  }

  /** Whether settle would have something to write now. */
  isDue(): boolean {
    return this.state === 'ready' && this.desk.isDue();
  }

  /** Commands without an answer. */
  get depth(): number {
    return this.queue.length + this.building.verdicts.length + (this.travelling?.verdicts.length ?? 0);
  }

  /** The tick at which the longest waiting of them came; `tick` where there is none. */
  oldestOf(tick: number): number {
    let oldest = tick;
    for (const { arrivedAt } of this.queue) oldest = Math.min(oldest, arrivedAt);
    for (const batch of [this.building, this.travelling])
      for (const { waiter } of batch?.verdicts ?? []) oldest = Math.min(oldest, waiter.arrivedAt);
    return oldest;
  }

  submit(waiter: Waiter): void {
    if (this.queue.length + this.building.verdicts.length >= this.settings.mailboxLength)
      return waiter.reject(new Overloaded(`${this.settings.mailboxLength} commands wait for this event`));
    this.queue.push(waiter);
    if (this.state === 'new') void this.load();
    else if (this.state === 'ready' && !this.isCalled) {
      this.isCalled = true;
      this.ports.endOfTurn.do(this.pumpWhenCalled);
    }
  }

  /** Answers those who have waited too long to be decided at all: nothing of theirs was written. */
  dropOld(tick: number): void {
    this.tick = tick;
    if (this.queue.length === 0) return;
    this.queue = this.queue.filter((waiter) => {
      const twin = this.travelling?.holds(waiter.envelope.commandId) ?? false;
      const age = tick - waiter.arrivedAt;
      if (age < (twin ? this.settings.inFlightTicks : this.settings.queueAgeTicks)) return true;
      if (twin) waiter.reject(new RequestInFlight('an earlier request with this Idempotency-Key is still running'));
      else waiter.reject(this.outage ?? new Overloaded('waited too long for a decision'));
      return false;
    });
  }

  private async load(): Promise<void> {
    this.state = 'busy';
    try {
      await this.catchUp();
    } catch (error) {
      this.onLoad(false);
      return this.rejectQueue(error);
    }
    this.tally.loads += 1;
    this.tally.lengths.observe(this.desk.ledger.revision + 1);
    this.resume();
    this.onLoad(true);
  }

  private readonly pumpWhenCalled = (): void => {
    this.isCalled = false;
    this.pump();
  };

  private pump(): void {
    if (this.state !== 'ready') return;
    if (this.mustLock()) {
      if (this.travelling === null && (this.queue.length > 0 || this.desk.settleOwed)) void this.travelLocked();
      return;
    }
    this.gather(this.building, EVERYTHING);
    if (this.travelling !== null || this.building.isEmpty) return;
    void this.travel();
    // What did not fit is decided while that one travels.
    this.gather(this.building, EVERYTHING);
  }

  /**
   * A stream that does not exist yet has no row to lock: it is scheduled by a plain append. The optimistic lock is for an
   * event that one process writes to. Where two do, the one that won has its next batch on the wire before the other has
   * decided anew, and wins again: so who has lost queues for the row, as long as it finds what others wrote.
   */
  private mustLock(): boolean {
    if (this.desk.ledger.revision < 0 || !this.building.isEmpty) return false;
    return this.settings.locking === 'pessimistic' || this.lockedRounds > 0;
  }

  /** Has decided what waits, as far as the portion goes. */
  private gather(batch: Batch, portion: Portion): void {
    if (this.queue.length === 0 && !this.desk.settleOwed) return;
    if (!this.ports.time.isTrusted()) {
      // Or the mailbox would go on trying for as long as the clock is wrong; the sweeper comes back to what is due.
      this.desk.settleOwed = false;
      return this.rejectQueue(new ClockSkew("this process's clock is too far from the database's"));
    }
    const decided = this.desk.decideInto(batch, this.settings, this.queue, portion);
    this.queue = decided === this.queue.length ? [] : this.queue.slice(decided);
  }

  /** Sends what was gathered; the next batch fills meanwhile. */
  private async travel(): Promise<void> {
    const batch = this.building;
    this.travelling = batch;
    this.building = this.newBatch();
    const sentAt = this.ports.time.elapsed();
    await this.arrive(batch, batch.writes ? this.append(batch) : this.proveCurrent(batch), sentAt);
  }

  /** The pessimistic round: the row is locked, the tail read, everything that came before the read decided and written. */
  private async travelLocked(): Promise<void> {
    let batch = (this.travelling = this.newBatch());
    const sentAt = this.ports.time.elapsed();
    const locked = this.ports.store.locked!(this.stream, async (read) => {
      const commands = this.queue.length;
      const tail = await read(this.desk.ledger.revision + 1);
      for (const record of tail) {
        this.desk.fold(record);
        this.position = record.position;
      }
      if (this.lockedRounds > 0) this.lockedRounds = tail.length > 0 ? LOCKED_ROUNDS : this.lockedRounds - 1;
      batch = this.travelling = this.newBatch();
      this.gather(batch, { commands, settle: 'one alone' });
      // The next round may be one without a lock.
      this.building = this.newBatch();
      return batch.writes ? { expectedRevision: batch.base, sealed: batch.sealed } : null;
    });
    const outcome = locked.then(
      (result) => result ?? { kind: 'appended' as const, position: this.position },
      (error: unknown) => {
        if (error instanceof StoreUnavailable || !batch.writes) throw error;
        return this.append(batch, error);
      },
    );
    const fault: unknown = await outcome.then(
      () => null,
      (error: unknown) => error,
    );
    if (fault instanceof StoreUnavailable) {
      this.tally.ended('unavailable', this.ports.time.elapsed() - sentAt);
      await this.tryAgain(batch, fault);
    } else await this.arrive(batch, outcome, sentAt);
  }

  private append(batch: Batch, first?: unknown): Promise<Appended | Conflict> {
    const append = { stream: this.stream, expectedRevision: batch.base, sealed: batch.sealed };
    const onUnknown = (): void => {
      this.tally.unknowns += 1;
      this.pauseBuilding();
    };
    return appendSurely(this.ports, this.settings, append, onUnknown, first);
  }

  /** A batch that writes nothing stands if nobody else wrote either: read what is behind the ledger's head. */
  private async proveCurrent(batch: Batch): Promise<Appended | Conflict> {
    const stands = { kind: 'appended', position: this.position } as const;
    if (batch.onlyReplays) return stands;
    this.tally.tailReads += 1;
    const cause = batch.verdicts[0]?.waiter.envelope.traceparent;
    for await (const page of this.ports.store.read(this.stream, batch.base + 1, 1, cause))
      if (page.length > 0) return { kind: 'conflict' };
    return stands;
  }

  /** What becomes of a batch that travelled: everybody is answered, or everything is taken back. */
  private async arrive(batch: Batch, outcome: Promise<Appended | Conflict>, sentAt: number): Promise<void> {
    const { tally, ports } = this;
    let result: Appended | Conflict;
    try {
      result = await outcome;
    } catch (error) {
      if (batch.writes) tally.ended(resultOf(error), ports.time.elapsed() - sentAt);
      return this.giveUp(batch, error);
    }
    if (batch.writes) tally.ended(result.kind === 'conflict' ? 'conflict' : 'written', ports.time.elapsed() - sentAt);
    if (result.kind === 'conflict') return this.decideAnew(batch);
    this.failuresInARow = 0;
    this.outage = null;
    if (batch.writes) tally.wrote(batch.verdicts.length, batch.sealed);
    if (result.position > this.position) this.position = result.position;
    await this.tell(batch);
  }

  /**
   * The next batch is on its way before the callers of this one are woken. When far fewer wait than have just arrived,
   * half of these are woken first: who asks again joins the next batch, and batches become even. Left alone, they swing
   * between nearly empty and nearly full, and the log idles while the full one is decided.
   */
  private async tell(batch: Batch): Promise<void> {
    const { position } = this;
    const replay = (waiter: Waiter, revision: number): void => void this.replay(waiter, revision);
    const all = batch.verdicts.length;
    const waiting = this.queue.length + this.building.verdicts.length;
    const isUneven = all >= EVEN_OUT_FROM && 2 * waiting < all;
    const early = isUneven ? all >> 1 : 0;
    if (early > 0) {
      batch.release(position, replay, 0, early);
      await this.ports.time.turn();
    }
    this.travelling = null;
    this.state = 'ready';
    this.pump();
    if (this.travelling !== null) await this.ports.time.turn();
    batch.release(position, replay, early, all);
  }

  /** The log did not take it, or nobody can tell: those of this batch are told so, the others wait for the next. */
  private async giveUp(batch: Batch, error: unknown): Promise<void> {
    this.takeBack(batch);
    this.outage = error instanceof StoreUnavailable ? error : null;
    const told = batch.waiters();
    for (const waiter of told) waiter.reject(error);
    if (told.length === 0 && this.outage === null) this.rejectQueue(error);
    // Or an empty mailbox would go on asking a store that is down; the sweeper comes back to what is due.
    this.desk.settleOwed = false;
    if (this.queue.length > 0) await this.pause();
    this.resume();
  }

  /** Somebody else wrote: fold what they wrote and decide everything that waited again, in the same order. */
  private async decideAnew(batch: Batch): Promise<void> {
    this.tally.conflicts += 1;
    this.contention.conflicts += 1;
    if (this.ports.store.locked !== undefined) this.lockedRounds = LOCKED_ROUNDS;
    this.takeBack(batch);
    this.requeue(batch, new Overloaded('too many others write to this event'));
    try {
      // The first conflict is retried at once: what the other wrote is mostly all there is.
      if (this.failuresInARow > 0) await this.pause();
      this.failuresInARow += 1;
      await this.catchUp();
    } catch (error) {
      this.desk.settleOwed = false;
      this.rejectQueue(error);
    }
    this.resume();
  }

  /** The lock could not be had, so nothing was written; an append has its own retries. */
  private async tryAgain(batch: Batch, outage: StoreUnavailable): Promise<void> {
    this.takeBack(batch);
    this.outage = outage;
    this.requeue(batch, outage);
    if (this.queue.length === 0) this.desk.settleOwed = false;
    else await this.pause();
    this.resume();
  }

  /** Puts those of a batch before all who wait, but for those who were there too often. */
  private requeue(batch: Batch, spent: Error): void {
    const again = batch.waiters().filter((waiter) => {
      waiter.attempts += 1;
      const mayGoOn = waiter.attempts <= this.settings.maxRetries;
      if (!mayGoOn) waiter.reject(spent);
      return mayGoOn;
    });
    this.tally.retries += again.length;
    this.contention.retries += again.length;
    this.queue = [...again, ...this.queue];
    // The batch may have been nothing but what settle owed: then nobody who is decided again would bring it back. Nothing
    // at all is in it where the row was never locked: who waits says then, as ever, what is settled first.
    this.desk.settleOwed ||= batch.writes && batch.verdicts.length === 0;
  }

  private pause(): Promise<void> {
    return this.ports.time.sleep(backoffMs(this.settings, this.failuresInARow++, this.ports.random));
  }

  private resume(): void {
    this.building = this.newBatch();
    this.state = 'ready';
    // Who waited behind a batch that was tried to its deadline may not get a second deadline.
    this.dropOld(this.tick);
    this.pump();
  }

  /** Undoes the batch that failed and what was speculated on top of it. */
  private takeBack(batch: Batch): void {
    this.pauseBuilding();
    batch.undo();
    this.travelling = null;
  }

  /** Nothing more is decided on what may never be: those who rest on it go back into the queue. */
  private pauseBuilding(): void {
    this.state = 'busy';
    this.building.undo();
    this.queue = [...this.building.waiters(), ...this.queue];
    this.building = this.newBatch();
  }

  private newBatch(): Batch {
    return new Batch(this.desk.ledger.revision);
  }

  private async catchUp(): Promise<void> {
    const cause = this.queue[0]?.envelope.traceparent;
    for await (const page of this.ports.store.read(this.stream, this.desk.ledger.revision + 1, undefined, cause))
      for (const record of page) {
        this.desk.fold(record);
        this.position = record.position;
      }
  }

  private async replay(waiter: Waiter, revision: number): Promise<void> {
    const { ports, stream, desk } = this;
    try {
      waiter.resolve(await readReplay(ports, stream, desk, waiter.envelope, revision));
    } catch (error) {
      waiter.reject(error);
    }
  }

  private rejectQueue(error: unknown): void {
    const waiters = this.queue;
    this.queue = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}
