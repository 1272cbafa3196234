import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../logger.js';
import { accessOf, isAllowed, type Caller } from '../access.js';
import type { Authenticator } from '../auth.js';
import { problemFor } from '../checks.js';
import { clearCookie, cookieIn, credentialOf, isFromOurPages, setCookie, type CookieRules } from '../cookie.js';
import { HttpProblem } from '../problems.js';
import { callerOf } from '../request.js';
import type { Issuer } from './oidc.js';
import type { Page, Tools, View } from './page.js';
import { FRONT, PAGES } from './pages.js';
import { NotLetIn, expiryIn, grantIn, nextIn, tokenIn, whyRefused, type Form } from './sign-in.js';

/** No script or style but ours, none inline; nothing from another host, and nothing sent to one. */
const CONTENT_SECURITY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

interface Parts {
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly cookie: CookieRules;
  /** Where one may sign in; null: a token is pasted. */
  readonly issuer: Issuer | null;
  /** For tokens that anybody on this machine may have; null: not in development. */
  readonly mintSecret: string | null;
  /** Between two heart-beats of the feed, for scripts that follow it. */
  readonly heartbeatMs: number;
  readonly tools: () => Tools;
}

/** What a browser keeps in a cookie, with its name. */
const LONGEST_TOKEN = 3_900;
const TOO_LONG = 'This token is longer than what a browser keeps in a cookie, 4 KB.';

const NOBODY = { caller: null, here: null };

/** Who comes in is received here, and shown what they ask for. */
export class Desk {
  constructor(private readonly parts: Parts) {}

  async show(page: Page, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = callerOf(request);
    const showPage = await page.open();
    const view = await showPage({ request, caller, ...this.parts.tools() });
    return this.send(reply, view, { caller, here: page.path });
  }

  /** Whoever has signed in is led on; everybody else may do so. */
  async front(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { authenticator, cookie } = this.parts;
    const credential = credentialOf(request, cookie);
    if (credential === undefined) return this.receive(request, reply, 200, whyNoCookie(request));
    await authenticator.callerOf(credential);
    return redirect(reply, nextIn(request.query) ?? PAGES[0]!.path);
  }

  /** Takes a token that was pasted, or mints one where that is allowed, and leads on. Throws 403 for other sites' forms. */
  async signIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isFromOurPages(request.headers)) throw new HttpProblem('forbidden');
    const form = request.body as Form;
    const token =
      this.mayMint(request) && form.user !== undefined ? grantIn(form, this.parts.mintSecret!) : tokenIn(form);
    await this.keep(token, reply);
    return redirect(reply, `${FRONT}?welcome=1&next=${encodeURIComponent(nextIn(form) ?? '')}`);
  }

  async sendToIssuer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (this.parts.issuer === null) throw new HttpProblem('not-found');
    return this.parts.issuer.send(request, reply);
  }

  /** A redirect would still be the other site's, and the cookie would not come along: the page goes on by itself. */
  async comeBack(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (this.parts.issuer === null) throw new HttpProblem('not-found');
    const { token, next } = await this.parts.issuer.receive(request, reply);
    await this.keep(token, reply);
    const to = `${FRONT}?welcome=1&next=${encodeURIComponent(nextIn({ next }) ?? '')}`;
    return this.send(reply, { title: 'Signed in', template: 'signed-in', model: { to }, islands: [] }, NOBODY);
  }

  /** Throws 401 and 403 for a token that is not good, and NotLetIn for one that no browser would keep. */
  private async keep(token: string, reply: FastifyReply): Promise<void> {
    const { authenticator, cookie, tools } = this.parts;
    const caller = await authenticator.callerOf(`Bearer ${token}`);
    if (token.length > LONGEST_TOKEN) throw new NotLetIn(413, TOO_LONG);
    reply.header('set-cookie', setCookie(cookie, token, caller.until, tools().time.now()));
  }

  async signOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isFromOurPages(request.headers)) throw new HttpProblem('forbidden');
    reply.header('set-cookie', clearCookie(this.parts.cookie));
    return redirect(reply, FRONT);
  }

  /** An error as a page: signing in where that would help, else what is wrong and, where it passes, another try. */
  answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    this.explain(error, request, reply).catch((failure: unknown) => {
      this.parts.log.error('a page of the control room could not be made', { err: failure, correlationId: request.id });
      if (!reply.sent) void reply.code(500).type('text/plain; charset=utf-8').send('Something is wrong on our side.\n');
    });
  }

  private async explain(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (error instanceof NotLetIn) {
      if (error.status === 503) this.parts.log.warn(error.why, { err: error.cause, correlationId: request.id });
      return void (await this.receive(request, reply, error.status, error.why));
    }
    const problem = problemFor(error, request, reply, this.parts.log);
    const { code } = problem.body as { code: string };
    if (problem.status === 401 || code === 'user-id-not-opaque') {
      const cookie = cookieIn(request.headers.cookie, this.parts.cookie.name);
      const expiredAt = expiryIn(cookie ?? (request.body as Form | undefined)?.token ?? '');
      const cameBack = request.routeOptions.url === `${FRONT}/issuer/back`;
      const why = whyRefused(code, {
        ...{ isNew: request.method === 'POST' || cameBack, hadCookie: cookie !== null, expiredAt },
        now: this.parts.tools().time.now(),
      });
      return void (await this.receive(request, reply, problem.status, why));
    }
    reply.headers(problem.headers);
    const { caller } = request;
    const view = { title: String(problem.body['title']), template: 'problem', model: problem.body, islands: [] };
    await this.send(reply, view, { caller, here: null }, problem.status);
  }

  private receive(
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    why: string | null,
  ): Promise<FastifyReply> {
    const asked = request.method === 'GET' ? request.url : '';
    const next = nextIn({ next: asked }) ?? nextIn(request.body) ?? '';
    const model = { why, next, mayMint: this.mayMint(request), hasIssuer: this.parts.issuer !== null };
    const view = { title: 'Sign in', template: 'sign-in', model, islands: [] };
    return this.send(reply, view, NOBODY, status);
  }

  /** By name and address of this machine only: a page elsewhere could have a name of its own that leads here. */
  private mayMint({ headers }: FastifyRequest): boolean {
    return this.parts.mintSecret !== null && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(headers.host ?? '');
  }

  private async send(
    reply: FastifyReply,
    view: View,
    visitor: { readonly caller: Caller | null; readonly here: string | null },
    status = 200,
  ): Promise<FastifyReply> {
    const { render } = await import('./render.js');
    const { caller } = visitor;
    const isTheirs = (path: string): boolean => isAllowed(accessOf('GET', path), caller);
    const pages = PAGES.filter(({ label, path }) => label !== null && isTheirs(path));
    const { heartbeatMs, tools } = this.parts;
    const html = render(view.isPart === true ? view.template : 'layout', {
      ...{ view, model: view.model, pages, heartbeatMs, now: tools().time.now() },
      ...visitor,
    });
    // With a policy that sends no referrer a form would not say where it comes from either.
    reply.headers({ 'content-security-policy': CONTENT_SECURITY, 'referrer-policy': 'same-origin' });
    return reply.code(status).type('text/html; charset=utf-8').send(html);
  }
}

/** Somebody has just signed in, and their browser has not kept the cookie. */
function whyNoCookie({ query }: FastifyRequest): string | null {
  if ((query as { welcome?: string }).welcome === undefined) return null;
  return 'Your browser did not keep the sign-in: it needs https here, or cookies are off.';
}

const redirect = (reply: FastifyReply, to: string): FastifyReply => reply.code(303).header('location', to).send();
