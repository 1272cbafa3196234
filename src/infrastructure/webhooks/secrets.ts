import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from 'node:crypto';
import type { Attempt } from '../../application/ports.js';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = 'aes256gcm:';
const PLAIN = 'plain:';

/** A kept secret cannot be opened: another WEBHOOKS_KEY, or a row that was tampered with. */
export class SecretUnreadable extends Error {}

/** How an attempt ends whose message cannot be signed. */
export const UNSIGNED: Attempt = { status: null, error: 'secret-unreadable', durationMs: 0, retryAfterMs: null };

/** Makes the secrets that messages are signed with, and keeps them as rows can hold them. */
export class Secrets {
  private readonly key: Buffer | null;

  /** `key` is the setting WEBHOOKS_KEY; null: secrets are kept as they are. */
  constructor(key: string | null) {
    this.key = key === null ? null : hash('sha256', `holdfast webhooks: ${key}`, 'buffer');
  }

  /** `whsec_` and 32 random bytes in base64 (Standard Webhooks asks for 24 to 64). */
  make(): string {
    return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
  }

  /** Good in the row of this subscription only. */
  seal(secret: string, webhookId: string): string {
    if (this.key === null) return PLAIN + secret;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(webhookId));
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return SEALED + Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
  }

  /** Throws SecretUnreadable. */
  open(kept: string, webhookId: string): string {
    if (kept.startsWith(PLAIN)) return kept.slice(PLAIN.length);
    if (this.key === null || !kept.startsWith(SEALED)) throw new SecretUnreadable('WEBHOOKS_KEY is not set');
    const bytes = Buffer.from(kept.slice(SEALED.length), 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(webhookId))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw new SecretUnreadable('it was made with another WEBHOOKS_KEY');
    }
  }

  /**
   * What messages are signed with: the present secret, and the one before while it signs too. One before that cannot be
   * opened is left out: it was rotated because its key is lost. Throws SecretUnreadable for the present one.
   */
  openBoth(kept: string, keptBefore: string | null, webhookId: string): string[] {
    const present = this.open(kept, webhookId);
    try {
      return keptBefore === null ? [present] : [present, this.open(keptBefore, webhookId)];
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
      return [present];
    }
  }
}

/**
 * The header `webhook-signature` of Standard Webhooks: one signature for each secret, with a blank between them. Each is
 * HMAC-SHA256, under the bytes that the secret's base64 stands for, of `id.timestamp.body`.
 */
export function signatureOf(secrets: readonly string[], id: string, timestamp: number, body: string): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
}
