import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export type Operation =
  | 'schedule'
  | 'change-event'
  | 'cancel-event'
  | 'book'
  | 'confirm'
  | 'extend'
  | 'cancel'
  | 'change-booking'
  | 'read-event'
  | 'read-booking'
  | 'read-bookings';

/** A call that is about to be made. It is on disk before the first byte goes out. */
export interface Invoke {
  readonly kind: 'invoke';
  /** Names the call, in all histories of the run. */
  readonly call: string;
  /** `monotonicMs()`. */
  readonly at: number;
  /** Who calls, one call after another or several at once. */
  readonly client: string;
  /** Which API process was asked. */
  readonly process: string;
  /** The subject of the token: the caller. */
  readonly user: string;
  /** The scopes of the token; "booking" unless said. */
  readonly scope?: string;
  /** The Idempotency-Key. */
  readonly key: string | null;
  readonly operation: Operation;
  /** Of a list of bookings: the event whose bookings are asked for, or "". */
  readonly eventId: string;
  readonly bookingId?: string;
  /** As sent; of a read, its query. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly ifMatch?: string;
  /** The Holdfast-Position sent along. */
  readonly afterPosition?: string;
}

/**
 * What the caller was told. `ok`: 2xx. `refused`: a definite 4xx. `failed`: an answer that promises that this call wrote
 * nothing. `unknown`: it may have had its effect, now or later. A call without an end is unknown too.
 */
export interface End {
  readonly kind: 'ok' | 'refused' | 'failed' | 'unknown';
  readonly call: string;
  /** `monotonicMs()`, after the last byte has come. */
  readonly at: number;
  /** 0 when no answer came. */
  readonly status: number;
  /** "ok", the code of the problem, or "no answer". */
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The Holdfast-Position of the answer. */
  readonly position: string | null;
  readonly replayed: boolean;
}

/** Something that was done to the system under test. */
export interface Fault {
  readonly kind: 'fault';
  readonly at: number;
  /** Such as "kill api", "kill postgres", "freeze postgres". */
  readonly what: string;
  readonly [detail: string]: unknown;
}

/** Both clocks at one moment, so that instants can be compared with `at`. Every writer begins with one. */
export interface Clock {
  readonly kind: 'clock';
  readonly at: number;
  /** Milliseconds since 1970, UTC. */
  readonly wall: number;
}

export type Entry = Invoke | End | Fault | Clock;

/** The machine's monotonic clock in milliseconds: the same for all processes, whatever is done to the wall clock. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** After these answers the call may still have its effect, or have had it. */
const UNDECIDED: readonly string[] = ['outcome-unknown', 'request-in-flight'];

/** How an answer counts. A 5xx that is not 503 promises nothing. */
export function kindOf(status: number, code: string): End['kind'] {
  if (status >= 200 && status < 300) return 'ok';
  if (UNDECIDED.includes(code)) return 'unknown';
  if (status === 503) return 'failed';
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/**
 * Appends to one history. Synchronous, so that an entry is with the kernel before the call is made: then it survives the
 * end of every process, its own included. A file has one writer: one that exists already is an error.
 */
export class HistoryWriter {
  private readonly file: number;

  constructor(path: string) {
    this.file = openSync(path, 'ax');
    this.write({ kind: 'clock', at: monotonicMs(), wall: Date.now() });
  }

  write(entry: Entry): void {
    writeSync(this.file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

/**
 * The entries of one history, in the order of writing. A last line that a kill has cut off is left out; any other line
 * that cannot be read is an error.
 */
export function readHistory(path: string): Entry[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const cutOff = lines.pop();
  const entries = lines.map((line) => JSON.parse(line) as Entry);
  const whole = cutOff === undefined ? null : wholeEntry(cutOff);
  return whole === null ? entries : [...entries, whole];
}

/** Only its line end may be missing. */
function wholeEntry(line: string): Entry | null {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return null;
  }
}
