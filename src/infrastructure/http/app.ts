import type { Socket } from 'node:net';
import { Catch, type ArgumentsHost, type ExceptionFilter, type INestApplication } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Tracer } from '../../application/ports.js';
import type { Log, RequestLog } from '../logger.js';
import { Admission, type Lane } from './admission.js';
import { Authenticator } from './auth.js';
import { serveControlRoom, type Front } from './control-room/control-room.js';
import { answerBadPath, answerError, installChecks } from './checks.js';
import { boundConnections } from './connections.js';
import { Denials } from './denials.js';
import { serveDescription } from './docs.js';
import { Gate } from './gate.js';
import { HttpTally, type Kind } from './http-tally.js';
import { Journal } from './journal.js';
import { MALFORMED, problemOfCode, type TransportCode } from './problems.js';
import { correlationIdOf } from './request.js';
import type { HttpSettings } from './settings.js';
import { traceRequests } from './traces.js';

/** How often Node looks for requests that take too long to arrive, unless less than that is too long. */
const CONNECTIONS_CHECK_MS = 1_000;
/** Longer than any id that is good: those that are too long are named by the route, not by the router. */
const MAX_PARAM_LENGTH = 16_384;

/**
 * Fastify under Nest, with our checks in front. Pass it to NestFactory.create, then call `configureHttp`. Nest would add
 * its own body parsers, error handler and not-found handler; ours are the only ones.
 */
export class HttpAdapter extends FastifyAdapter {
  /** How the pages of the control room know who looks at them. */
  readonly front: Front;
  /** What it counts, and what is under way, for whoever shows it. */
  readonly figures: { readonly tally: HttpTally; readonly lanes: Readonly<Record<Kind, Lane>> };

  constructor(settings: HttpSettings, log: RequestLog, tracer: Tracer | null = null) {
    const tally = new HttpTally();
    const denials = new Denials(log);
    const journal = new Journal(log, settings.logRequests, denials, tally);
    const doors = { authenticator: new Authenticator(settings.auth), gate: new Gate(settings), journal };
    const admission = new Admission(settings, tally, journal);
    const { bodyBytes, headersTimeoutMs, requestTimeoutMs, socketTimeoutMs, trustedProxies } = settings.bounds;
    super({
      bodyLimit: bodyBytes,
      requestTimeout: requestTimeoutMs,
      connectionTimeout: socketTimeoutMs,
      // By the number of hops: with "all of them", whoever asks would choose their own address.
      trustProxy: trustedProxies === 0 ? false : (_address, hop) => hop < trustedProxies,
      http: {
        headersTimeout: headersTimeoutMs,
        connectionsCheckingInterval: Math.min(CONNECTIONS_CHECK_MS, headersTimeoutMs),
        // Node would answer with nothing but the status: see the checks.
        requireHostHeader: false,
      },
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      // A connection that is busy while we stop gets its answer.
      return503OnClosing: false,
      forceCloseConnections: 'idle',
      genReqId: correlationIdOf,
      frameworkErrors: answerBadPath(settings, doors, log),
      clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, journal),
      ajv: {
        customOptions: {
          coerceTypes: false,
          removeAdditional: false,
          useDefaults: false,
          allErrors: true,
          verbose: true,
        },
      },
      skipMiddie: true,
      multipart: false,
    });
    this.front = { settings, authenticator: doors.authenticator, log };
    this.figures = { tally, lanes: { read: admission.reads, write: admission.writes } };
    const fastify = this.getInstance<FastifyInstance>();
    boundConnections(fastify.server, settings);
    // Without anybody who listens, Node would hang up on the first and answer the second by itself.
    fastify.server.on('connect', (_request, socket: Socket) => answerByHand(socket, 'validation-failed', journal));
    fastify.server.on('checkExpectation', (request, reply) => fastify.server.emit('request', request, reply));
    admission.install(fastify);
    if (tracer !== null) traceRequests(fastify, tracer);
    installChecks(fastify, settings, { ...doors, admission }, log);
    fastify.addHook('onClose', async () => denials.tellRest());
  }

  override registerParserMiddleware(): void {}

  override setErrorHandler() {
    return this.getInstance();
  }

  override setNotFoundHandler() {
    return this.getInstance();
  }
}

/** What controllers throw goes through the same table as everything else. */
@Catch()
class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.log);
  }
}

/** Call after NestFactory.create and before `init` or `listen`. */
export function configureHttp(app: NestFastifyApplication, log: Log): void {
  (app as INestApplication).useGlobalFilters(new ProblemFilter(log));
  serveDescription(app.getHttpAdapter().getInstance());
  serveControlRoom(app, (app.getHttpAdapter() as unknown as HttpAdapter).front);
}

const LINES = {
  'validation-failed': '400 Bad Request',
  'request-timeout': '408 Request Timeout',
  'headers-too-large': '431 Request Header Fields Too Large',
} satisfies Partial<Record<TransportCode, string>>;

const REASONS: Readonly<Record<string, keyof typeof LINES>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
};

function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket, journal: Journal): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  answerByHand(socket, REASONS[error.code ?? ''] ?? 'validation-failed', journal);
}

/** For what is not HTTP at all, or never ends: there is no request yet that could be replied to. */
function answerByHand(socket: Socket, code: keyof typeof LINES, journal: Journal): void {
  const { body, status } = code === 'validation-failed' ? MALFORMED : problemOfCode(code);
  journal.broken(socket, status, code);
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  const head = `HTTP/1.1 ${LINES[code]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${length}\r\nConnection: close`;
  socket.end(`${head}\r\n\r\n${text}`);
}
