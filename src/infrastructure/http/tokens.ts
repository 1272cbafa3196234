import { createSigner } from 'fast-jwt';

export interface Grant {
  /** The claim `sub`: the user id. */
  readonly subject: string;
  /** Space-separated. */
  readonly scope: string;
  readonly ttlMs: number;
  /** Claims `iss` and `aud`; null: left out. */
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** Signs a token (HS256) that this service accepts while it uses the same secret. */
export function mintToken(secret: string, { subject, scope, ttlMs, issuer, audience }: Grant): string {
  const sign = createSigner({
    key: Buffer.from(secret),
    algorithm: 'HS256',
    expiresIn: ttlMs,
    ...(issuer === null ? {} : { iss: issuer }),
    ...(audience === null ? {} : { aud: audience }),
  });
  return sign({ sub: subject, scope });
}
