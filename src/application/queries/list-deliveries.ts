import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { After, Delivery, DeliveryStatus, Webhooks } from '../ports.js';
import { NO_WEBHOOK } from './get-webhook.js';
import { pageOf, type Page } from './list-events.js';

/** The messages of one receiver and what became of them, the latest first; status null: all. Throws NotFound. */
export class ListDeliveries extends Query<Omit<Page<Delivery, never>, 'filter'>> {
  constructor(
    readonly webhookId: string,
    readonly status: DeliveryStatus | null,
    readonly limit: number,
    readonly after: After | null,
  ) {
    super();
  }
}

@QueryHandler(ListDeliveries)
export class ListDeliveriesHandler implements IQueryHandler<ListDeliveries> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ webhookId, status, limit, after }: ListDeliveries): Promise<Omit<Page<Delivery, never>, 'filter'>> {
    if ((await this.webhooks.find(webhookId)) === null) throw new NotFound(NO_WEBHOOK);
    const found = await this.webhooks.deliveries(webhookId, status, limit + 1, after);
    return pageOf(found, limit, ({ position }) => ({ at: Number(position), id: webhookId }));
  }
}
