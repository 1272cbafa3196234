import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { Webhooks } from '../ports.js';
import { NO_WEBHOOK } from '../queries/get-webhook.js';

/** Tell a receiver nothing any more, and forget it with its deliveries. Throws NotFound. */
export class DeleteWebhook extends Command<void> {
  constructor(readonly webhookId: string) {
    super();
  }
}

@CommandHandler(DeleteWebhook)
export class DeleteWebhookHandler implements ICommandHandler<DeleteWebhook> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ webhookId }: DeleteWebhook): Promise<void> {
    if (!(await this.webhooks.remove(webhookId))) throw new NotFound(NO_WEBHOOK);
  }
}
