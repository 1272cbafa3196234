import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { authorizationOf } from './auth.js';

/** How a browser keeps the token for the control room. */
export interface CookieRules {
  readonly name: string;
  /** Over https only. Browsers take a name with the prefix `__Host-` from nobody but this very host, over https. */
  readonly isSecure: boolean;
}

/** `production`: as in the configuration. On loopback http a browser would not keep the other one. */
export const cookieRules = (production: boolean): CookieRules =>
  production ? { name: '__Host-holdfast', isSecure: true } : { name: 'holdfast', isSecure: false };

/** The header that a script of ours sends with everything but reads: other sites cannot make a browser send it. */
const CSRF_HEADER = 'holdfast-csrf';

/** How long a browser keeps the cookie beyond its token's end, so that we can say that it ended. */
const KEPT_AFTER_MS = 86_400_000;

/**
 * The Authorization header, or else what the cookie stands for, as if it were one. The cookie counts only where the
 * browser does not say that another site is asking and, for anything but a read, with `Holdfast-CSRF: 1` and no other
 * origin. A header, however wrong, goes before a cookie.
 */
export function credentialOf(request: FastifyRequest, rules: CookieRules): string | undefined {
  const authorization = authorizationOf(request);
  if (authorization !== undefined) return authorization;
  const token = cookieIn(request.headers.cookie, rules.name);
  if (token === null || !isFromOurPages(request.headers)) return undefined;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead || request.headers[CSRF_HEADER] === '1' ? `Bearer ${token}` : undefined;
}

/** False where the browser says that another page, or another origin, is asking. Programs that are none say nothing. */
export function isFromOurPages({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  // Behind a proxy that ends TLS we do not know our own scheme; the host is what tells two apart.
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

/** Null: it was not sent, or more than once, which no browser does by our own doing. */
export function cookieIn(header: string | undefined, name: string): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0]! : null;
}

/** `until`: when the token expires; both in milliseconds since 1970. */
export function setCookie({ name, isSecure }: CookieRules, token: string, until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until + KEPT_AFTER_MS - now) / 1_000));
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;
}

export const clearCookie = (rules: CookieRules): string => setCookie(rules, '', 0, Number.MAX_SAFE_INTEGER);
