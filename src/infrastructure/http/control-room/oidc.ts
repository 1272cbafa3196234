import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as client from 'openid-client';
import type { SignInConfig } from '../../auth-config.js';
import { cookieIn, type CookieRules } from '../cookie.js';
import { NotLetIn, nextIn } from './sign-in.js';

/** How long somebody may take at their issuer. */
const FLOW_S = 600;
const TIMEOUT_S = 5;

const AWAY = 'Your issuer cannot be reached. Try again in a moment.';
const STRANGE = 'That was not the way back of a sign-in that began here. Try again.';

/** What is remembered of who was sent to their issuer, in a cookie of theirs. */
interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly next: string;
}

/**
 * Signing in at the issuer of the tokens: OpenID Connect's code flow with PKCE. What comes back is an access token like any
 * that is pasted, and is checked as such.
 */
export class Issuer {
  private readonly flowCookie: string;
  private found: Promise<{ readonly openid: typeof client; readonly issuer: client.Configuration }> | null = null;

  constructor(
    private readonly config: SignInConfig,
    private readonly rules: CookieRules,
  ) {
    this.flowCookie = `${rules.name}-flow`;
  }

  /** Sends somebody to their issuer. Throws NotLetIn. */
  async send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { openid, issuer } = await this.discover();
    const flow: Flow = {
      ...{ state: openid.randomState(), nonce: openid.randomNonce(), verifier: openid.randomPKCECodeVerifier() },
      next: nextIn(request.query) ?? '',
    };
    const { scope, audience } = this.config;
    const url = openid.buildAuthorizationUrl(issuer, {
      ...{ redirect_uri: this.callbackOf(request).href, scope, state: flow.state, nonce: flow.nonce },
      ...{ code_challenge: await openid.calculatePKCECodeChallenge(flow.verifier), code_challenge_method: 'S256' },
      ...(audience === null ? {} : { audience }),
    });
    // The way back begins at another site: a stricter cookie would not come along.
    reply.header('set-cookie', this.cookie(Buffer.from(JSON.stringify(flow)).toString('base64url'), FLOW_S));
    return reply.code(303).header('location', url.href).send();
  }

  /**
   * The token for who comes back, and where they wanted to go. Throws NotLetIn.
   */
  async receive(request: FastifyRequest, reply: FastifyReply): Promise<{ token: string; next: string }> {
    const flow = flowIn(cookieIn(request.headers.cookie, this.flowCookie));
    reply.header('set-cookie', this.cookie('', 0));
    if (flow === null) throw new NotLetIn(401, STRANGE);
    const { openid, issuer } = await this.discover();
    const callback = this.callbackOf(request);
    callback.search = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
    const { state: expectedState, nonce: expectedNonce, verifier: pkceCodeVerifier, next } = flow;
    const checks = { expectedState, pkceCodeVerifier, ...(this.asksWho ? { expectedNonce } : {}) };
    try {
      const { access_token: token } = await openid.authorizationCodeGrant(issuer, callback, checks);
      return { token, next };
    } catch (error) {
      throw isOut(error) ? new NotLetIn(503, AWAY, { cause: error }) : new NotLetIn(401, STRANGE, { cause: error });
    }
  }

  private get asksWho(): boolean {
    return this.config.scope.split(' ').includes('openid');
  }

  private callbackOf({ headers }: FastifyRequest): URL {
    return new URL(`${this.rules.isSecure ? 'https' : 'http'}://${headers.host}/control-room/issuer/back`);
  }

  private cookie(value: string, seconds: number): string {
    const secure = this.rules.isSecure ? '; Secure' : '';
    return `${this.flowCookie}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
  }

  /** Asked once; until it has answered, by whoever comes. */
  private async discover() {
    this.found ??= this.ask();
    try {
      return await this.found;
    } catch (error) {
      this.found = null;
      throw new NotLetIn(503, AWAY, { cause: error });
    }
  }

  private async ask() {
    const openid = await import('openid-client');
    const { issuer: url, clientId, clientSecret } = this.config;
    const authentication = clientSecret === null ? openid.None() : openid.ClientSecretPost(clientSecret);
    // http only where the configuration lets it be: on loopback.
    const execute = url.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    const issuer = await openid.discovery(new URL(url), clientId, undefined, authentication, {
      execute,
      timeout: TIMEOUT_S,
    });
    return { openid, issuer };
  }
}

function flowIn(text: string | null): Flow | null {
  try {
    const flow: unknown = JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8'));
    const { state, nonce, verifier, next } = (flow ?? {}) as Partial<Flow>;
    const isWhole = [state, nonce, verifier, next].every((part) => typeof part === 'string');
    return isWhole ? (flow as Flow) : null;
  } catch {
    return null;
  }
}

/** What is thrown where there is no answer; the library puts it into the cause of its own error. */
const OUT = ['TypeError', 'TimeoutError', 'AbortError'];

/** Not a no of the issuer's, but no answer. */
function isOut(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, cause } = error as Error;
  return OUT.includes(name) || isOut(cause);
}
