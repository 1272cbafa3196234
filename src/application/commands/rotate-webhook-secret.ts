import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { WebhookSecret, Webhooks } from '../ports.js';
import { NO_WEBHOOK } from '../queries/get-webhook.js';

/** Sign with another secret; the one before signs too for a day. Throws NotFound. */
export class RotateWebhookSecret extends Command<WebhookSecret> {
  constructor(readonly webhookId: string) {
    super();
  }
}

@CommandHandler(RotateWebhookSecret)
export class RotateWebhookSecretHandler implements ICommandHandler<RotateWebhookSecret> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ webhookId }: RotateWebhookSecret): Promise<WebhookSecret> {
    const rotated = await this.webhooks.rotateSecret(webhookId);
    if (rotated === null) throw new NotFound(NO_WEBHOOK);
    return rotated;
  }
}
