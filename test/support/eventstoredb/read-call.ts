import type { ServerWritableStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StandInLog, Stored } from './log.js';
import * as message from './messages.js';

export interface ReadSettings {
  /** Records that a live subscription may be behind while its consumer does not read; then it is thrown out. */
  readonly liveBuffer: number;
  /** Of the server, which words its refusals. */
  readonly version: string;
}

/** Records scanned between two checkpoints, times the interval that the client asks for. */
const CHECKPOINT_RECORDS = 32;
const BACKWARDS = 1;

/** One call of Read: a page of a stream or of `$all`, forwards or backwards, or a subscription that goes on. */
export class ReadCall {
  readonly isSubscription: boolean;
  /** Nothing more is sent, and nothing ended. */
  isDeaf = false;
  private isClosed = false;
  private stopListening: () => void = () => undefined;
  private wake: () => void = () => undefined;
  private unblock: () => void = () => undefined;
  private readonly options: streams.ReadReq.Options;

  constructor(
    private readonly call: ServerWritableStream<streams.ReadReq, streams.ReadResp>,
    private readonly log: StandInLog,
    private readonly settings: ReadSettings,
    private readonly onThrownOut: () => void,
  ) {
    this.options = call.request.getOptions() ?? new streams.ReadReq.Options();
    this.isSubscription = this.options.hasSubscription();
  }

  begin(): void {
    const start = this.options.hasAll() ? this.startInAll() : 0;
    if (start === null) this.call.emit('error', message.invalidPosition(this.settings.version, this.isSubscription));
    else if (this.isSubscription) void this.follow(start);
    else if (this.options.hasAll()) void this.send(this.pageOfAll(start), true);
    else this.readStream();
  }

  /** With OK. */
  end(): void {
    if (!this.isClosed && this.isSubscription) this.call.end();
    this.close();
  }

  close(): void {
    this.isClosed = true;
    this.stopListening();
    this.wake();
    this.unblock();
  }

  private readStream(): void {
    const stream = message.streamAsked(this.options);
    const visible = this.log.visible(stream);
    if (visible === 'deleted') return void this.call.emit('error', message.streamDeleted(stream));
    if (visible === null) return void this.send([message.notFoundAnswer(stream)], true);
    const asked = this.options.getStream()!;
    const isBackwards = this.options.getReadDirection() === BACKWARDS;
    const end = isBackwards ? Infinity : Number(visible.at(-1)!.revision) + 1;
    const from = asked.hasStart() ? 0 : asked.hasEnd() ? end : Number(asked.getRevision());
    const records = isBackwards
      ? visible.filter(({ revision }) => revision <= from).reverse()
      : visible.filter(({ revision }) => revision >= from);
    const page = records.slice(0, Number(this.options.getCount()));
    void this.send(page.map(message.readAnswer), true);
  }

  /** Forwards from a position on, the record at it included; backwards without it. */
  private pageOfAll(start: number): streams.ReadResp[] {
    const isBackwards = this.options.getReadDirection() === BACKWARDS;
    const { all } = this.log;
    const candidates = isBackwards ? all.slice(0, start).reverse() : all.slice(start);
    const wanted = message.filterOf(this.options);
    return candidates.filter(wanted).slice(0, Number(this.options.getCount())).map(message.readAnswer);
  }

  /**
   * Of the record at the position that was asked for. Null where none begins: a position is an offset, and a real server
   * can make nothing of the bytes inside a record.
   */
  private startInAll(): number | null {
    const { all } = this.log;
    const asked = this.options.getAll()!;
    if (!asked.hasPosition()) return asked.hasEnd() ? all.length : 0;
    const position = BigInt(asked.getPosition()!.getCommitPosition());
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return all[low]?.position === position ? low : null;
  }

  /** After a position, the record at it left out; then live. */
  private async follow(start: number): Promise<void> {
    const { all } = this.log;
    const asked = this.options.getAll();
    const isWanted = asked === undefined ? this.ofStream() : message.filterOf(this.options);
    let next = asked?.hasPosition() ? start + 1 : start;
    let isLive = false;
    this.stopListening = this.log.onAppend(() => {
      // Who does not read while the log goes on is thrown out, once it has been live.
      if (isLive && all.length - next > this.settings.liveBuffer) this.throwOut();
      this.wake();
    });
    const every = CHECKPOINT_RECORDS * Math.max(1, this.options.getFilter()?.getCheckpointintervalmultiplier() ?? 1);
    await this.send([message.confirmationAnswer()], false);
    for (let scanned = 1; !this.isClosed;) {
      const record = all[next];
      if (record === undefined) {
        if (!isLive) await this.send([message.caughtUpAnswer()], false);
        isLive = true;
        if (next === all.length) await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      next += 1;
      if (isWanted(record)) await this.send([message.readAnswer(record)], false);
      if (this.isSubscription && scanned++ % every === 0)
        await this.send([message.checkpointAnswer(record.position)], false);
    }
  }

  private ofStream(): (record: Stored) => boolean {
    const stream = message.streamAsked(this.options);
    return (record) => record.stream === stream;
  }

  private throwOut(): void {
    if (this.isClosed) return;
    this.onThrownOut();
    this.call.emit('error', message.tooSlow());
    this.close();
  }

  private async send(answers: readonly streams.ReadResp[], isLast: boolean): Promise<void> {
    for (const answer of answers) {
      if (this.isClosed || this.isDeaf || this.call.cancelled) return;
      if (!this.call.write(answer))
        await new Promise<void>((resolve) => {
          this.unblock = resolve;
          this.call.once('drain', resolve);
        });
    }
    if (isLast && !this.isClosed) this.call.end();
  }
}
