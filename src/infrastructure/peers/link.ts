import { connect, type Socket } from 'node:net';
import type { Peer, Question, Reply } from '../../application/ports.js';
import { FAREWELL, Outbox, onLines } from './lines.js';

/** Between two tries to reach a process that is away. */
const RETRY_MS = 250;

type Resolve = (reply: Reply) => void;

/** One of the other processes, as long as it is there: it says so all the time, whatever it has to do. */
export class PeerLink implements Peer {
  /** By number, those who wait for its reply. */
  private readonly waiting = new Map<number, Resolve>();
  private outbox: Outbox<readonly [number, Question]> | null = null;
  private socket: Socket | null = null;
  private retry: NodeJS.Timeout | undefined;
  private asked = 0;
  private isClosed = false;
  /** It ends as soon as it has replied to what it was asked. */
  private isLeaving = false;

  /** `silenceMs`: how long nothing may be heard of it. `onChange` is told when it comes and goes. */
  constructor(
    private readonly path: string,
    private readonly greeting: string,
    private readonly silenceMs: number,
    private readonly onChange: (isThere: boolean) => void,
  ) {
    this.connect();
  }

  get isThere(): boolean {
    return this.outbox !== null;
  }

  ask(question: Question): Promise<Reply> {
    const { outbox } = this;
    if (outbox === null) return Promise.resolve('away');
    return new Promise((resolve) => {
      this.asked += 1;
      this.waiting.set(this.asked, resolve);
      outbox.put([this.asked, question]);
    });
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.socket?.destroy();
  }

  private connect(): void {
    const socket = connect(this.path);
    this.socket = socket;
    // A process that stands still accepts connections all the same: the kernel does it. It says nothing.
    let heard = 0;
    // What came while this process itself stood still is read before it is judged.
    const judge = (before: number): void => void (heard === before && socket.destroy());
    const watch = setTimeout(() => setImmediate(judge, heard), this.silenceMs).unref();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(watch);
      this.lost();
    });
    let isGreeted = false;
    onLines(socket, (line) => {
      heard += 1;
      watch.refresh();
      if (isGreeted) return line === '' ? undefined : this.hear(line, socket);
      isGreeted = true;
      // Of another version: it may take a command for another one.
      if (line !== this.greeting) return void socket.destroy();
      this.outbox = new Outbox(socket);
      this.onChange(true);
    });
  }

  private hear(line: string, socket: Socket): void {
    if (line === FAREWELL) {
      this.isLeaving = true;
      this.gone();
    } else
      for (const [number, reply] of JSON.parse(line) as (readonly [number, Reply])[]) {
        this.waiting.get(number)?.(reply);
        this.waiting.delete(number);
      }
    if (this.isLeaving && this.waiting.size === 0) socket.end();
  }

  private gone(): void {
    if (this.outbox !== null) this.onChange(false);
    this.outbox = null;
  }

  private lost(): void {
    this.gone();
    this.isLeaving = false;
    const unanswered = [...this.waiting.values()];
    this.waiting.clear();
    for (const resolve of unanswered) resolve('silent');
    if (!this.isClosed) this.retry = setTimeout(() => this.connect(), RETRY_MS).unref();
  }
}
