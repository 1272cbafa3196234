import { createHmac } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import type { FastifyRequest } from 'fastify';
import type { AuthConfig } from '../auth-config.js';
import type { Caller } from './access.js';
import { parseJsonObject } from './json-body.js';
import { KeySet, type Claims, type Verify } from './key-set.js';
import { HttpProblem } from './problems.js';
import { timesSent } from './request.js';

type Expected = Pick<AuthConfig, 'issuer' | 'audience'>;

const MAX_TOKEN_LENGTH = 8_192;
const MAX_SUBJECT_LENGTH = 1_024;
const USER_ID = /^[A-Za-z0-9._|:-]{1,128}$/;
const RESERVED = 'system:';
/**
 * Keys, or places to fetch keys from, that a token brings along: whoever forged it chose them. And what must be understood
 * (RFC 7515, 4.1.11): there is nothing beside the standard that we do.
 */
const REFUSED_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit'];
/** The end of the year 9999, in seconds: whoever says later means never, and a token that never expires is none. */
const LATEST_EXP = 253_402_300_799;

/** Why a token was refused: for the audit line. Whoever sent it is told nothing but that it was. */
type Reason =
  | 'no-token'
  | 'malformed'
  | 'two-tokens'
  | 'header'
  | 'unknown-key'
  | 'signature'
  | 'expired'
  | 'not-yet-valid'
  | 'claims';

/** Turns the Authorization header into a caller. */
export class Authenticator {
  private readonly keys: KeySet | null;
  private readonly verify: Verify | null;
  /** The first part of the last token that was genuine: an issuer's tokens begin alike, so that it is looked into once. */
  private goodHead = '';

  constructor(private readonly config: AuthConfig) {
    const { key } = config;
    this.keys = key.kind === 'jwks' ? new KeySet(key.url, (pem, alg) => verifierOf(pem, alg, config)) : null;
    this.verify = key.kind === 'jwks' ? null : verifierOf(key.secret, 'HS256', config);
  }

  /** Throws 401, 403 for a subject that cannot be a user id, and StoreUnavailable when no key set can be had. */
  async callerOf(authorization: string | undefined): Promise<Caller> {
    if (authorization === undefined) throw unauthenticated('no-token');
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw unauthenticated('malformed');
    const verify = this.verify ?? (await this.keys?.verifierFor(keyIdOf(token)));
    if (verify == null) throw unauthenticated('unknown-key');
    const { header, payload } = this.claimsOf(verify, token);
    if (REFUSED_HEADERS.some((name) => name in header)) throw unauthenticated('header');
    const expiry = payload['exp'] as number;
    if (expiry > LATEST_EXP) throw unauthenticated('claims');
    const until = expiry * 1_000;
    return { userId: this.userIdOf(payload['sub']), scopes: scopesOf(payload['scope']), until };
  }

  /** A claim that is there twice would be one thing to us and another to the next reader. Throws 401. */
  private claimsOf(verify: Verify, token: string): Claims {
    const [head, body, signature] = token.split('.') as [string, string, string];
    try {
      const claims = verify(token);
      if (![head, body, signature].every(isWithoutSpareBits)) throw new Error('base64url with bits to spare');
      if (head !== this.goodHead) parseJsonObject(Buffer.from(head, 'base64url'));
      parseJsonObject(Buffer.from(body, 'base64url'));
      this.goodHead = head;
      return claims;
    } catch (error) {
      throw unauthenticated(reasonOf(error));
    }
  }

  private userIdOf(subject: unknown): string {
    if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT_LENGTH)
      throw unauthenticated('claims');
    const { userId } = this.config;
    if (userId.kind === 'hmac') return createHmac('sha256', userId.secret).update(subject).digest('base64url');
    if (!USER_ID.test(subject)) throw new HttpProblem('user-id-not-opaque');
    if (subject.startsWith(RESERVED)) throw new HttpProblem('forbidden');
    return subject;
  }
}

/** Of two Authorization headers Node shows the first; whoever stands before us may have looked at the other. */
export function authorizationOf({ headers, raw }: FastifyRequest): string | undefined {
  if (timesSent(raw, 'authorization') > 1) throw unauthenticated('two-tokens');
  return headers.authorization;
}

/** `key`: a shared secret for HS256, else a public key in PEM. */
function verifierOf(key: string, algorithm: string, { issuer, audience }: Expected): Verify {
  const required = ['exp', 'sub'];
  if (issuer !== null) required.push('iss');
  if (audience !== null) required.push('aud');
  // Without `required`, a claim that is absent would not be compared at all. No cache: in a rush every token is new.
  const verify = createVerifier({
    key: Buffer.from(key),
    algorithms: [algorithm as 'HS256'],
    requiredClaims: required,
    ...(issuer === null ? {} : { allowedIss: issuer }),
    ...(audience === null ? {} : { allowedAud: audience }),
    complete: true,
    cache: false,
  });
  return (token) => verify(token) as Claims;
}

/**
 * One token is one text: where the letters of a part hold more bits than its bytes, the rest of the last one must be zero,
 * or other letters would do as well.
 */
function isWithoutSpareBits(part: string): boolean {
  const last = part.at(-1)!;
  const over = part.length % 4;
  return over === 0 || (over === 2 && 'AQgw'.includes(last)) || (over === 3 && 'AEIMQUYcgkosw048'.includes(last));
}

/** The library's word for it, as ours. */
const REASONS: Readonly<Record<string, Reason>> = {
  FAST_JWT_EXPIRED: 'expired',
  FAST_JWT_INACTIVE: 'not-yet-valid',
  FAST_JWT_INVALID_SIGNATURE: 'signature',
  FAST_JWT_MISSING_SIGNATURE: 'signature',
  FAST_JWT_INVALID_ALGORITHM: 'header',
  FAST_JWT_INVALID_CRIT_HEADER: 'header',
  FAST_JWT_INVALID_CLAIM_TYPE: 'claims',
  FAST_JWT_INVALID_CLAIM_VALUE: 'claims',
  FAST_JWT_MISSING_REQUIRED_CLAIM: 'claims',
};

const reasonOf = (error: unknown): Reason => REASONS[String((error as { code?: unknown }).code)] ?? 'malformed';

/** Read before anything is verified, so good for nothing but a look into a map of keys that we fetched ourselves. */
function keyIdOf(token: string): string | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'));
    const kid = typeof header === 'object' && header !== null && 'kid' in header ? header.kid : undefined;
    if (kid !== undefined && typeof kid !== 'string') throw unauthenticated('header');
    return kid ?? null;
  } catch {
    throw unauthenticated('header');
  }
}

/** Absent: none. */
function scopesOf(claim: unknown): ReadonlySet<string> {
  if (claim !== undefined && typeof claim !== 'string') throw unauthenticated('claims');
  return new Set(claim?.split(' ').filter((scope) => scope !== ''));
}

/** All bad tokens are refused alike, to the byte: whoever tries them out learns nothing from it (RFC 6750, 3.1). */
function unauthenticated(reason: Reason): HttpProblem {
  const challenge =
    reason === 'no-token' ? 'Bearer realm="holdfast"' : 'Bearer realm="holdfast", error="invalid_token"';
  return new HttpProblem('unauthenticated', {}, { 'www-authenticate': challenge }, reason);
}
