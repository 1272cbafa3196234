import { randomBytes } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import type { RequestLog } from '../logger.js';
import { isBoxOffice, type Caller } from './access.js';
import { kindOf, type HttpTally } from './http-tally.js';
import type { Denials } from './denials.js';
import { traceparentOf } from './request.js';

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the problem that was sent; null: none was. */
    problem: string | null;
    /** Why a token was refused, for the audit line alone. */
    reason: string | null;
  }
}

/** It is answered for as long as somebody listens. */
const FEED = '/v1/feed';
/** Routes on which other people's things are as if they were not there. */
const OWNED = /:(?:bookingId|userId)\b/;

/**
 * One line for every request, when it has been answered or given up, and one for every denied action. All that is in them
 * was made or checked here: method, route, status and code are ours, ids and the caller have a form that holds no blank, no
 * quote and no control character. The path, the query, headers and the body are left out, for they hold what people paste.
 */
export class Journal {
  /** Tells this process's requests from another's. */
  private readonly run = randomBytes(5).toString('hex');
  private requests = 0;
  private untold = 0;
  /** Connections with a request that will have its line. */
  private readonly busy = new WeakSet<Socket>();

  constructor(
    private readonly log: RequestLog,
    private readonly which: Config['logRequests'],
    private readonly denials: Denials,
    private readonly tally: HttpTally,
  ) {}

  /** Call once, first of all: from here on its time is taken. */
  follow(request: FastifyRequest, reply: FastifyReply): void {
    const startedAt = performance.now();
    this.busy.add(request.raw.socket);
    reply.raw.once('close', () => this.ended(request, reply, performance.now() - startedAt));
  }

  /** What was not HTTP, or never became a request; a request that broke off has its own line. */
  broken(socket: Socket, status: number, code: string): void {
    if (this.busy.has(socket)) return;
    this.tally.ended('read', null, code, null);
    const nobody = { correlationId: null, traceId: null, caller: null, method: null, route: null };
    this.write(status, { requestId: this.nextId(), ...nobody, status, code, ms: 0, bytes: null });
  }

  /** Somebody was turned away before they had a line; all of them together get one, see `tellShed`. */
  shed(method: string, status: number, code: string): void {
    this.tally.shed += 1;
    this.untold += 1;
    this.tally.ended(kindOf(method), status, code, null);
  }

  tellShed(): void {
    if (this.untold > 0) this.write(503, { shed: this.untold, msg: 'requests were turned away' });
    this.untold = 0;
  }

  private ended(request: FastifyRequest, reply: FastifyReply, tookMs: number): void {
    const { method, id: correlationId } = request;
    const requestId = this.nextId();
    const traceId = traceparentOf(request)?.slice(3, 35) ?? null;
    const route = request.is404 ? null : (request.routeOptions.url ?? null);
    const caller = request.caller?.userId ?? null;
    this.busy.delete(request.raw.socket);
    const isWhole = reply.raw.writableEnded;
    const status = isWhole || reply.raw.headersSent ? reply.raw.statusCode : null;
    const code = reply.problem;
    const ms = Math.round(tookMs * 100) / 100;
    this.tally.ended(kindOf(method), status, code, isWhole && route !== FEED ? tookMs : null);
    const bytes = bytesOf(method, reply);
    const givenUp = isWhole ? undefined : true;
    // One literal, and nothing else: this is done for every request.
    const line = { requestId, correlationId, traceId, caller, method, route, status, code, ms, bytes, givenUp };
    this.write(status, line);
    if (!isDenied(status, route, request.caller)) return;
    this.denials.note({
      what: route === null ? method : `${method} ${route}`,
      who: caller,
      why: String(code),
      reason: reply.reason,
      status,
      ...{ requestId, correlationId, traceId },
      address: addressOf(request),
    });
  }

  /** A fault of ours is an error, "not now" a warning; that places are sold out is neither. */
  private write(status: number | null, fields: object): void {
    const isFault = status !== null && status >= 500;
    if (this.which === 'off' || (this.which === 'errors' && !isFault)) return;
    this.log.request(!isFault ? 'info' : status === 503 ? 'warn' : 'error', fields);
  }

  private nextId(): string {
    this.requests += 1;
    return `${this.run}-${this.requests.toString(36)}`;
  }
}

/** Of the body; null where that is known only to whoever counted what streamed by. */
function bytesOf(method: string, reply: FastifyReply): number | null {
  if (method === 'HEAD' || reply.statusCode === 204 || reply.statusCode === 304) return 0;
  const length = reply.getHeader('content-length');
  return length === undefined ? null : Number(length);
}

/** Missing things and other people's are alike here as they are outside: who tries out ids meets both. */
function isDenied(status: number | null, route: string | null, caller: Caller | null): status is number {
  if (status === 401 || status === 403) return true;
  return status === 404 && route !== null && OWNED.test(route) && caller !== null && !isBoxOffice(caller);
}

/** Behind a proxy it is what the proxy says, which need not be an address. */
const addressOf = ({ ip, socket }: FastifyRequest): string | null =>
  isIP(ip) !== 0 ? ip : (socket.remoteAddress ?? null);
