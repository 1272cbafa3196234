import { writeSync } from 'node:fs';

/** Where finished lines go. `later`: with others, soon; absent: as `write`. */
export interface LineSink {
  write(line: string): void;
  later?(line: string): void;
}

/** How long a line may wait for others. What waits is lost with a process that is killed outright, and only then. */
const WAIT_MS = 20;
const MAX_WAITING = 65_536;

/**
 * Lines to a file descriptor, whole and in order. Most of them, one for every request, wait a moment for others: a write
 * for each would cost more than the line. Whatever is said with `write`, such as why the process ends, takes those that
 * wait along, and so does the end of the process.
 */
export class Output implements LineSink {
  private waiting = '';
  private timer: NodeJS.Timeout | null = null;
  private isArmed = false;
  /** The reader has not taken anything for as long as one is waited for. */
  private isStuck = false;
  /** Of the line that was written last, only the beginning was taken. */
  private isCut = false;

  constructor(
    private readonly fd: number,
    private readonly put: (fd: number, bytes: Buffer) => number = writeSync,
  ) {}

  write(line: string): void {
    this.waiting += line;
    this.flush();
  }

  later(line: string): void {
    this.waiting += line;
    if (this.waiting.length >= MAX_WAITING) return this.flush();
    if (this.timer !== null) return;
    if (!this.isArmed) process.on('exit', () => this.flush());
    this.isArmed = true;
    this.timer = setTimeout(() => this.flush(), WAIT_MS).unref();
  }

  private flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const all = Buffer.from(this.isCut ? `\n${this.waiting}` : this.waiting);
    this.waiting = '';
    let taken = 0;
    // Who has let us wait in vain is tried again, and not waited for: all else in this process would wait as well.
    const most = this.isStuck ? 1 : MAX_REFUSALS;
    for (let refusals = 0; taken < all.length && refusals < most;) {
      try {
        taken += this.put(this.fd, all.subarray(taken));
      } catch (error) {
        // Nobody reads any more: that is no reason to stop selling places.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        refusals += 1;
        if (refusals < most) Atomics.wait(PAUSE, 0, 0, PAUSE_MS);
      }
    }
    this.isStuck = taken < all.length;
    if (taken > 0) this.isCut = all[taken - 1] !== NEWLINE;
  }
}

const NEWLINE = 0x0a;

/**
 * A pipe whose reader is slow, and that does not wait by itself: tried again for so long, then the lines are lost, and those
 * after them too until the reader goes on.
 */
const PAUSE_MS = 5;
const MAX_REFUSALS = 200;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** One for the whole process, so that its lines do not run into each other. */
export const standardOutput = new Output(1);
