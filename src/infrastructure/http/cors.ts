import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

const CORS_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const CORS_HEADERS =
  'authorization, content-type, holdfast-position, idempotency-key, if-match, if-none-match, last-event-id, traceparent, x-request-id';
const CORS_EXPOSED =
  'ETag, Holdfast-Position, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id';
const CORS_MAX_AGE_S = '600';

/**
 * What names the origin to a browser, if it is one of ours. On every answer, those that say no included: without it a page
 * learns neither what is wrong nor when to come back, but that "the network failed".
 */
export function corsHeaders({ origin }: IncomingHttpHeaders, origins: readonly string[]): Record<string, string> {
  if (origins.length === 0) return {};
  if (origin === undefined || !origins.includes(origin)) return { vary: 'origin' };
  return { vary: 'origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': CORS_EXPOSED };
}

/** True: it was a preflight of one of our origins, and it has been answered. */
export function answerPreflight({ method, headers }: FastifyRequest, reply: FastifyReply): boolean {
  if (!reply.hasHeader('access-control-allow-origin')) return false;
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
  reply.header('access-control-allow-methods', CORS_METHODS).header('access-control-allow-headers', CORS_HEADERS);
  void reply.header('access-control-max-age', CORS_MAX_AGE_S).code(204).send();
  return true;
}
