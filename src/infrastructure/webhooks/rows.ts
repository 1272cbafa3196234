import type { Delivery, DeliveryStatus, Webhook } from '../../application/ports.js';

/** All of a subscription but its secrets. */
export const WEBHOOK = `
  s.webhook_id, s.url, s.types, s.event_id, s.description, s.disabled_reason, s.disabled_at, s.failing_since, s.position,
  CASE WHEN s.old_secret_until > now() THEN s.old_secret_until END AS old_secret_until, s.created_at, s.created_by,
  s.updated_at, s.revision,
  (SELECT count(*) FROM webhooks.deliveries p WHERE p.webhook_id = s.webhook_id AND p.status = 'pending') AS pending`;

export const DELIVERY = `
  d.message_id, d.position, d.event_id, d.revision, d.type, d.status, d.attempts, d.replays, d.next_at, d.attempted_at,
  d.last_status, d.last_error, d.duration_ms`;

/** As the driver gives them: `timestamptz` as Date, `int8` as number. */
export interface WebhookRow {
  readonly webhook_id: string;
  readonly url: string;
  readonly types: readonly string[] | null;
  readonly event_id: string | null;
  readonly description: string | null;
  readonly disabled_reason: 'requested' | 'gone' | 'failing' | null;
  readonly disabled_at: Date | null;
  readonly failing_since: Date | null;
  readonly position: number;
  readonly pending: number;
  readonly old_secret_until: Date | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly updated_at: Date;
  readonly revision: number;
}

export interface DeliveryRow {
  readonly message_id: string;
  readonly position: number;
  readonly event_id: string;
  readonly revision: number;
  readonly type: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly replays: number;
  readonly next_at: Date | null;
  readonly attempted_at: Date | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly duration_ms: number | null;
}

const instantOf = (date: Date | null): number | null => date?.getTime() ?? null;

export const webhookOf = (row: WebhookRow): Webhook => ({
  webhookId: row.webhook_id,
  url: row.url,
  types: row.types,
  eventId: row.event_id,
  description: row.description,
  disabled: row.disabled_reason === null ? null : { reason: row.disabled_reason, since: row.disabled_at!.getTime() },
  failingSince: instantOf(row.failing_since),
  position: BigInt(row.position),
  pending: row.pending,
  oldSecretUntil: instantOf(row.old_secret_until),
  createdAt: row.created_at.getTime(),
  createdBy: row.created_by,
  updatedAt: row.updated_at.getTime(),
  revision: row.revision,
});

export const deliveryOf = (row: DeliveryRow): Delivery => ({
  messageId: row.message_id,
  position: BigInt(row.position),
  eventId: row.event_id,
  revision: row.revision,
  type: row.type,
  status: row.status,
  attempts: row.attempts,
  replays: row.replays,
  nextAttemptAt: instantOf(row.next_at),
  lastAttemptAt: instantOf(row.attempted_at),
  lastStatus: row.last_status,
  lastError: row.last_error,
  durationMs: row.duration_ms,
});
