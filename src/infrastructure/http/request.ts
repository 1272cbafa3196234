import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Asked } from '../../application/envelope.js';
import type { Ids, Span } from '../../application/ports.js';
import type { IfMatch } from '../../domain/booking/commands.js';
import type { Caller } from './access.js';
import { ifMatchOf } from './etag.js';
import { RULES, valueOf } from './fields.js';
import { invalid } from './problems.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on a public route. */
    caller: Caller | null;
    /** The step of a trace that it is; absent where it is none. */
    span?: Span;
  }
}

const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const QUOTED_KEY = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;
const BARE_KEY = /^[\x21\x23-\x7e][\x21-\x7e]*$/;
const KEY_LENGTH = 255;

/** What ties a request, its log lines and its domain events together: the caller's X-Request-Id if it is sane, else ours. */
export function correlationIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers['x-request-id'];
  return typeof sent === 'string' && CORRELATION_ID.test(sent) ? sent : randomUUID();
}

/** The trace that a request belongs to (W3C Trace Context, version 00); null: to none, and none was sent that is well-formed. */
export function traceparentOf({ headers, span }: Pick<FastifyRequest, 'headers' | 'span'>): string | null {
  return span?.traceparent ?? sentTraceparentOf(headers);
}

/** As it was sent. */
export function sentTraceparentOf({ traceparent }: FastifyRequest['headers']): string | null {
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : null;
}

/** How often a header, named in lower case, was sent: of two of a kind Node shows the first, and the next reader may look at the other. */
export function timesSent({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, name: string): number {
  let found = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]!.length === name.length && rawHeaders[at]!.toLowerCase() === name) found += 1;
  return found;
}

/** Who asks; on routes that need a token only. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('a public route has no caller');
  return request.caller;
}

/** Throws 400 for an id that no event can have. */
export const eventIdOf = (request: FastifyRequest): string =>
  valueOf(RULES.eventId, paramsOf(request)['eventId'], '/eventId');

export const bookingIdOf = (request: FastifyRequest): string =>
  valueOf(RULES.bookingId, paramsOf(request)['bookingId'], '/bookingId');

export const userIdOf = (request: FastifyRequest): string =>
  valueOf(RULES.userId, paramsOf(request)['userId'], '/userId');

export const webhookIdOf = (request: FastifyRequest): string =>
  valueOf(RULES.bookingId, paramsOf(request)['webhookId'], '/webhookId');

export const messageIdOf = (request: FastifyRequest): string =>
  valueOf(RULES.bookingId, paramsOf(request)['messageId'], '/messageId');

/** Who asks for what: the same for a repeat of the same request, whatever the defaults are by then. */
export function askedBy(request: FastifyRequest, operation: string, ids: Ids): Asked {
  const traceparent = traceparentOf(request);
  return {
    caller: callerOf(request).userId,
    key: keyOf(header(request, 'idempotency-key')),
    requestHash: ids.requestHash(operation, paramsOf(request), request.body),
    correlationId: request.id,
    ...(traceparent === null ? {} : { traceparent }),
  };
}

export const ifMatchFor = (request: FastifyRequest, resourceId: string): IfMatch =>
  ifMatchOf(header(request, 'if-match'), resourceId);

/** The position that a read must have reached. */
export function tokensOf(request: FastifyRequest): string[] {
  const token = header(request, 'holdfast-position');
  return token === undefined ? [] : [token];
}

const paramsOf = (request: FastifyRequest): Readonly<Record<string, string>> =>
  request.params as Record<string, string>;

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Quoted (RFC 8941) and bare are the same key. Null: none was sent. Throws 400. */
function keyOf(sent: string | undefined): string | null {
  if (sent === undefined) return null;
  const key = QUOTED_KEY.exec(sent)?.[1]?.replace(/\\(["\\])/g, '$1') ?? (BARE_KEY.test(sent) ? sent : '');
  if (key === '' || key.length > KEY_LENGTH)
    throw invalid({
      pointer: '/Idempotency-Key',
      expected: `1 to ${KEY_LENGTH} visible ASCII characters, quoted or bare`,
    });
  return key;
}
