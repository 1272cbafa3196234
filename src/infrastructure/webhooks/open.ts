import type pg from 'pg';
import type { Config } from '../config.js';
import { createPool } from '../postgres/pool.js';
import { Deliverer, type Surroundings } from './deliverer.js';
import { Secrets } from './secrets.js';
import { DELIVERER } from './settings.js';
import { PostgresWebhooks } from './subscriptions.js';
import { Targets } from './targets.js';

/** A statement takes some milliseconds; one that takes seconds is given up, and tried again later. In milliseconds. */
const BOUNDS = {
  connectTimeoutMs: 2_000,
  ...{ statementTimeoutMs: 4_000, lockTimeoutMs: 2_000, idleInTransactionTimeoutMs: 2_000, queryTimeoutMs: 5_000 },
};
const CONNECTIONS = 4;

interface OpenWebhooks {
  /** Over the pool of the requests. */
  readonly subscriptions: PostgresWebhooks;
  /** Over a pool of its own. Null: this process tells nobody anything. */
  readonly deliverer: Deliverer | null;
}

/** Opens no connection by itself. */
export function openWebhooks(
  url: string,
  pool: pg.Pool,
  { webhooks, limits }: Pick<Config, 'webhooks' | 'limits'>,
  around: Omit<Surroundings, 'pool' | 'targets' | 'secrets'>,
): OpenWebhooks {
  const targets = new Targets(webhooks.allowPrivate);
  const secrets = new Secrets(webhooks.key);
  const subscriptions = new PostgresWebhooks(pool, targets, secrets, DELIVERER);
  if (!webhooks.deliver) return { subscriptions, deliverer: null };
  const { logger } = around;
  const own = createPool(url, { ...BOUNDS, max: CONNECTIONS, applicationName: 'holdfast-webhooks', logger });
  const settings = { ...DELIVERER, pollMs: limits.webhookPollMs, leaseMs: limits.webhookLeaseMs };
  return { subscriptions, deliverer: new Deliverer({ ...around, pool: own, targets, secrets }, settings) };
}
