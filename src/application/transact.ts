import type { BookingCommand, ClaimCommand, EventCommand } from '../domain/booking/commands.js';
import { SETTLE } from '../domain/booking/events.js';
import { Contention } from './contention.js';
import { EndOfTurn } from './end-of-turn.js';
import type { Envelope, StreamNames } from './envelope.js';
import { ClockSkew, Overloaded } from './errors.js';
import { EMPTY_LEDGER_ENTRIES, entriesOf } from './ledger-entries.js';
import { Mailbox, type MailboxPorts, type MailboxSettings } from './mailbox.js';
import { askPeer, replyOf } from './peers.js';
import type { Peers, Question, RefusalLog, Reply, Tracer } from './ports.js';
import type { Answer, BookingReceipt, EventReceipt } from './receipts.js';
import { CODES_GIVEN, codeOf, noteRefusal } from './refusals.js';
import { Tally, outcomeOf, type Outcome } from './tally.js';
import { inTrace } from './traced-command.js';

export interface TransactSettings extends Omit<MailboxSettings, 'queueAgeTicks' | 'inFlightTicks'> {
  /** How long a command may wait for its decision, in milliseconds; then Overloaded. */
  readonly queueAgeMs: number;
  /** How long a repeat waits for the answer of the request that came first, in milliseconds; then RequestInFlight. */
  readonly inFlightWaitMs: number;
  /** Bookings and remembered commands that all cached ledgers may hold together. */
  readonly cacheEntries: number;
}

export interface TransactPorts extends Omit<MailboxPorts, 'endOfTurn'> {
  /** Null: this process decides everything it is asked. */
  readonly peers?: Peers | null;
}

/** What waits, and what is in memory. */
export interface Standing {
  readonly ledgers: number;
  /** Bookings and remembered commands in them. */
  readonly entries: number;
  /** Commands without an answer: of all events, and of the one that has most. */
  readonly waiting: number;
  readonly deepest: number;
  /** For how long the longest of them waits, in milliseconds, to a tick. */
  readonly oldestMs: number;
  /** Records of the longest stream that is in memory. */
  readonly longest: number;
}

/** Waiting is measured in ticks of this length, in milliseconds. */
const TICK_MS = 100;
/** Events that are no longer in memory, of which is still known what was counted; a kilobyte each. */
const EVENTS_COUNTED = 1_000;

/**
 * The one place where a stream is loaded, decided on and appended to: a mailbox for every event that is being asked
 * about, and a bound on how many ledgers stay in memory. Throws the errors of `errors.ts`, within the sum of the queue
 * age, the outcome deadline and what the store allows one read of a page.
 */
export class Transact {
  readonly tally = new Tally(CODES_GIVEN);
  /** In the order of their last use. */
  private readonly mailboxes = new Map<string, { mailbox: Mailbox; entries: number }>();
  /** What was counted of events that are not in memory, in the order in which they were dropped. */
  private readonly counted = new Map<string, Contention>();
  private readonly ports: MailboxPorts;
  private readonly peers: Peers | null;
  private readonly settings: MailboxSettings;
  /** Already the last in order: in a rush it is the same event again and again. */
  private lastAsked: string | null = null;
  private entries = 0;
  private pending = 0;
  private ticks = 0;
  private isTicking = false;
  private isClosed = false;

  constructor(
    { peers = null, ...ports }: TransactPorts,
    private readonly streams: StreamNames,
    private readonly bounds: TransactSettings,
    private readonly refusals: RefusalLog,
    private readonly tracer: Tracer | null = null,
  ) {
    this.ports = { ...ports, endOfTurn: new EndOfTurn(ports.time) };
    this.peers = peers;
    const inTicks = (ms: number): number => Math.max(1, Math.ceil(ms / TICK_MS));
    this.settings = {
      ...bounds,
      queueAgeTicks: inTicks(bounds.queueAgeMs),
      inFlightTicks: inTicks(bounds.inFlightWaitMs),
    };
  }

  /** A command about one booking. */
  claim(eventId: string, command: ClaimCommand, envelope: Envelope): Promise<Answer<BookingReceipt>> {
    return this.execute(eventId, command, envelope);
  }

  /** A command about the event itself. */
  event(eventId: string, command: EventCommand, envelope: Envelope): Promise<Answer<EventReceipt>> {
    return this.execute(eventId, command, envelope);
  }

  /** Writes what is due on an event; answers the revision of its stream after that. */
  async settle(eventId: string): Promise<number> {
    const commandId = this.ports.ids.next();
    const envelope = { commandId, requestHash: '', actor: SETTLE, correlationId: commandId, causationId: commandId };
    const answer = await this.execute<number>(eventId, { type: 'Settle' }, envelope);
    if (!answer.accepted) return -1;
    this.forgetBefore(eventId, answer.receipt);
    return answer.receipt;
  }

  /** Decides for another process of this service; not any more while this one ends, nor by a clock that is not to be trusted. */
  answer({ eventId, command, envelope }: Question): Promise<Reply> {
    if (this.isClosed || !this.ports.time.isTrusted()) return Promise.resolve('away');
    return replyOf(this.decideHere(eventId, command, envelope));
  }

  /** Events whose ledgers are in memory. */
  cachedEvents(): string[] {
    return [...this.mailboxes.keys()];
  }

  /** Whether settle would have something to write on a cached ledger. */
  isDue(eventId: string): boolean {
    return this.mailboxes.get(eventId)?.mailbox.isDue() ?? false;
  }

  /** What was counted of an event here; null: nothing, or it was forgotten. */
  contentionOf(eventId: string): Contention | null {
    return this.mailboxes.get(eventId)?.mailbox.contention ?? this.counted.get(eventId) ?? null;
  }

  /** What there is now: a look at every ledger in memory, for whoever scrapes it. */
  standing(): Standing {
    let [deepest, longest, oldest] = [0, 0, this.ticks];
    for (const { mailbox } of this.mailboxes.values()) {
      deepest = Math.max(deepest, mailbox.depth);
      longest = Math.max(longest, mailbox.desk.ledger.revision + 1);
      oldest = mailbox.oldestOf(oldest);
    }
    const { entries, pending: waiting } = this;
    return {
      ledgers: this.mailboxes.size,
      entries,
      waiting,
      deepest,
      longest,
      oldestMs: (this.ticks - oldest) * TICK_MS,
    };
  }

  /** Takes no more commands and waits until those that were taken are answered, and what follows from them is written. */
  async drain(): Promise<void> {
    this.isClosed = true;
    const isBusy = (): boolean => [...this.mailboxes.values()].some(({ mailbox }) => !mailbox.isIdle);
    while (this.pending > 0 || isBusy()) await this.ports.time.sleep(10);
  }

  private execute<Receipt>(eventId: string, command: BookingCommand, envelope: Envelope): Promise<Answer<Receipt>> {
    if (this.tracer === null || command.type === 'Settle') return this.submit(eventId, command, envelope);
    return inTrace(this.tracer, eventId, command, envelope, (traced) => this.submit(eventId, command, traced));
  }

  /** Not an async function: on the way of every booking, its promises would cost as much as the decision. */
  private submit<Receipt>(eventId: string, command: BookingCommand, envelope: Envelope): Promise<Answer<Receipt>> {
    if (this.isClosed) return this.turnAway(new Overloaded('shutting down'));
    if (!this.ports.time.isTrusted())
      return this.turnAway(new ClockSkew("this process's clock is too far from the database's"));
    const peer = this.peers?.deciderOf(eventId) ?? null;
    if (peer === null) return this.decideHere(eventId, command, envelope);
    const { asked } = this.tally;
    const count = (how: keyof typeof asked): void => void (asked[how] += 1);
    return askPeer(peer, { eventId, command, envelope }, count, () => this.decideHere(eventId, command, envelope));
  }

  private decideHere<Receipt>(eventId: string, command: BookingCommand, envelope: Envelope): Promise<Answer<Receipt>> {
    const askedAt = this.ports.time.elapsed();
    const mailbox = this.mailboxOf(eventId);
    this.pending += 1;
    if (!this.isTicking) void this.tick();
    return new Promise<Answer<Receipt>>((resolve, reject) => {
      const ended = (outcome: Outcome): void => {
        this.pending -= 1;
        this.weigh(eventId, mailbox);
        // What the service asks of itself is nobody's waiting.
        if (command.type === 'Settle') return;
        const tookMs = this.ports.time.elapsed() - askedAt;
        this.tally.answering[outcome].observe(tookMs);
        mailbox.contention.ended(outcome, tookMs);
      };
      mailbox.submit({
        command,
        envelope,
        arrivedAt: this.ticks,
        attempts: 0,
        resolve: (answer) => {
          ended(!answer.accepted ? 'refused' : answer.replayed ? 'replayed' : 'accepted');
          if (!answer.accepted) {
            const code = codeOf(answer.refusal);
            this.tally.refused(code);
            mailbox.contention.refused(code);
            noteRefusal(this.refusals, eventId, command, envelope, answer, mailbox.desk.ledger);
          }
          resolve(answer as Answer<Receipt>);
        },
        reject: (error) => {
          ended(outcomeOf(error));
          reject(error as Error);
        },
      });
    });
  }

  private turnAway(error: Error): Promise<never> {
    this.tally.answering[outcomeOf(error)].observe(0);
    return Promise.reject(error);
  }

  private mailboxOf(eventId: string): Mailbox {
    const cached = this.mailboxes.get(eventId);
    if (cached !== undefined) {
      this.tally.hits += 1;
      if (this.lastAsked === eventId) return cached.mailbox;
      this.lastAsked = eventId;
      this.mailboxes.delete(eventId);
      this.mailboxes.set(eventId, cached);
      return cached.mailbox;
    }
    const stream = this.streams.of(eventId);
    const contention = this.counted.get(eventId) ?? new Contention(this.ports.time.now());
    this.counted.delete(eventId);
    // Weighed though nobody waits for it any more: whoever asked may have been sent away while a long stream was read.
    const onLoad = (isLoaded: boolean): void => (isLoaded ? this.weigh(eventId, mailbox) : this.drop(eventId));
    const mailbox = new Mailbox(eventId, stream, this.ports, this.settings, this.tally, contention, onLoad);
    this.mailboxes.set(eventId, { mailbox, entries: EMPTY_LEDGER_ENTRIES });
    this.lastAsked = eventId;
    this.entries += EMPTY_LEDGER_ENTRIES;
    return mailbox;
  }

  private weigh(eventId: string, mailbox: Mailbox): void {
    const cached = this.mailboxes.get(eventId);
    if (cached?.mailbox !== mailbox) return;
    const entries = entriesOf(mailbox.desk.ledger);
    this.entries += entries - cached.entries;
    cached.entries = entries;
    if (this.entries > this.bounds.cacheEntries) this.evict();
  }

  /** Drops the ledgers that nobody has asked about for longest; never one with work under way. */
  private evict(): void {
    for (const [eventId, { mailbox }] of this.mailboxes) {
      if (this.entries <= this.bounds.cacheEntries) return;
      if (!mailbox.isIdle) continue;
      this.tally.evictions += 1;
      this.drop(eventId);
    }
  }

  private drop(eventId: string): void {
    const dropped = this.mailboxes.get(eventId);
    if (dropped === undefined) return;
    this.entries -= dropped.entries;
    this.mailboxes.delete(eventId);
    this.counted.set(eventId, dropped.mailbox.contention);
    if (this.counted.size > EVENTS_COUNTED) this.counted.delete(this.counted.keys().next().value!);
  }

  /**
   * Where another process has decided, a ledger from before that stands still here: it would go on saying that something
   * is due, for ever.
   */
  private forgetBefore(eventId: string, revision: number): void {
    const mailbox = this.mailboxes.get(eventId)?.mailbox;
    if (mailbox?.isIdle === true && mailbox.desk.ledger.revision < revision) this.drop(eventId);
  }

  /** Counts time while anybody waits, without asking a clock that may jump. */
  private async tick(): Promise<void> {
    this.isTicking = true;
    while (this.pending > 0) {
      await this.ports.time.sleep(TICK_MS);
      this.ticks += 1;
      for (const { mailbox } of this.mailboxes.values()) mailbox.dropOld(this.ticks);
    }
    this.isTicking = false;
  }
}
