import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accessOf, isAllowed, needsToken, type Caller } from './access.js';
import type { Admission } from './admission.js';
import { authorizationOf, type Authenticator } from './auth.js';
import { cookieRules, credentialOf } from './cookie.js';
import { answerPreflight, corsHeaders } from './cors.js';
import type { Gate } from './gate.js';
import { HttpProblem, invalid, problemOfCode, problemOfError, type Problem } from './problems.js';
import { fieldErrorsOf, type SchemaError } from './fields.js';
import { parseJsonObject } from './json-body.js';
import { timesSent } from './request.js';
import { sendProblem } from './answers.js';
import { COMMON_HEADERS } from './headers.js';
import type { Journal } from './journal.js';
import type { HttpSettings } from './settings.js';
import type { Log } from '../logger.js';

const DOCS_CONTENT_SECURITY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Who looks at a request before its route does. */
export interface Doors {
  readonly authenticator: Authenticator;
  readonly gate: Gate;
  readonly admission: Admission;
  readonly journal: Journal;
}

/**
 * What every request goes through before a controller sees it, in this order, once it was not turned away at the door
 * because too much is under way: 429 for its address; 401 and 429 for its caller before the body is read; unknown path and wrong method; 413, 415 and syntax
 * while it is read; then the route's scope. Hooks of the router, not middleware of a path: they run for what the router
 * matched, however the path was written.
 */
export function installChecks(
  fastify: FastifyInstance,
  settings: HttpSettings,
  { authenticator, gate, admission, journal }: Doors,
  log: Log,
): void {
  const methods = new Methods();
  const cookie = cookieRules(settings.production);
  fastify.decorateRequest('caller', null);
  fastify.decorateReply('problem', null);
  fastify.decorateReply('reason', null);
  fastify.addHook('onRoute', ({ method, url }) => methods.add(url, method));

  fastify.addHook('onRequest', async (request, reply) => {
    journal.follow(request, reply);
    setCommonHeaders(request, reply, settings);
    const counting = gate.address(request, reply);
    if (counting !== undefined) await counting;
    checkHost(request);
    if (answerPreflight(request, reply)) return reply;
    const isUnknown = request.is404 || lacksPart(request.params as Readonly<Record<string, string>>);
    const access = accessOf(request.method, request.routeOptions.url, request.query);
    if (isScrape(request, settings.metricsToken)) request.caller = SCRAPER;
    else if (isUnknown || needsToken(access, settings.publicReads))
      request.caller = await authenticator.callerOf(credentialOf(request, cookie));
    const limiting = gate.caller(request, reply);
    if (limiting !== undefined) await limiting;
    if (isUnknown) throw methods.problemOf(request.url);
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
      throw new HttpProblem('unsupported-media-type');
    return undefined;
  });

  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJsonObject(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });

  fastify.addHook('preValidation', async (request, reply) => {
    admission.enter(request, reply);
    const access = accessOf(request.method, request.routeOptions.url, request.query);
    if (!isAllowed(access, request.caller)) throw new HttpProblem('forbidden');
    request.body ??= {};
  });

  fastify.setNotFoundHandler((_request, reply) => sendProblem(reply, problemOfCode('not-found')));
  fastify.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
}

/** Sends the problem that an exception means, whoever threw it. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  sendProblem(reply, problemFor(error, request, reply, log));
}

/**
 * The problem that an exception means. A bug is logged with the request's correlation id; the client learns that there is
 * one and nothing else.
 */
export function problemFor(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): Problem {
  const problem = validationProblem(error) ?? problemOfError(error);
  if (problem === null) log.error('request failed unexpectedly', { err: error, correlationId: request.id });
  else if (problem.status >= 500) log.debug('request not served', { err: error, correlationId: request.id });
  if (error instanceof HttpProblem) reply.reason = error.reason;
  return problem ?? problemOfCode('internal');
}

/** A path that cannot be decoded never reaches the hooks; it is as unknown as any other, and told to callers only. */
export function answerBadPath(
  settings: HttpSettings,
  { authenticator, gate, journal }: Omit<Doors, 'admission'>,
  log: Log,
) {
  const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    await gate.address(request, reply);
    request.caller = await authenticator.callerOf(authorizationOf(request));
    throw new HttpProblem('not-found');
  };
  return (_error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    journal.follow(request, reply);
    setCommonHeaders(request, reply, settings);
    refuse(request, reply).catch((error: unknown) => answerError(error, request, reply, log));
  };
}

function validationProblem(error: unknown): Problem | null {
  if (typeof error !== 'object' || error === null || !('validation' in error)) return null;
  return problemOfError(invalid(...fieldErrorsOf(error.validation as readonly SchemaError[])));
}

/** The router takes nothing at all for a part of a path too: `/v1/webhooks/` is no webhook, and no path of ours. */
function lacksPart(params: Readonly<Record<string, string>>): boolean {
  for (const name in params) if (params[name] === '' && name !== '*') return true;
  return false;
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply, { corsOrigins }: HttpSettings): void {
  void reply.header('x-request-id', request.id).headers(COMMON_HEADERS);
  void reply.headers(corsHeaders(request.headers, corsOrigins));
  if (/^\/docs(?![^/?])/.test(request.url)) reply.header('content-security-policy', DOCS_CONTENT_SECURITY);
}

/**
 * Whose request is it, between proxies that each guess (RFC 9112, 3.2)? Throws 400 for none, for one too many, and for what
 * is no host: addresses are made of it.
 */
function checkHost({ raw }: FastifyRequest): void {
  const named = timesSent(raw, 'host');
  const { host = '' } = raw.headers;
  if (named > 1 || (named === 0 && raw.httpVersion === '1.1') || !isHost(host))
    throw invalid({ pointer: '/Host', expected: 'the host that is asked, once' });
}

/** Empty where the address that is asked has none. */
const isHost = (text: string): boolean => text === '' || (!/[\s/?#@\\]/.test(text) && URL.canParse(`http://${text}`));

/** Whoever scrapes the figures with the token that is good for nothing else. */
const SCRAPER: Caller = { userId: 'system:metrics', scopes: new Set(['ops']), until: Infinity };

function isScrape(request: FastifyRequest, metricsToken: string | null): boolean {
  if (metricsToken === null || request.routeOptions.url !== '/metrics') return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  // Digests have one length, so that comparing tells nothing about the token's.
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${metricsToken}`));
}

/** Which methods each path has, for telling 405 from 404. */
class Methods {
  private readonly byPattern = new Map<string, { readonly path: RegExp; readonly methods: Set<string> }>();

  add(pattern: string, methods: string | readonly string[]): void {
    const path = new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    const known = this.byPattern.get(pattern) ?? { path, methods: new Set<string>() };
    for (const method of [methods].flat()) known.methods.add(method);
    this.byPattern.set(pattern, known);
  }

  problemOf(url: string): HttpProblem {
    const path = url.split(/[?#;]/, 1)[0]!;
    const allowed = [...this.byPattern.values()]
      .filter((known) => known.path.test(path))
      .flatMap((known) => [...known.methods]);
    if (allowed.length === 0) return new HttpProblem('not-found');
    return new HttpProblem('method-not-allowed', {}, { allow: [...new Set(allowed)].sort().join(', ') });
  }
}
