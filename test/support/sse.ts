import { get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A reader of server-sent events, as a browser would be one: it remembers the last id, shown or not. */
export class SseReader {
  readonly messages: SseMessage[] = [];
  /** Heart-beats' words; most have none. */
  readonly comments: string[] = [];
  lastEventId = '';
  retry = '';
  hasEnded = false;
  private rest = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.take(chunk));
    response.on('error', () => undefined);
    response.on('close', () => (this.hasEnded = true));
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<SseReader> {
    return new Promise((resolve, reject) => {
      get(url, { headers, agent: false }, (response) => resolve(new SseReader(response))).on('error', reject);
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** Domain events only, in a word each. */
  get types(): string[] {
    return this.messages.map(({ event }) => event);
  }

  /** Resolves when it is so. */
  async until(isSo: (reader: SseReader) => boolean, withinMs = 2_000): Promise<void> {
    for (const end = Date.now() + withinMs; !isSo(this);) {
      if (Date.now() > end) throw new Error(`not so in time: ${JSON.stringify(this.types)}, ended: ${this.hasEnded}`);
      await pause(2);
    }
  }

  close(): void {
    this.response.destroy();
  }

  private take(chunk: string): void {
    const blocks = (this.rest + chunk).split('\n\n');
    this.rest = blocks.pop()!;
    for (const block of blocks) this.dispatch(block);
  }

  private dispatch(block: string): void {
    let event = 'message';
    let data: string | null = null;
    for (const line of block.split('\n')) {
      const [, field, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
      if (field === '') this.comments.push(value!);
      if (field === 'id') this.lastEventId = value!;
      if (field === 'retry') this.retry = value!;
      if (field === 'event') event = value!;
      if (field === 'data') data = value!;
    }
    if (data === null) return;
    this.messages.push({ id: this.lastEventId, event, data: JSON.parse(data) as Record<string, unknown> });
  }
}
