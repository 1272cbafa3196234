import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Audience, EncodeFact } from '../../application/feed-items.js';
import type { Farewell, FeedSink } from '../../application/feed-reader.js';
import type { Position, RecordedEvent } from '../../application/ports.js';
import { positionToken } from '../../application/position-token.js';
import { FollowFeed, type FollowAnswer } from '../../application/queries/follow-feed.js';
import { isAuditor, type Caller } from './access.js';
import { FeedFields } from './feed-fields.js';
import { fieldsOf } from './fields.js';
import { factOf, type Fact } from './history.js';
import { HttpProblem } from './problems.js';
import { callerOf } from './request.js';

/** How the stream is spoken, for the reader's connection. */
export class FeedWire {
  private last = { text: '', bytes: Buffer.alloc(0) };

  /** `retryMs`: what a reader waits before it asks again. */
  constructor(readonly retryMs: number) {}

  /** Of a text that is given to one reader after the other; made once for all of them. */
  bytesOf(text: string): Buffer {
    if (text !== this.last.text) this.last = { text, bytes: Buffer.from(text) };
    return this.last.bytes;
  }
}

/** A reader that does not take the goodbye is not waited for. */
const BYE_MS = 500;
/** Of a caller with too many feeds: they end by themselves, or by the caller. */
const TOO_MANY_RETRY_S = '5';
/** Where to read what a feed can no longer tell. */
const LISTS = ['/v1/events', '/v1/bookings'];

/** Who wants to follow what, from where. Throws 400. */
export function feedAsked(request: FastifyRequest): FollowFeed {
  const { after = null, ...filter } = fieldsOf(FeedFields, request.query);
  const caller = callerOf(request);
  const seen = request.headers['last-event-id'];
  const from = seen === undefined ? after : String(seen);
  return new FollowFeed(caller.userId, audienceOf(caller, filter), from, caller.until);
}

/** What a caller may see, and of that what was asked for. */
export function audienceOf(caller: Caller, filter: Omit<FeedFields, 'after'>): Audience {
  const { eventId = null, type, correlationId = null } = filter;
  const types = type === undefined ? null : new Set(type.split(','));
  return { userId: isAuditor(caller) ? null : caller.userId, eventId, types, correlationId };
}

export async function answerFeed(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Promise<FollowAnswer>,
  wire: FeedWire,
): Promise<void> {
  const feed = await answer;
  if (feed.kind === 'too-many') throw new HttpProblem('rate-limited', {}, { 'retry-after': TOO_MANY_RETRY_S });
  if (feed.kind === 'too-old') {
    const link = LISTS.map((list) => `<${list}>; rel="related"`).join(', ');
    throw new HttpProblem('feed-too-old', { lists: LISTS }, { link });
  }
  const { logId, from } = feed;
  reply.header('content-type', 'text/event-stream').header('holdfast-position', positionToken(logId, from));
  // Proxies gather what they pass on, unless told. The connection is used for nothing else afterwards.
  reply.header('x-accel-buffering', 'no').header('connection', 'close');
  if (request.method === 'HEAD') return void (await reply.send());
  reply.hijack();
  const { raw } = reply;
  if (raw.destroyed) return;
  raw.writeHead(200, reply.getHeaders() as Record<string, string>);
  raw.write(`retry: ${wire.retryMs}\nid: ${positionToken(logId, from)}\n\n`);
  const reader = feed.join(new SseSink(raw, logId, wire));
  raw.on('close', () => reader.leave());
  // A connection that breaks is no news.
  raw.on('error', () => undefined);
}

/** One domain event as a message; made once for all readers. */
export const messageOf: EncodeFact = (record, eventId, logId, discreet) => {
  if ('unreadable' in record) {
    const { id, type, revision } = record;
    const position = positionToken(logId, record.position);
    const data = JSON.stringify({ id, type, eventId, revision, position, unreadable: true });
    return `id: ${position}\nevent: unreadable\ndata: ${data}\n\n`;
  }
  const fact = factTold(record, eventId, logId, discreet);
  return `id: ${fact.position}\nevent: ${fact.type}\ndata: ${JSON.stringify(fact)}\n\n`;
};

/** A fact as a reader of the feed is told it. */
export function factTold(record: RecordedEvent, eventId: string, logId: string, discreet: boolean): FactTold {
  const fact = factOf(record, eventId, logId);
  if (!discreet) return fact;
  const actor = fact.actor.startsWith('system:') ? fact.actor : null;
  return { ...fact, actor, correlationId: null, causationId: null, commandId: null };
}

type Untold = 'actor' | 'correlationId' | 'causationId' | 'commandId';
/** Null: somebody else's, of whom this reader is not told. */
export type FactTold = Omit<Fact, Untold> & { readonly [Name in Untold]: string | null };

/** Server-sent events (WHATWG HTML, section 9.2). */
class SseSink implements FeedSink {
  constructor(
    private readonly raw: ServerResponse,
    private readonly logId: string,
    private readonly wire: FeedWire,
  ) {}

  facts(text: string): void {
    this.raw.write(this.wire.bytesOf(text));
  }

  /** An id without data is remembered by the reader, and shown to nobody. */
  beat(scanned: Position, isReachable: boolean): void {
    const comment = isReachable ? '' : ' the log cannot be reached; nothing is lost';
    this.raw.write(`:${comment}\nid: ${positionToken(this.logId, scanned)}\n\n`);
  }

  bye(scanned: Position, why: Farewell): void {
    const { raw } = this;
    raw.end(`id: ${positionToken(this.logId, scanned)}\nevent: bye\ndata: ${JSON.stringify({ reason: why })}\n\n`);
    const tooLong = setTimeout(() => raw.destroy(), BYE_MS);
    raw.once('close', () => clearTimeout(tooLong));
  }

  drop(): void {
    this.raw.destroy();
  }

  get waiting(): number {
    return this.raw.writableLength;
  }

  get taken(): number {
    const { socket } = this.raw;
    return socket === null ? 0 : socket.bytesWritten - socket.writableLength;
  }

  ready(): Promise<void> {
    const { raw } = this;
    if (!raw.writableNeedDrain || raw.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        raw.off('drain', done).off('close', done);
        resolve();
      };
      raw.on('drain', done).on('close', done);
    });
  }
}
