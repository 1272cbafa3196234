import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { Webhook, Webhooks } from '../ports.js';

export const NO_WEBHOOK = 'no such webhook';

/** One receiver, and how it stands. Throws NotFound. */
export class GetWebhook extends Query<Webhook> {
  constructor(readonly webhookId: string) {
    super();
  }
}

@QueryHandler(GetWebhook)
export class GetWebhookHandler implements IQueryHandler<GetWebhook> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ webhookId }: GetWebhook): Promise<Webhook> {
    const webhook = await this.webhooks.find(webhookId);
    if (webhook === null) throw new NotFound(NO_WEBHOOK);
    return webhook;
  }
}
