import type { BookingEvent, ClaimFact, ScheduleFact } from '../domain/booking/events.js';
import { SETTLE, isClaimFact } from '../domain/booking/events.js';
import { decide } from '../domain/booking/decide.js';
import { evolve, initial, presentBooking, type Ledger } from '../domain/booking/ledger.js';
import { LIMITS } from '../domain/booking/policy.js';
import { nextSettlement, settleBefore, type SettleScope } from '../domain/booking/settle.js';
import { Batch, type Waiter } from './batch.js';
import type { Envelope } from './envelope.js';
import { ClockSkew, Overloaded, RequestInFlight, StoreUnavailable } from './errors.js';
import { appendSurely, backoffMs, type OutcomePorts, type OutcomeSettings } from './outcome.js';
import { recordedOf, type Appended, type Conflict, type Ids, type Position, type Sealer } from './ports.js';
import { bookingAsItIs, bookingReceipt, eventAsItIs, eventReceipt, type Placed } from './receipts.js';

export interface MailboxSettings extends OutcomeSettings {
  readonly locking: 'optimistic' | 'pessimistic';
  /** Bounds of one append: domain events, and characters of JSON. Split only between commands. */
  readonly batchEvents: number;
  readonly batchBytes: number;
  /** Commands that may wait for one event. */
  readonly mailboxLength: number;
  /** How often a command is decided anew after a conflict. */
  readonly maxRetries: number;
  /** How many ticks a command may wait undecided, and how many for the answer of its own twin. */
  readonly queueAgeTicks: number;
  readonly inFlightTicks: number;
}

export interface MailboxPorts extends OutcomePorts {
  readonly sealer: Sealer;
  readonly ids: Ids;
}

/** What is counted over all mailboxes, for operators. */
export interface Tally {
  appends: number;
  events: number;
  conflicts: number;
  unknowns: number;
  tailReads: number;
}

/**
 * The commands of one event, in the order of their coming. Each is decided on arrival, on a ledger that already holds
 * what is on the wire; one batch travels while the next one fills; and when the first comes back the next is on its way
 * before anybody is answered.
 */
export class Mailbox {
  readonly ledger: Ledger = initial();
  private queue: Waiter[] = [];
  private building = new Batch(-1);
  private travelling: Batch | null = null;
  /** Deciding waits while the ledger is being brought up to date. */
  private state: 'new' | 'busy' | 'ready' = 'new';
  /** The last position that is known to be at or after the ledger's head. */
  private position: Position = 0n;
  private failuresInARow = 0;
  /** A command wrote: what follows from it is written before the next one is decided. */
  private settleOwed = false;
  private correlationId: string | null = null;

  constructor(
    readonly eventId: string,
    private readonly stream: string,
    private readonly ports: MailboxPorts,
    private readonly settings: MailboxSettings,
    private readonly tally: Tally,
    private readonly onFailedLoad: (mailbox: Mailbox) => void,
  ) {}

  /** Nothing waits and nothing travels: the ledger may be dropped. */
  get isIdle(): boolean {
    if (this.state === 'busy' || this.settleOwed) return false;
    return this.queue.length === 0 && this.travelling === null && this.building.isEmpty;
  }

  /** Whether settle would have something to write now. */
  isDue(): boolean {
    return this.state === 'ready' && nextSettlement(this.ledger, this.ports.time.now(), 'everything') !== null;
  }

  submit(waiter: Waiter): void {
    if (this.queue.length + this.building.verdicts.length >= this.settings.mailboxLength)
      return waiter.reject(new Overloaded(`${this.settings.mailboxLength} commands wait for this event`));
    this.queue.push(waiter);
    if (this.state === 'new') void this.load();
    else this.pump();
  }

  /** Answers those who have waited too long to be decided at all: nothing of theirs was written. */
  dropOld(tick: number): void {
    if (this.queue.length === 0) return;
    this.queue = this.queue.filter((waiter) => {
      const twin = this.travelling?.holds(waiter.envelope.commandId) ?? false;
      const age = tick - waiter.arrivedAt;
      if (age < (twin ? this.settings.inFlightTicks : this.settings.queueAgeTicks)) return true;
      waiter.reject(
        twin
          ? new RequestInFlight('an earlier request with this Idempotency-Key is still running')
          : new Overloaded('waited too long for a decision'),
      );
      return false;
    });
  }

  private async load(): Promise<void> {
    this.state = 'busy';
    try {
      await this.catchUp();
      this.building = new Batch(this.ledger.revision);
      this.state = 'ready';
    } catch (error) {
      this.onFailedLoad(this);
      return this.rejectQueue(error);
    }
    this.pump();
  }

  private pump(): void {
    if (this.state !== 'ready') return;
    if (this.mustLock()) {
      if (this.travelling === null && (this.queue.length > 0 || this.settleOwed)) void this.travelLocked();
      return;
    }
    this.gather(this.building, Infinity, Infinity);
    if (this.travelling === null && !this.building.isEmpty) void this.travel();
  }

  /** A stream that does not exist yet has no row to lock: it is scheduled by a plain append. */
  private mustLock(): boolean {
    return this.settings.locking === 'pessimistic' && this.ledger.revision >= 0 && this.building.isEmpty;
  }

  /** Decides what waits, settling before and after, until the batch is full or nothing is left to do. */
  private gather(batch: Batch, commands: number, settleSteps: number): void {
    if (this.queue.length === 0 && !this.settleOwed) return;
    if (!this.ports.time.isTrusted())
      return this.rejectQueue(new ClockSkew("this process's clock is too far from the database's"));
    const now = this.ports.time.now();
    let decided = 0;
    let steps = 0;
    while (!batch.isFull(this.settings)) {
      const next = decided < commands ? this.queue[decided] : undefined;
      if (next === undefined && !this.settleOwed) break;
      const scope = next === undefined || this.settleOwed ? 'everything' : settleBefore(next.command, this.ledger);
      if (nextSettlement(this.ledger, now, scope) !== null) {
        if (steps === settleSteps || (settleSteps < Infinity && batch.writes)) break;
        this.settleStep(batch, now, scope);
        steps += 1;
        continue;
      }
      this.settleOwed = false;
      if (next === undefined) break;
      decided += 1;
      this.decideOne(batch, next, now);
    }
    this.queue = decided === this.queue.length ? [] : this.queue.slice(decided);
  }

  private decideOne(batch: Batch, waiter: Waiter, now: number): void {
    const { command, envelope } = waiter;
    const seen = this.ledger.commands.get(envelope.commandId);
    if (seen !== undefined) {
      // What is durable can be told at once; what still travels is told with the batch.
      if (seen <= this.durableRevision()) void this.replay(waiter, seen);
      else batch.tell(waiter, { kind: 'replay', revision: seen });
      return;
    }
    const decision = decide(command, this.ledger, now);
    if (!decision.accepted) return batch.tell(waiter, { kind: 'refused', refusal: decision.refusal });
    if (decision.facts.length === 0) return batch.tell(waiter, { kind: 'done', receipt: this.receiptAsItIs(waiter) });
    const placed = this.write(batch, decision.facts, envelope, now);
    this.settleOwed = true;
    this.correlationId = envelope.correlationId;
    batch.tell(waiter, { kind: 'done', receipt: this.receiptOf(placed) });
  }

  /** One step of settle: a bounded number of domain events under a commandId of their own. */
  private settleStep(batch: Batch, now: number, scope: SettleScope): void {
    const commandId = this.ports.ids.next();
    const correlationId = (this.settleOwed ? this.correlationId : null) ?? commandId;
    const requestHash = this.ports.ids.requestHash('settle', { eventId: this.eventId }, {});
    for (let written = 0; written < LIMITS.settleStep; written += 1) {
      const due = nextSettlement(this.ledger, now, scope);
      if (due === null) return;
      const { causationId } = due;
      this.write(batch, [due.fact], { commandId, requestHash, actor: SETTLE, correlationId, causationId }, now);
    }
  }

  private write(batch: Batch, facts: readonly BookingEvent[], envelope: Envelope, now: number): Placed[] {
    const { ledger, stream } = this;
    const occurredAt = Math.max(now, ledger.occurredAt);
    const head = { stream, revision: ledger.revision, hash: ledger.hash };
    const sealed = this.ports.sealer.seal(head, facts, { ...envelope, occurredAt });
    const { commandId, actor } = envelope;
    return sealed.map((record, at) => {
      const { revision, hash } = record;
      const event = facts[at]!;
      batch.write(record, evolve(ledger, { event, revision, commandId, actor, occurredAt, hash }));
      return { event, revision, occurredAt };
    });
  }

  private receiptAsItIs({ command }: Waiter): unknown {
    if (command.type === 'Settle') return this.ledger.revision;
    const booking = 'bookingId' in command ? presentBooking(this.ledger, command.bookingId) : undefined;
    return booking === undefined ? eventAsItIs(this.eventId, this.ledger) : bookingAsItIs(this.eventId, booking);
  }

  private receiptOf(facts: readonly Placed[]): unknown {
    const last = facts.at(-1)!;
    if (isClaimFact(last.event)) return bookingReceipt(this.eventId, last as Placed<ClaimFact>);
    return eventReceipt(this.eventId, facts as Placed<ScheduleFact>[], this.ledger.cancelled?.revision ?? null);
  }

  /** Sends what was gathered; the next batch fills meanwhile. */
  private async travel(): Promise<void> {
    const batch = this.building;
    this.travelling = batch;
    this.building = new Batch(this.ledger.revision);
    await this.arrive(batch, batch.writes ? this.append(batch) : this.proveCurrent());
  }

  /** The pessimistic round: the row is locked, the tail read, everything that came before the read decided and written. */
  private async travelLocked(): Promise<void> {
    const { store } = this.ports;
    const batch = (this.travelling = new Batch(this.ledger.revision));
    let toDecide: Batch = batch;
    const locked = store.locked!(this.stream, async (read) => {
      const commands = this.queue.length;
      for (const record of await read(this.ledger.revision + 1)) {
        evolve(this.ledger, recordedOf(record));
        this.position = record.position;
      }
      toDecide = this.travelling = new Batch(this.ledger.revision);
      this.gather(toDecide, commands, 1);
      return toDecide.writes ? { expectedRevision: toDecide.base, sealed: toDecide.sealed } : null;
    });
    const outcome = locked.then(
      (result) => result ?? ({ kind: 'appended', position: this.position } as const),
      (error: unknown) => {
        if (error instanceof StoreUnavailable || !toDecide.writes) throw error;
        return this.append(toDecide, error);
      },
    );
    await outcome.catch(() => undefined);
    await this.arrive(toDecide, outcome);
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
  private async proveCurrent(): Promise<Appended | Conflict> {
    this.tally.tailReads += 1;
    for await (const page of this.ports.store.read(this.stream, this.durableRevision() + 1, 1))
      if (page.length > 0) return { kind: 'conflict' };
    return { kind: 'appended', position: this.position };
  }

  /** What becomes of a batch that travelled: everybody is answered, or everything is taken back. */
  private async arrive(batch: Batch, outcome: Promise<Appended | Conflict>): Promise<void> {
    let result: Appended | Conflict;
    try {
      result = await outcome;
    } catch (error) {
      return this.giveUp(batch, error);
    }
    if (result.kind === 'conflict') return this.decideAnew(batch);
    this.failuresInARow = 0;
    this.tally.appends += Number(batch.writes);
    this.tally.events += batch.sealed.length;
    if (result.position > this.position) this.position = result.position;
    const { position } = this;
    this.travelling = null;
    this.state = 'ready';
    this.pump();
    if (this.travelling !== null) await this.ports.time.turn();
    batch.release(position, (waiter, revision) => void this.replay(waiter, revision));
  }

  /** The log did not take it, or nobody can tell: those of this batch are told so, the others wait for the next. */
  private async giveUp(batch: Batch, error: unknown): Promise<void> {
    this.takeBack(batch);
    const told = batch.waiters();
    for (const waiter of told) waiter.reject(error);
    if (told.length === 0 && !(error instanceof StoreUnavailable)) this.rejectQueue(error);
    // Or an empty mailbox would go on asking a store that is down; the sweeper comes back to what is due.
    this.settleOwed = false;
    if (this.queue.length > 0) await this.pause();
    this.state = 'ready';
    this.pump();
  }

  /** Somebody else wrote: fold what they wrote and decide everything that waited again, in the same order. */
  private async decideAnew(batch: Batch): Promise<void> {
    this.tally.conflicts += 1;
    this.state = 'busy';
    this.takeBack(batch);
    const again = batch.waiters();
    const spent = again.filter((waiter) => ++waiter.attempts > this.settings.maxRetries);
    for (const waiter of spent) waiter.reject(new Overloaded('too many others write to this event'));
    this.queue = [...again.filter((waiter) => !spent.includes(waiter)), ...this.queue];
    try {
      // The first conflict is retried at once: what the other wrote is mostly all there is.
      if (this.failuresInARow > 0) await this.pause();
      this.failuresInARow += 1;
      await this.catchUp();
    } catch (error) {
      this.rejectQueue(error);
    }
    this.building = new Batch(this.ledger.revision);
    // The batch may have been nothing but what settle owed: then nobody who is decided again would bring it back.
    this.settleOwed ||= again.length === 0;
    this.state = 'ready';
    this.pump();
  }

  private pause(): Promise<void> {
    return this.ports.time.sleep(backoffMs(this.settings, this.failuresInARow++, this.ports.random));
  }

  /** Undoes the batch that failed and what was speculated on top of it. */
  private takeBack(batch: Batch): void {
    this.pauseBuilding();
    batch.undo();
    this.building = new Batch(this.ledger.revision);
    this.travelling = null;
  }

  /** Nothing more is decided on what may never be: those who rest on it go back into the queue. */
  private pauseBuilding(): void {
    this.state = 'busy';
    this.building.undo();
    this.queue = [...this.building.waiters(), ...this.queue];
    this.building = new Batch(this.ledger.revision);
  }

  private async catchUp(): Promise<void> {
    for await (const page of this.ports.store.read(this.stream, this.ledger.revision + 1))
      for (const record of page) {
        evolve(this.ledger, recordedOf(record));
        this.position = record.position;
      }
  }

  private async replay(waiter: Waiter, revision: number): Promise<void> {
    try {
      waiter.resolve(await this.readReplay(waiter, revision));
    } catch (error) {
      waiter.reject(error);
    }
  }

  /** The answer that the recorded facts of a command give, or KeyReused when something else was asked. */
  private async readReplay({ envelope }: Waiter, revision: number): Promise<Parameters<Waiter['resolve']>[0]> {
    const facts: Placed[] = [];
    let position = this.position;
    for await (const page of this.ports.store.read(this.stream, revision, MAX_FACTS_PER_COMMAND))
      for (const { event, metadata, ...record } of page) {
        if (metadata.commandId !== envelope.commandId) continue;
        if (metadata.requestHash !== envelope.requestHash) return { accepted: false, refusal: { reason: 'KeyReused' } };
        facts.push({ event, revision: record.revision, occurredAt: metadata.occurredAt });
        position = record.position;
      }
    if (facts.length === 0) throw new StoreUnavailable(`revision ${revision} of ${this.stream} could not be read back`);
    return { accepted: true, receipt: this.receiptOf(facts), position, replayed: true };
  }

  /** Everything up to here is known to be in the log. */
  private durableRevision(): number {
    return this.travelling?.base ?? this.building.base;
  }

  private rejectQueue(error: unknown): void {
    const waiters = this.queue;
    this.queue = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}

/** A change of an event can write its four kinds of settings facts at once; nothing writes more. */
const MAX_FACTS_PER_COMMAND = 4;
