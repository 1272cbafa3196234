import { createHmac } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import type { AuthConfig } from '../config.js';
import type { Caller } from './access.js';
import { KeySet, type Claims, type Verify } from './key-set.js';
import { HttpProblem } from './problems.js';

type Expected = Pick<AuthConfig, 'issuer' | 'audience'>;

const MAX_TOKEN_LENGTH = 8_192;
const MAX_SUBJECT_LENGTH = 1_024;
const USER_ID = /^[A-Za-z0-9._|:-]{1,128}$/;
const RESERVED = 'system:';
/** Keys, or places to fetch keys from, that a token brings along: whoever forged it chose them. */
const BROUGHT_ALONG = ['jwk', 'jku', 'x5u', 'x5c'];

/** Turns the Authorization header into a caller. */
export class Authenticator {
  private readonly keys: KeySet | null;
  private readonly verify: Verify | null;

  constructor(private readonly config: AuthConfig) {
    const { key } = config;
    this.keys = key.kind === 'jwks' ? new KeySet(key.url, (pem, alg) => verifierOf(pem, alg, config)) : null;
    this.verify = key.kind === 'jwks' ? null : verifierOf(key.secret, 'HS256', config);
  }

  /** Throws 401, 403 for a subject that cannot be a user id, and StoreUnavailable when no key set can be had. */
  async callerOf(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw unauthenticated(authorization !== undefined);
    const verify = this.verify ?? (await this.keys?.verifierFor(keyIdOf(token)));
    if (verify == null) throw unauthenticated(true);
    const { header, payload } = claimsOf(verify, token);
    if (BROUGHT_ALONG.some((name) => name in header)) throw unauthenticated(true);
    const until = Number(payload['exp']) * 1_000;
    return { userId: this.userIdOf(payload['sub']), scopes: scopesOf(payload['scope']), until };
  }

  private userIdOf(subject: unknown): string {
    if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT_LENGTH)
      throw unauthenticated(true);
    const { userId } = this.config;
    if (userId.kind === 'hmac') return createHmac('sha256', userId.secret).update(subject).digest('base64url');
    if (!USER_ID.test(subject)) throw new HttpProblem('user-id-not-opaque');
    if (subject.startsWith(RESERVED)) throw new HttpProblem('forbidden');
    return subject;
  }
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

function claimsOf(verify: Verify, token: string): Claims {
  try {
    return verify(token);
  } catch {
    throw unauthenticated(true);
  }
}

/** Read before anything is verified, so good for nothing but a look into a map of keys that we fetched ourselves. */
function keyIdOf(token: string): string | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'));
    const kid = typeof header === 'object' && header !== null && 'kid' in header ? header.kid : undefined;
    if (kid !== undefined && typeof kid !== 'string') throw unauthenticated(true);
    return kid ?? null;
  } catch {
    throw unauthenticated(true);
  }
}

const scopesOf = (claim: unknown): ReadonlySet<string> =>
  new Set(typeof claim === 'string' ? claim.split(' ').filter((scope) => scope !== '') : []);

function unauthenticated(hadToken: boolean): HttpProblem {
  const challenge = hadToken ? 'Bearer realm="holdfast", error="invalid_token"' : 'Bearer realm="holdfast"';
  return new HttpProblem('unauthenticated', {}, { 'www-authenticate': challenge });
}
