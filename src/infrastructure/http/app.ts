import type { Socket } from 'node:net';
import { Catch, type ArgumentsHost, type ExceptionFilter, type INestApplication } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log, RequestLog } from '../logger.js';
import { Authenticator } from './auth.js';
import { answerBadPath, answerError, installChecks } from './checks.js';
import { Denials } from './denials.js';
import { serveDescription } from './docs.js';
import { Journal } from './journal.js';
import { HttpProblem, problemOfCode, type TransportCode } from './problems.js';
import { correlationIdOf } from './request.js';
import type { HttpSettings } from './settings.js';

/** How often Node looks for requests that take too long to arrive. */
const CONNECTIONS_CHECK_MS = 1_000;
/** Longer than any id that is good: those that are too long are named by the route, not by the router. */
const MAX_PARAM_LENGTH = 16_384;

/**
 * Fastify under Nest, with our checks in front. Pass it to NestFactory.create, then call `configureHttp`. Nest would add
 * its own body parsers, error handler and not-found handler; ours are the only ones.
 */
export class HttpAdapter extends FastifyAdapter {
  constructor(settings: HttpSettings, log: RequestLog) {
    const authenticator = new Authenticator(settings.auth);
    const denials = new Denials(log);
    const journal = new Journal(log, settings.logRequests, denials);
    const { bodyBytes, headersTimeoutMs, requestTimeoutMs, connections } = settings.bounds;
    super({
      bodyLimit: bodyBytes,
      requestTimeout: requestTimeoutMs,
      http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: CONNECTIONS_CHECK_MS },
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      // A connection that is busy while we stop gets its answer.
      return503OnClosing: false,
      forceCloseConnections: 'idle',
      genReqId: correlationIdOf,
      frameworkErrors: answerBadPath(authenticator, journal, log),
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
    const fastify = this.getInstance<FastifyInstance>();
    fastify.server.maxConnections = connections;
    installChecks(fastify, settings, authenticator, journal, log);
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

/** Call after NestFactory.create and before `init` or `listen`. `version` is shown in the API's description. */
export async function configureHttp(
  app: NestFastifyApplication,
  { bounds }: HttpSettings,
  log: Log,
  version: string,
): Promise<void> {
  (app as INestApplication).useGlobalFilters(new ProblemFilter(log));
  if (bounds.requestsPerMinute > 0) await limitRequests(app, bounds.requestsPerMinute);
  serveDescription(app, app.getHttpAdapter().getInstance(), version);
}

/** After the caller is known, before the body is read. Health is asked by machines that must get an answer. */
async function limitRequests(app: NestFastifyApplication, requestsPerMinute: number): Promise<void> {
  await app.register(rateLimit, {
    hook: 'preParsing',
    max: requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: ({ caller, ip }) => (caller === null ? `address ${ip}` : `caller ${caller.userId}`),
    allowList: ({ routeOptions }) => routeOptions.url?.startsWith('/health/') ?? false,
    errorResponseBuilder: () => new HttpProblem('rate-limited'),
  });
}

const REASONS: Readonly<Record<string, [code: TransportCode, line: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', '408 Request Timeout'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', '431 Request Header Fields Too Large'],
};

/** What is not HTTP at all, or never ends: there is no request yet, so the answer is written by hand. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket, journal: Journal): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [code, line] = REASONS[error.code ?? ''] ?? ['validation-failed', '400 Bad Request'];
  const { body, status } = problemOfCode(code as TransportCode);
  journal.broken(socket, status, code);
  const text = JSON.stringify({ ...body, ...(code === 'validation-failed' ? { errors: [] } : {}) });
  const length = Buffer.byteLength(text);
  const head = `HTTP/1.1 ${line}\r\nContent-Type: application/problem+json\r\nContent-Length: ${length}\r\nConnection: close`;
  socket.end(`${head}\r\n\r\n${text}`);
}
