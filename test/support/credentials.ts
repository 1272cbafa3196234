import type { AuthConfig } from '../../src/infrastructure/auth-config.js';
import { mintToken } from '../../src/infrastructure/http/tokens.js';

export const SECRET = 'a secret for tests that is longer than 32 bytes';

export const HS256: AuthConfig = {
  key: { kind: 'hs256', secret: SECRET },
  issuer: null,
  audience: null,
  userId: { kind: 'sub' },
};

/** A token as an issuer with our secret would sign it. */
export const tokenOf = (subject: string, scope = 'booking'): string =>
  mintToken(SECRET, { subject, scope, ttlMs: 3_600_000, issuer: null, audience: null });
