import { mintToken } from '../tokens.js';
import { SCOPES, USER_ID } from '../access.js';
import { invalid } from '../problems.js';

/** Somebody is not let in; they are told why, on the page where they can try again. */
export class NotLetIn extends Error {
  constructor(
    readonly status: 401 | 413 | 503,
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(why, options);
  }
}

/** A form as it was sent; of a field that was sent more than once all values, with spaces between. */
export type Form = Readonly<Record<string, string | undefined>>;

export function formIn(body: string): Form {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body))
    form.set(name, form.has(name) ? `${form.get(name)} ${value}` : value);
  return Object.fromEntries(form);
}

/** How long a token is good that was minted here: a day's work. */
const TTL_MS = 12 * 3_600_000;
/** Pages of ours, with what they are asked for. */
const NEXT = /^\/control-room\/[A-Za-z0-9_\-/?=&%:.,+]*$/;
/** A form that was asked for by nobody. */
const ACTIONS = /^\/control-room\/(sign-in|sign-out|issuer|assets)/;

/** Where to go on; null: nowhere in particular, or not to a page of ours. */
export function nextIn(fields: unknown): string | null {
  const { next = '' } = (fields ?? {}) as Form;
  return NEXT.test(next) && !ACTIONS.test(next) ? next : null;
}

/** A token as it was pasted, perhaps with what stands before it in a header, or broken over lines. */
export const tokenIn = ({ token = '' }: Form): string => token.replace(/^\s*Bearer\s+/i, '').replace(/\s+/g, '');

/** A token for whoever works on this machine. Throws 400. */
export function grantIn({ user = '', scope = '' }: Form, secret: string): string {
  if (!new RegExp(USER_ID).test(user))
    throw invalid({ pointer: '/user', expected: '1 to 128 of A-Z a-z 0-9 . _ | : -' });
  const scopes = scope.split(' ').filter((each) => each !== '');
  if (!scopes.every((each) => (SCOPES as readonly string[]).includes(each)))
    throw invalid({ pointer: '/scope', expected: SCOPES.join(', ') });
  return mintToken(secret, { subject: user, scope: scopes.join(' '), ttlMs: TTL_MS, issuer: null, audience: null });
}

/** When a token that was not verified says that it expires, in milliseconds since 1970; null: it does not say. */
export function expiryIn(token: string): number | null {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { exp } = (payload ?? {}) as { exp?: unknown };
    return typeof exp === 'number' && Number.isFinite(exp) && Math.abs(exp) < 1e11 ? exp * 1_000 : null;
  } catch {
    return null;
  }
}

/** Why nobody is let in, in a sentence; null where nobody has tried. */
export function whyRefused(
  code: string,
  { isNew, hadCookie, expiredAt, now }: { isNew: boolean; hadCookie: boolean; expiredAt: number | null; now: number },
): string | null {
  if (code === 'user-id-not-opaque') return 'The subject of this token cannot be a user id here.';
  if (!isNew && !hadCookie) return null;
  if (expiredAt !== null && expiredAt <= now)
    return isNew
      ? 'This token has expired.'
      : 'Your token has expired. Sign in again, and you are back where you were.';
  return isNew
    ? 'This token is not accepted: it was not signed by an issuer that this service trusts, or a piece of it is missing.'
    : 'Your token is no longer accepted. Sign in again.';
}
