import type { Answer, Denied } from './receipts.js';
import type { BookingCommand } from '../domain/booking/commands.js';
import type { Undo } from '../domain/decider.js';
import type { Envelope } from './envelope.js';
import type { Position, Sealed } from './ports.js';

/** A command that waits for its answer. */
export interface Waiter {
  readonly command: BookingCommand;
  readonly envelope: Envelope;
  /** The mailbox's tick at which it came: age is counted in ticks, so that no clock can jump over it. */
  readonly arrivedAt: number;
  /** How often it was decided in vain. */
  attempts: number;
  resolve(answer: Answer<unknown>): void;
  reject(error: unknown): void;
}

/** What a command will be told once its batch is known to stand. */
export type Verdict =
  | { readonly kind: 'done'; readonly receipt: unknown }
  | { readonly kind: 'refused'; readonly answer: Denied }
  /** Seen before, at this revision: the answer is read from the record. */
  | { readonly kind: 'replay'; readonly revision: number };

/** Bounds of one append. Split only between commands, so one command or one step of settle may go beyond. */
export interface BatchBounds {
  readonly batchEvents: number;
  /** Characters of JSON. */
  readonly batchBytes: number;
  /** Commands that may wait for one event. */
  readonly mailboxLength: number;
}

/**
 * Commands decided one after another on the speculative ledger, to be appended together. Also the answers that write
 * nothing: they rest on the same ledger and are given only when the batch (or a read of the tail) proves it current.
 */
export class Batch {
  readonly sealed: Sealed[] = [];
  readonly verdicts: { readonly waiter: Waiter; readonly verdict: Verdict }[] = [];
  private readonly undos: Undo[] = [];
  private bytes = 0;

  /** `base`: the revision on which the first fact stands, and the expected revision of the append. */
  constructor(readonly base: number) {}

  get writes(): boolean {
    return this.sealed.length > 0;
  }

  get isEmpty(): boolean {
    return this.sealed.length === 0 && this.verdicts.length === 0;
  }

  /** Nothing is said in it but what the log holds already. */
  get onlyReplays(): boolean {
    return this.sealed.length === 0 && this.verdicts.every(({ verdict }) => verdict.kind === 'replay');
  }

  isFull({ batchEvents, batchBytes, mailboxLength }: BatchBounds): boolean {
    return this.sealed.length >= batchEvents || this.bytes >= batchBytes || this.verdicts.length >= mailboxLength;
  }

  write(sealed: Sealed, undo: Undo): void {
    this.sealed.push(sealed);
    this.undos.push(undo);
    this.bytes += sealed.data.length + sealed.metadata.length;
  }

  tell(waiter: Waiter, verdict: Verdict): void {
    this.verdicts.push({ waiter, verdict });
  }

  /** Takes the ledger back to `base`. Later batches must have been undone before. */
  undo(): void {
    for (let at = this.undos.length - 1; at >= 0; at -= 1) this.undos[at]!();
    this.undos.length = 0;
  }

  waiters(): Waiter[] {
    return this.verdicts.map(({ waiter }) => waiter);
  }

  holds(commandId: string): boolean {
    return this.verdicts.some(({ waiter }) => waiter.envelope.commandId === commandId);
  }

  /** Answers those from `first` up to, not including, `end`. `replay` reads the answer of a command seen before. */
  release(position: Position, replay: (waiter: Waiter, revision: number) => void, first: number, end: number): void {
    for (let at = first; at < end; at += 1) {
      const { waiter, verdict } = this.verdicts[at]!;
      if (verdict.kind === 'done')
        waiter.resolve({ accepted: true, receipt: verdict.receipt, position, replayed: false });
      else if (verdict.kind === 'refused') waiter.resolve(verdict.answer);
      else replay(waiter, verdict.revision);
    }
  }
}
