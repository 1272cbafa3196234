import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Refusal } from '../../domain/booking/commands.js';
import { refuse, type Refused } from '../../domain/decider.js';
import { PORTS } from '../envelope.js';
import type { Ids, Webhook, WebhookSecret, WebhookWish, Webhooks } from '../ports.js';
import { ReadPosition } from '../queries/read-position.js';

/** What is wrong with what was asked of a webhook: a field, or a copy that is stale. */
export type WebhookRefused = Refused<
  Extract<Refusal, { readonly reason: 'InvalidSettings' | 'PreconditionFailed' | 'NotFound' }>
>;

export type WebhookMade = ({ readonly accepted: true } & WebhookSecret) | WebhookRefused | 'too-many';

/** Tell somebody of what happens from now on. */
export class CreateWebhook extends Command<WebhookMade> {
  constructor(readonly wish: WebhookWish) {
    super();
  }
}

@CommandHandler(CreateWebhook)
export class CreateWebhookHandler implements ICommandHandler<CreateWebhook> {
  constructor(
    @Inject(PORTS.webhooks) private readonly webhooks: Webhooks,
    @Inject(PORTS.ids) private readonly ids: Ids,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ wish }: CreateWebhook): Promise<WebhookMade> {
    const refused = await urlRefused(this.webhooks, wish);
    if (refused !== null) return refused;
    const { logId, head } = await this.positions.end([]);
    const made = await this.webhooks.create(this.ids.next(), wish, head, logId);
    return made === null ? 'too-many' : { accepted: true, ...made };
  }
}

/** Null: messages may be sent there. */
export async function urlRefused(
  webhooks: Webhooks,
  { url }: Partial<Pick<Webhook, 'url'>>,
): Promise<WebhookRefused | null> {
  const expected = url === undefined ? null : await webhooks.objectionTo(url);
  return expected === null ? null : refuse({ reason: 'InvalidSettings', pointer: '/url', expected });
}
