import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { Attempt, Webhooks } from '../ports.js';
import { NO_WEBHOOK } from '../queries/get-webhook.js';

/** Send a message that is about nothing, once, and say how that went. Throws NotFound. */
export class TestWebhook extends Command<Attempt> {
  constructor(readonly webhookId: string) {
    super();
  }
}

@CommandHandler(TestWebhook)
export class TestWebhookHandler implements ICommandHandler<TestWebhook> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ webhookId }: TestWebhook): Promise<Attempt> {
    const attempt = await this.webhooks.test(webhookId);
    if (attempt === null) throw new NotFound(NO_WEBHOOK);
    return attempt;
  }
}
