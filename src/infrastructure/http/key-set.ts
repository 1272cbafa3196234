import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { StoreUnavailable } from '../../application/errors.js';

/** The algorithm is ours to choose, never the token's. Throws for a token that is not good. */
export type Verify = (token: string) => Claims;

/** A token whose signature, times, issuer and audience are in order. */
export interface Claims {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

const FETCH_TIMEOUT_MS = 3_000;
const MAX_BYTES = 262_144;
const MAX_KEYS = 100;
/** A set is asked for again after this long; until an answer comes the old one serves. */
const FRESH_MS = 600_000;
/** A set that could not be fetched again for so long may name keys that were withdrawn: no token is taken on its word. */
const STALE_MS = 86_400_000;
/** Tokens with unknown key ids cannot make us fetch more often than this; nor can anything while there is no set. */
const MIN_INTERVAL_MS = 10_000;
const FIRST_INTERVAL_MS = 1_000;
const MIN_RSA_BITS = 2_048;

interface Key {
  readonly kid: string | null;
  readonly verify: Verify;
}

/** The public keys of an issuer (RFC 7517), fetched from one address, cached, and fetched again when a new key shows up. */
export class KeySet {
  private keys: readonly Key[] | null = null;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private fetching: Promise<void> | null = null;

  constructor(
    private readonly url: string,
    private readonly verifierOf: (pem: string, algorithm: string) => Verify,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Null: no such key. Without a key id only a set of one key is unambiguous. Throws StoreUnavailable without a set. */
  async verifierFor(kid: string | null): Promise<Verify | null> {
    const ageMs = this.nowMs() - this.fetchedAt;
    if (ageMs > STALE_MS) this.keys = null;
    if (ageMs > FRESH_MS) {
      const refreshed = this.refresh();
      if (this.keys === null) await refreshed;
    }
    const known = this.find(kid);
    if (known !== null) return known;
    await this.refresh();
    if (this.keys === null) throw new StoreUnavailable('the keys that tokens are checked with cannot be fetched');
    return this.find(kid);
  }

  private find(kid: string | null): Verify | null {
    const keys = this.keys ?? [];
    if (kid === null) return keys.length === 1 ? keys[0]!.verify : null;
    return keys.find((key) => key.kid === kid)?.verify ?? null;
  }

  /** One fetch at a time, and not too often. Never rejects: without a new set the old one stays. */
  private refresh(): Promise<void> {
    if (this.fetching !== null) return this.fetching;
    const intervalMs = this.keys === null ? FIRST_INTERVAL_MS : MIN_INTERVAL_MS;
    if (this.nowMs() - this.triedAt < intervalMs) return Promise.resolve();
    this.triedAt = this.nowMs();
    this.fetching = this.fetchKeys()
      .then((keys) => {
        this.keys = keys;
        this.fetchedAt = this.nowMs();
      })
      .catch(() => undefined)
      .finally(() => (this.fetching = null));
    return this.fetching;
  }

  private async fetchKeys(): Promise<readonly Key[]> {
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    const response = await fetch(this.url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    const { keys } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { keys?: unknown };
    if (!Array.isArray(keys)) throw new Error('no keys');
    return keys.slice(0, MAX_KEYS).flatMap((jwk) => this.usableKey(jwk));
  }

  /** A key of a kind that we do not take is passed over, not an error: issuers publish keys for other purposes too. */
  private usableKey(jwk: unknown): Key[] {
    if (typeof jwk !== 'object' || jwk === null) return [];
    const { kid, use, alg } = jwk as Record<string, unknown>;
    if (use !== undefined && use !== 'sig') return [];
    try {
      const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
      const algorithm = algorithmOf(key.asymmetricKeyType, key.asymmetricKeyDetails ?? {});
      if (algorithm === null || (alg !== undefined && alg !== algorithm)) return [];
      const pem = key.export({ type: 'spki', format: 'pem' }).toString();
      return [{ kid: typeof kid === 'string' ? kid : null, verify: this.verifierOf(pem, algorithm) }];
    } catch {
      return [];
    }
  }
}

/** The key decides the algorithm, so a token cannot talk us into another one. Shared secrets are never taken. */
function algorithmOf(
  type: string | undefined,
  { modulusLength = 0, namedCurve }: { modulusLength?: number; namedCurve?: string },
): string | null {
  if (type === 'rsa') return modulusLength >= MIN_RSA_BITS ? 'RS256' : null;
  if (type === 'ec') return namedCurve === 'prime256v1' ? 'ES256' : null;
  return type === 'ed25519' ? 'EdDSA' : null;
}
