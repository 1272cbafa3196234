import { HttpClient, NoAnswer, codeOf, isYes, type Reply, type Request } from '../../../bench/support/http-client.js';
import { tokenOf } from '../../support/load.js';
import { HistoryWriter, kindOf, monotonicMs, type End } from '../history.js';
import type { Wish } from './book-keeping.js';

const NOTHING = 'no answer';
/** Nobody took the connection: this call cannot have had an effect, and is not one of unknown outcome. */
const NOT_SENT = 'not sent';

export interface Answered {
  readonly end: End;
  readonly reply: Reply | null;
}

/** Makes calls and writes each down before and after. */
export class Calling {
  readonly history: HistoryWriter;
  private readonly clients = new Map<string, HttpClient>();
  private calls = 0;
  /** The last that any answer has told of: what a read must not be older than. In one log their text has their order. */
  private position: string | null = null;
  ended = 0;
  private readonly underWay = new Map<string, number>();
  private listeners: (() => boolean)[] = [];

  constructor(
    private readonly run: string,
    history: string,
    private readonly connections: number,
  ) {
    this.history = new HistoryWriter(history);
  }

  /** At the very begin or end of the call by which it is so, or when so long has passed: in the middle of what the others do. */
  async until(isSo: () => boolean, withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      const listen = (): boolean => {
        if (!isSo()) return false;
        clearTimeout(timer);
        resolve();
        return true;
      };
      if (!listen()) this.listeners.push(listen);
    });
  }

  /** Calls without an answer yet: of that process, or of all. */
  onTheirWay(target: string | null): number {
    if (target !== null) return this.underWay.get(target) ?? 0;
    return [...this.underWay.values()].reduce((sum, calls) => sum + calls, 0);
  }

  async connect(target: string): Promise<void> {
    await this.clientOf(target).connect();
  }

  /** Never throws: what goes wrong is an answer too. */
  async ask(wish: Wish, client: string, target: string): Promise<Answered> {
    const call = `${this.run}-c${++this.calls}`;
    const reads = wish.operation.startsWith('read-');
    const after = reads && this.position !== null ? { afterPosition: this.position } : {};
    this.history.write({ kind: 'invoke', call, at: monotonicMs(), client, process: target, ...wish, ...after });
    this.count(target, 1);
    const answer = await this.send(requestOf(wish, after.afterPosition), target);
    const reply = answer === NOTHING || answer === NOT_SENT ? null : answer;
    const code = reply === null ? String(answer) : isYes(reply) ? 'ok' : codeOf(reply);
    const end: End = {
      ...{ kind: reply !== null ? kindOf(reply.status, code) : answer === NOT_SENT ? 'failed' : 'unknown' },
      ...{ call, at: monotonicMs() },
      ...{ status: reply?.status ?? 0, code, body: reply?.body ?? {} },
      ...{ position: reply?.position ?? null, replayed: reply?.replayed ?? false },
    };
    this.history.write(end);
    this.ended += 1;
    this.count(target, -1);
    if (reply?.position && reply.position > (this.position ?? '')) this.position = reply.position;
    return { end, reply };
  }

  private count(target: string, more: number): void {
    this.underWay.set(target, this.onTheirWay(target) + more);
    this.listeners = this.listeners.filter((listener) => !listener());
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.history.close();
  }

  private clientOf(target: string): HttpClient {
    const client = this.clients.get(target) ?? new HttpClient(target, this.connections);
    this.clients.set(target, client);
    return client;
  }

  private async send(request: Request, target: string): Promise<Reply | typeof NOTHING | typeof NOT_SENT> {
    try {
      return await this.clientOf(target).send(request);
    } catch (error) {
      return error instanceof NoAnswer && !error.mayHaveEffect ? NOT_SENT : NOTHING;
    }
  }
}

function requestOf(wish: Wish, position: string | undefined): Request {
  const { user, scope, key, eventId, bookingId, ifMatch, operation, body } = wish;
  const event = `/v1/events/${eventId}`;
  const booking = `${event}/bookings/${bookingId}`;
  const common = {
    token: tokenOf(user, scope ?? 'booking'),
    ...(key === null ? {} : { key }),
    ...(position === undefined ? {} : { position }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  };
  const send = (method: Request['method'], path: string): Request => ({ ...common, method, path, body });
  const get = (path: string): Request => ({ ...common, method: 'GET', path });
  switch (operation) {
    case 'schedule':
      return { ...send('POST', '/v1/events'), body: { ...body, eventId } };
    case 'change-event':
      return send('PATCH', event);
    case 'cancel-event':
      return send('POST', `${event}/cancel`);
    case 'book':
      return send('POST', `${event}/bookings`);
    case 'confirm':
    case 'extend':
    case 'cancel':
      return send('POST', `${booking}/${operation}`);
    case 'change-booking':
      return send('PATCH', booking);
    case 'read-event':
      return get(event);
    case 'read-booking':
      return get(booking);
    case 'read-bookings':
      return get(`/v1/bookings?${new URLSearchParams(body as Record<string, string>).toString()}`);
  }
}
