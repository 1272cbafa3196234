/** The feed of the service (docs/feed.md), read with fetch: unlike EventSource it tells why it was refused. */

/** A domain event as the feed tells it; what is not ours to see is null. */
export interface Fact {
  readonly id: string;
  readonly type: string;
  readonly eventId: string;
  readonly revision: number;
  readonly position: string;
  readonly occurredAt: string;
  readonly actor: string | null;
  readonly correlationId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** This version cannot read it: there is its place, and nothing of what it says. */
  readonly unreadable?: true;
}

/**
 * `live`: what is shown is so now. `away`: the service, or its log, cannot be reached; nothing is lost. `ended`: the token
 * is not good any more. `too-old`: too much has happened to be told one by one; whoever follows reads the lists again.
 */
export type Connection = 'connecting' | 'live' | 'away' | 'ended' | 'too-old';

interface Listener {
  facts(facts: readonly Fact[]): void;
  connection(connection: Connection): void;
}

const RETRY_MS = 2_000;
/** The service ends every feed now and then; the next one goes on where it ended. */
const RENEW_MS = 100;
const BUSY_RETRY_MS = 5_000;
/** Unless the page says otherwise, as that of an older process does not. */
const HEARTBEAT_MS = 15_000;
/** Three heart-beats of the feed, and what the last may be late: a connection that says nothing for so long is none. */
const SILENCE_MS = 3 * Number(document.body.dataset['heartbeat'] ?? HEARTBEAT_MS) + 5_000;
/** A page that nobody looks at gives its connection back: browsers have six for one host. */
const HIDDEN_MS = 20_000;

/** Follows the feed from a position on (null: from now on) until `stop`, over lost connections and restarts. */
export class Follower {
  private after: string | null;
  private closing = new AbortController();
  private isStopped = false;
  private hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  private wake: () => void = () => undefined;

  /** `filter`: as in the query of the feed, such as `eventId=demo`. */
  constructor(
    after: string | null,
    private readonly listener: Listener,
    private readonly filter = '',
  ) {
    this.after = after;
    document.addEventListener('visibilitychange', this.onVisibility);
    addEventListener('online', this.onOnline);
    void this.run();
  }

  /** Up to where everything was told; null: nothing was yet. */
  get position(): string | null {
    return this.after;
  }

  stop(): void {
    this.isStopped = true;
    document.removeEventListener('visibilitychange', this.onVisibility);
    removeEventListener('online', this.onOnline);
    this.closing.abort();
    this.wake();
  }

  private readonly onVisibility = (): void => {
    clearTimeout(this.hiddenTimer);
    if (document.hidden) this.hiddenTimer = setTimeout(() => this.closing.abort(), HIDDEN_MS);
    else this.wake();
  };

  private readonly onOnline = (): void => this.wake();

  private async run(): Promise<void> {
    while (!this.isStopped) {
      if (document.hidden && this.closing.signal.aborted) await this.pause();
      this.closing = new AbortController();
      const waitMs = await this.follow().catch(() => RETRY_MS);
      if (waitMs === null) return;
      if (this.isStopped) return;
      if (!this.closing.signal.aborted && waitMs > RENEW_MS) this.listener.connection('away');
      await this.pause(waitMs);
    }
  }

  /** Answers what to wait before the next try, in milliseconds; null: another try would not help. */
  private async follow(): Promise<number | null> {
    const query = new URLSearchParams(this.filter);
    if (this.after !== null) query.set('after', this.after);
    const response = await fetch(`/v1/feed?${query}`, { signal: this.closing.signal, cache: 'no-store' });
    if (response.status === 401 || response.status === 403) return this.give('ended');
    if (response.status === 409 || response.status === 400) return this.give('too-old');
    if (!response.ok || response.body === null) return BUSY_RETRY_MS;
    this.listener.connection('live');
    const silence = new Silence(() => this.closing.abort());
    try {
      return await this.read(response.body, silence);
    } finally {
      silence.end();
    }
  }

  private partWith(why: string): number | null {
    if (why.includes('"token-expired"')) return this.give('ended');
    return why.includes('"renew"') ? RENEW_MS : RETRY_MS;
  }

  private give(connection: Connection): null {
    this.listener.connection(connection);
    return null;
  }

  private async read(body: ReadableStream<Uint8Array>, silence: Silence): Promise<number | null> {
    const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return RETRY_MS;
      silence.breaks();
      const messages = (rest + value).split('\n\n');
      rest = messages.pop()!;
      const read = messages.map(messageIn);
      const facts = read.flatMap(({ event, data }) =>
        data !== '' && event !== 'bye' ? [JSON.parse(data) as Fact] : [],
      );
      if (facts.length > 0) this.listener.facts(facts);
      for (const { id, event, data, comment } of read) {
        if (id !== null) this.after = id;
        if (comment !== null) this.listener.connection(comment === '' ? 'live' : 'away');
        if (event === 'bye') return this.partWith(data);
      }
    }
  }

  private pause(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Calls when nothing was heard for too long. */
class Silence {
  private timer: ReturnType<typeof setTimeout>;

  constructor(private readonly tooLong: () => void) {
    this.timer = setTimeout(tooLong, SILENCE_MS);
  }

  breaks(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.tooLong, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

interface Message {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
  /** What a heart-beat says; null where there is none. */
  readonly comment: string | null;
}

function messageIn(text: string): Message {
  let id: string | null = null;
  let event = '';
  let data = '';
  let comment: string | null = null;
  for (const line of text.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4);
    else if (line.startsWith('event: ')) event = line.slice(7);
    else if (line.startsWith('data: ')) data += line.slice(6);
    else if (line.startsWith(':')) comment = line.slice(1).trim();
  }
  return { id, event, data, comment };
}
