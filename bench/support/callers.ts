import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mintToken } from '../../src/infrastructure/http/tokens.js';

/** How to speak for a user. */
export interface Voice {
  readonly token: string;
  /** Goes into the body of a booking: empty when the token is the user's own. */
  readonly onBehalf: { readonly userId?: string };
}

/** Who our programs pretend to be. */
export interface Callers {
  as(userId: string): Voice;
  /** Schedules events and sees everybody's bookings. */
  readonly manager: string;
}

const MANAGER = 'bench-manager';
const TTL_MS = 24 * 3_600_000;

/** Every user with a token of their own, made with the secret that the service checks with. */
function mintingCallers(secret: string, env: NodeJS.ProcessEnv): Callers {
  const issuer = env['AUTH_ISSUER'] || null;
  const audience = env['AUTH_AUDIENCE'] || null;
  const mint = (subject: string, scope: string): string =>
    mintToken(secret, { subject, scope, ttlMs: TTL_MS, issuer, audience });
  // As many as there are users: the pool is bounded, and a token is some 200 bytes.
  const voices = new Map<string, Voice>();
  return {
    manager: mint(MANAGER, 'booking booking:any event:manage'),
    as(userId) {
      const known = voices.get(userId);
      if (known !== undefined) return known;
      const voice = { token: mint(userId, 'booking'), onBehalf: {} };
      voices.set(userId, voice);
      return voice;
    },
  };
}

/** One token of the box office for everybody (scopes `booking:any event:manage`): bookings name their user. */
function boxOffice(token: string): Callers {
  return { manager: token, as: (userId) => ({ token, onBehalf: { userId } }) };
}

/**
 * Callers for a service that was there before us: with the given token; else with `AUTH_HS256_SECRET`; else with the
 * development secret in its data directory. Throws, with what to do, when there is none.
 */
export function callersFor(token: string | null, dataDir: string, env: NodeJS.ProcessEnv): Callers {
  if (token !== null) return boxOffice(token);
  const shared = env['AUTH_HS256_SECRET'];
  if (shared !== undefined && shared !== '') return mintingCallers(shared, env);
  const file = path.join(dataDir, 'secret');
  try {
    return mintingCallers(readFileSync(file, 'utf8').trim(), env);
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`No way to make tokens (${why}). Give --token, AUTH_HS256_SECRET, or the service's DATA_DIR.`, {
      cause: error,
    });
  }
}
