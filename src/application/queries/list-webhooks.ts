import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import type { After, Webhook, Webhooks } from '../ports.js';
import { pageOf, type Page } from './list-events.js';

/** Receivers, the oldest first. */
export class ListWebhooks extends Query<Omit<Page<Webhook, never>, 'filter'>> {
  constructor(
    readonly limit: number,
    readonly after: After | null,
  ) {
    super();
  }
}

@QueryHandler(ListWebhooks)
export class ListWebhooksHandler implements IQueryHandler<ListWebhooks> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ limit, after }: ListWebhooks): Promise<Omit<Page<Webhook, never>, 'filter'>> {
    const found = await this.webhooks.list(limit + 1, after);
    return pageOf(found, limit, ({ createdAt: at, webhookId: id }) => ({ at, id }));
  }
}
