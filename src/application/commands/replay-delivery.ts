import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { Delivery, Webhooks } from '../ports.js';

/** Send one message again, whatever became of it. Throws NotFound. */
export class ReplayDelivery extends Command<Delivery> {
  constructor(
    readonly webhookId: string,
    readonly messageId: string,
  ) {
    super();
  }
}

@CommandHandler(ReplayDelivery)
export class ReplayDeliveryHandler implements ICommandHandler<ReplayDelivery> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ webhookId, messageId }: ReplayDelivery): Promise<Delivery> {
    const delivery = await this.webhooks.replay(webhookId, messageId);
    if (delivery === null) throw new NotFound('no such delivery');
    return delivery;
  }
}
