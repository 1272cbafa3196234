import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { OutcomeUnknown, StoreUnavailable } from '../../application/errors.js';
import type {
  After,
  Attempt,
  Delivery,
  DeliveryStatus,
  Position,
  Webhook,
  WebhookChange,
  WebhookSecret,
  WebhookWish,
  Webhooks,
} from '../../application/ports.js';
import { isRolledBack } from '../event-store/postgres-statements.js';
import { post, type PostBounds } from './post.js';
import { DELIVERY, WEBHOOK, deliveryOf, webhookOf, type DeliveryRow, type WebhookRow } from './rows.js';
import { SecretUnreadable, UNSIGNED, type Secrets } from './secrets.js';
import type { Targets } from './targets.js';

/** Subscriptions at most: each of them is a reader of the whole log. */
export const MOST_WEBHOOKS = 1_000;

type Value = string | number | boolean | readonly string[] | null;

/** Subscriptions in schema `webhooks`. Each call is one statement: what it does, it does whole. */
export class PostgresWebhooks implements Webhooks {
  constructor(
    private readonly pool: pg.Pool,
    private readonly targets: Targets,
    private readonly secrets: Secrets,
    private readonly bounds: PostBounds,
  ) {}

  objectionTo(url: string): Promise<string | null> {
    return this.targets.objectionTo(url);
  }

  async create(webhookId: string, wish: WebhookWish, position: Position, logId: string): Promise<WebhookSecret | null> {
    const { url, types, eventId, description, createdBy } = wish;
    const secret = this.secrets.make();
    const kept = this.secrets.seal(secret, webhookId);
    const [row] = await this.write<WebhookRow>(CREATE, [
      ...[webhookId, url, types, eventId, description, createdBy, kept, Number(position), logId, MOST_WEBHOOKS],
    ]);
    return row === undefined ? null : { webhook: webhookOf(row), secret };
  }

  async find(webhookId: string): Promise<Webhook | null> {
    const [row] = await this.read<WebhookRow>(FIND, [webhookId]);
    return row === undefined ? null : webhookOf(row);
  }

  async list(limit: number, after: After | null): Promise<readonly Webhook[]> {
    const from = after === null ? '-infinity' : new Date(after.at).toISOString();
    return (await this.read<WebhookRow>(LIST, [from, after?.id ?? FIRST_ID, limit])).map(webhookOf);
  }

  async change(
    webhookId: string,
    change: WebhookChange,
    ifMatch: Parameters<Webhooks['change']>[2],
  ): Promise<Webhook | null> {
    const { url = null, types = null, description = null, enabled = null } = change;
    const revision = ifMatch === null || ifMatch === 'exists' ? null : ifMatch.revision;
    const said = ['types' in change, 'description' in change];
    const [row] = await this.write<WebhookRow>(CHANGE, [
      ...[webhookId, url, said[0]!, types, said[1]!, description, enabled, revision],
    ]);
    return row === undefined ? null : webhookOf(row);
  }

  async remove(webhookId: string): Promise<boolean> {
    return (await this.write(REMOVE, [webhookId])).length > 0;
  }

  async rotateSecret(webhookId: string): Promise<WebhookSecret | null> {
    const secret = this.secrets.make();
    const [row] = await this.write<WebhookRow>(ROTATE, [webhookId, this.secrets.seal(secret, webhookId)]);
    return row === undefined ? null : { webhook: webhookOf(row), secret };
  }

  async deliveries(
    webhookId: string,
    status: DeliveryStatus | null,
    limit: number,
    after: After | null,
  ): Promise<readonly Delivery[]> {
    const values = [webhookId, status, after?.at ?? Number.MAX_SAFE_INTEGER, limit];
    return (await this.read<DeliveryRow>(DELIVERIES, values)).map(deliveryOf);
  }

  async replay(webhookId: string, messageId: string): Promise<Delivery | null> {
    const [row] = await this.write<DeliveryRow>(REPLAY, [webhookId, messageId]);
    return row === undefined ? null : deliveryOf(row);
  }

  async replayAfter(webhookId: string, position: Position, logId: string): Promise<Webhook | null> {
    await this.write(REPLAY_AFTER, [webhookId, Number(position), logId]);
    return this.find(webhookId);
  }

  async test(webhookId: string): Promise<Attempt | null> {
    const [row] = await this.read<{ url: string; secret: string }>(TARGET, [webhookId]);
    if (row === undefined) return null;
    let keys: string[];
    try {
      keys = [this.secrets.open(row.secret, webhookId)];
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error;
      return UNSIGNED;
    }
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({ type: 'WebhookTest', timestamp, data: { webhookId } });
    const message = { id: randomUUID(), body };
    return post(this.targets, new URL(row.url), message, keys, this.bounds, new AbortController().signal);
  }

  private async read<Row extends object>(text: string, values: readonly Value[]): Promise<Row[]> {
    try {
      return (await this.pool.query<Row & pg.QueryResultRow>(text, [...values])).rows;
    } catch (error) {
      throw bugIn(error) ?? new StoreUnavailable(`webhooks cannot be read: ${toldOf(error)}`);
    }
  }

  /** One statement, so the server commits it or not; a session that ends without an answer leaves that open. */
  private async write<Row extends object>(text: string, values: readonly Value[]): Promise<Row[]> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw new StoreUnavailable(`webhooks cannot be reached: ${toldOf(error)}`);
    });
    try {
      const { rows } = await client.query<Row & pg.QueryResultRow>(text, [...values]);
      client.release();
      return rows;
    } catch (error) {
      const isDefinite = isRolledBack(error);
      client.release(!isDefinite);
      if (isDefinite) throw bugIn(error) ?? new StoreUnavailable(`webhooks cannot be written: ${toldOf(error)}`);
      throw new OutcomeUnknown(`webhooks did not answer: ${toldOf(error)}`);
    }
  }
}

/** Beside its message the server quotes the whole row, and there is a secret in it. */
const toldOf = (error: unknown): string =>
  error instanceof pg.DatabaseError ? `SQLSTATE ${error.code}` : (error as Error).message;

const bugIn = (error: unknown): Error | null =>
  error instanceof pg.DatabaseError && /^(22|23|42)/.test(error.code ?? '')
    ? new Error(`a statement on webhooks failed: ${toldOf(error)}`)
    : null;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const CHANGED = `updated_at = date_trunc('milliseconds', now()), revision = nextval('webhooks.subscription_revision')`;

const CREATE = `
  INSERT INTO webhooks.subscriptions AS s (
    webhook_id, url, types, event_id, description, created_by, secret, position, log_id)
  SELECT $1, $2, $3::text[], $4, $5, $6, $7, $8, $9
  WHERE (SELECT count(*) FROM webhooks.subscriptions) < $10
  RETURNING ${WEBHOOK}`;

const FIND = `SELECT ${WEBHOOK} FROM webhooks.subscriptions s WHERE webhook_id = $1`;

const LIST = `
  SELECT ${WEBHOOK} FROM webhooks.subscriptions s
  WHERE (created_at, webhook_id) > ($1::timestamptz, $2::uuid) ORDER BY created_at, webhook_id LIMIT $3`;

/**
 * $3 and $5 say whether types and description are meant; null stands for "unchanged" elsewhere. Enabled again, what waited
 * is due at once and its three days begin anew.
 */
const CHANGE = `
  WITH changed AS (
    UPDATE webhooks.subscriptions
    SET url = coalesce($2, url), types = CASE WHEN $3 THEN $4::text[] ELSE types END,
        description = CASE WHEN $5 THEN $6 ELSE description END,
        status = CASE $7::boolean WHEN true THEN 'enabled' WHEN false THEN 'disabled' ELSE status END,
        disabled_reason = CASE WHEN $7 THEN NULL WHEN NOT $7 AND status = 'enabled' THEN 'requested' ELSE disabled_reason END,
        disabled_at = CASE WHEN $7 THEN NULL WHEN NOT $7 AND status = 'enabled' THEN now() ELSE disabled_at END,
        failing_since = CASE WHEN $7 THEN NULL ELSE failing_since END, held_until = CASE WHEN $7 THEN NULL ELSE held_until END,
        ${CHANGED}
    WHERE webhook_id = $1 AND ($8::bigint IS NULL OR revision = $8)
    RETURNING *),
  due AS (
    UPDATE webhooks.deliveries d SET next_at = now(), attempts = 0, first_at = NULL
    FROM changed WHERE $7 AND d.webhook_id = changed.webhook_id AND d.status = 'pending')
  SELECT ${WEBHOOK} FROM changed s`;

const REMOVE = 'DELETE FROM webhooks.subscriptions WHERE webhook_id = $1 RETURNING webhook_id';

const ROTATE = `
  UPDATE webhooks.subscriptions AS s
  SET secret = $2, old_secret = secret, old_secret_until = date_trunc('milliseconds', now()) + interval '24 hours', ${CHANGED}
  WHERE webhook_id = $1 RETURNING ${WEBHOOK}`;

const DELIVERIES = `
  SELECT ${DELIVERY} FROM webhooks.deliveries d
  WHERE webhook_id = $1 AND ($2::text IS NULL OR status = $2) AND position < $3 ORDER BY position DESC LIMIT $4`;

const REPLAY = `
  UPDATE webhooks.deliveries AS d
  SET status = 'pending', next_at = now(), attempts = 0, first_at = NULL, replays = replays + 1
  WHERE webhook_id = $1 AND message_id = $2 RETURNING ${DELIVERY}`;

/**
 * Within one log it only goes back, so that nothing is left out; a place in another log is none in this one, whichever is
 * the greater number. What is pending beyond that position waits until the subscription has come to it again.
 */
const REPLAY_AFTER = `
  UPDATE webhooks.subscriptions
  SET position = CASE WHEN log_id = $3 THEN least(position, $2::bigint) ELSE $2 END, log_id = $3, ${CHANGED}
  WHERE webhook_id = $1`;

const TARGET = 'SELECT url, secret FROM webhooks.subscriptions WHERE webhook_id = $1';
