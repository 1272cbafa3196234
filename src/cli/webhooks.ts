import type { Command } from 'commander';
import { UnknownPosition } from '../application/errors.js';
import type { Delivery, DeliveryStatus, MeasuredFeed, Position, Webhook, Webhooks } from '../application/ports.js';
import { positionIn, positionToken } from '../application/position-token.js';
import { RULES } from '../infrastructure/http/fields.js';
import { Secrets } from '../infrastructure/webhooks/secrets.js';
import { DELIVERER } from '../infrastructure/webhooks/settings.js';
import { MOST_WEBHOOKS, PostgresWebhooks } from '../infrastructure/webhooks/subscriptions.js';
import { Targets } from '../infrastructure/webhooks/targets.js';
import { consent, writes, type WriteOptions } from './consent.js';
import { UsageError, withStores } from './open.js';

const EXIT_CODES = `
What is sent, and when: docs/webhooks.md.

Exit codes: 0 done, 1 it could not be done.
`;
const LIST = `
Example:
  holdfast webhooks list          # which receivers there are, how far each is, and which are disabled
`;
const DELIVERIES = `
Examples:
  holdfast webhooks deliveries 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11 --status given-up
  holdfast webhooks deliveries 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11 --limit 5 --json
`;
const REPLAY = `
Examples:
  holdfast webhooks replay 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11 --message 0722bdd9-4c1e-8d0b-9f3b-8a8d0f9f3c11
  holdfast webhooks replay 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11 --from 0f92efe2-00000000000000000002 --dry-run

With --from it asks first: what is sent again cannot be called back.
`;
const ENABLE = `
Example:
  holdfast webhooks enable 01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11    # goes on where it stood
`;
const STATUSES: readonly string[] = ['pending', 'delivered', 'given-up'] satisfies DeliveryStatus[];
const MOST_ROWS = 1_000;

interface Json {
  readonly json?: true;
}

/** `holdfast webhooks list`, `deliveries`, `replay` and `enable`. */
export function registerWebhooks(program: Command): void {
  const webhooks = program.command('webhooks').description('who is told of what happens, and how that goes');
  const json = (command: Command): Command => command.option('--json', 'as JSON');
  const verb = (name: string, description: string, examples: string, options = json): Command =>
    options(webhooks.command(name))
      .description(description)
      .addHelpText('after', examples + EXIT_CODES);
  verb('list', 'the receivers, the oldest first', LIST).action(list);
  verb('deliveries', 'what a receiver was sent, the latest first', DELIVERIES)
    .argument('<webhookId>', 'as the list shows it')
    .option('--status <status>', STATUSES.join(' or '))
    .option('--limit <rows>', `at most so many, up to ${MOST_ROWS}`, '50')
    .action(deliveries);
  verb('replay', 'send one message again, or all from a position on', REPLAY, writes)
    .argument('<webhookId>', 'as the list shows it')
    .option('--message <messageId>', 'this one')
    .option('--from <position>', 'everything from here on')
    .action(replay);
  verb('enable', 'tell a receiver that is disabled again', ENABLE)
    .argument('<webhookId>', 'as the list shows it')
    .action(enable);
}

const list = (options: Json): Promise<void> =>
  over(async (webhooks, logId) => {
    const found = await webhooks.list(MOST_WEBHOOKS, null);
    print(options, { webhooks: found.map((each) => shown(each, logId)) }, found.map(sentence), 'there are no webhooks');
  });

const deliveries = (
  id: string,
  options: Json & { readonly status?: string; readonly limit: string },
): Promise<void> => {
  const { status = null } = options;
  if (status !== null && !STATUSES.includes(status))
    throw new UsageError(`--status: expected ${STATUSES.join(' or ')}`);
  const limit = /^[1-9]\d{0,3}$/.test(options.limit) ? Number(options.limit) : MOST_ROWS + 1;
  if (limit > MOST_ROWS) throw new UsageError(`--limit: expected a whole number from 1 to ${MOST_ROWS}`);
  return over(async (webhooks, logId) => {
    await existing(webhooks, id);
    const found = await webhooks.deliveries(id, status as DeliveryStatus | null, limit, null);
    const told = { webhookId: id, deliveries: found.map((each) => shown(each, logId)) };
    print(options, told, found.map(outcome), 'there are no such deliveries');
  });
};

interface ReplayOptions extends WriteOptions {
  readonly message?: string;
  readonly from?: string;
}

const replay = (id: string, options: ReplayOptions): Promise<void> => {
  const { message, from, dryRun } = options;
  if ((message === undefined) === (from === undefined)) throw new UsageError('expected one of --message and --from');
  if (message !== undefined && !RULES.bookingId.test(message))
    throw new UsageError(`--message: expected ${RULES.bookingId.expected}`);
  if (message !== undefined && dryRun) throw new UsageError('--dry-run: expected --from beside it, not --message');
  return over(async (webhooks, logId, feed) => {
    await existing(webhooks, id);
    if (message !== undefined) {
      const delivery = await webhooks.replay(id, message);
      if (delivery === null)
        throw new UsageError(`--message: expected one that ${id} was sent and that is still known`);
      return print(options, shown(delivery, logId), [outcome(delivery)]);
    }
    const position = await placeBefore(from!, logId, feed);
    await consent(`Send ${id} everything from ${from!} on again?`, options);
    if (dryRun)
      return print(options, { dryRun, webhookId: id, from }, [
        `${id}: everything from ${from!} on would be sent again`,
      ]);
    const webhook = await webhooks.replayAfter(id, position, logId);
    if (webhook !== null) print(options, shown(webhook, logId), [sentence(webhook)]);
  });
};

const enable = (id: string, options: Json): Promise<void> =>
  over(async (webhooks, logId) => {
    await existing(webhooks, id);
    const webhook = await webhooks.change(id, { enabled: true }, null);
    if (webhook !== null) print(options, shown(webhook, logId), [sentence(webhook)]);
  });

/** Nothing is signed or sent from here, so no key is needed. */
const over = (work: (webhooks: Webhooks, logId: string, feed: MeasuredFeed) => Promise<void>): Promise<void> =>
  withStores(async ({ pool, log }) => {
    const webhooks = new PostgresWebhooks(pool, new Targets(false), new Secrets(null), DELIVERER);
    await work(webhooks, await log.store.identity(), log.feed);
  });

async function existing(webhooks: Webhooks, id: string): Promise<void> {
  const known = RULES.bookingId.test(id) && (await webhooks.find(id)) !== null;
  if (!known) throw new UsageError(`<webhookId>: expected one of those that "holdfast webhooks list" shows`);
}

async function placeBefore(token: string, logId: string, feed: MeasuredFeed): Promise<Position> {
  try {
    return await feed.lastBefore(positionIn(token, logId));
  } catch (error) {
    if (!(error instanceof UnknownPosition)) throw error;
    throw new UsageError('--from: expected a position of this log, as Holdfast-Position or a delivery shows it');
  }
}

const INSTANTS = /(At|Since|Until|since)$/;

/** Positions and instants as the API shows them. */
function shown({ position, ...rest }: Webhook | Delivery, logId: string): object {
  const text = (name: string, value: unknown): unknown =>
    INSTANTS.test(name) && typeof value === 'number' ? new Date(value).toISOString() : value;
  return JSON.parse(JSON.stringify({ ...rest, position: positionToken(logId, position) }, text)) as object;
}

function sentence({ webhookId, url, disabled, pending, failingSince }: Webhook): string {
  // What stands behind the path may be a secret of the receiver's.
  const { origin, pathname } = new URL(url);
  const at = (instant: number): string => new Date(instant).toISOString();
  const state = disabled === null ? 'enabled' : `disabled since ${at(disabled.since)} (${disabled.reason})`;
  const failing = failingSince === null ? '' : `, failing since ${at(failingSince)}`;
  return `${webhookId}  ${state}, ${pending} pending${failing}  ${origin}${pathname}`;
}

function outcome({ messageId, eventId, revision, type, status, attempts, lastStatus, lastError }: Delivery): string {
  const last = lastError === null ? '' : `, ${lastError}${lastStatus === null ? '' : ` (${lastStatus})`}`;
  return `${messageId}  ${eventId} revision ${revision} ${type}: ${status}, ${attempts} attempts${last}`;
}

function print({ json }: Json, told: object, lines: readonly string[], none = ''): void {
  const text = lines.length === 0 ? none : lines.join('\n');
  process.stdout.write(json ? `${JSON.stringify(told, null, 2)}\n` : `${text}\n`);
}
