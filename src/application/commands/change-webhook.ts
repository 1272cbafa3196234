import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { IfMatch } from '../../domain/booking/commands.js';
import { refuse } from '../../domain/decider.js';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { Webhook, WebhookChange, Webhooks } from '../ports.js';
import { NO_WEBHOOK } from '../queries/get-webhook.js';
import { urlRefused, type WebhookRefused } from './create-webhook.js';

export type WebhookChanged = { readonly accepted: true; readonly webhook: Webhook } | WebhookRefused;

/** Change where a receiver is told and of what, or whether. Enabled again, it goes on where it stood. Throws NotFound. */
export class ChangeWebhook extends Command<WebhookChanged> {
  constructor(
    readonly webhookId: string,
    readonly change: WebhookChange,
    readonly ifMatch: IfMatch,
  ) {
    super();
  }
}

@CommandHandler(ChangeWebhook)
export class ChangeWebhookHandler implements ICommandHandler<ChangeWebhook> {
  constructor(@Inject(PORTS.webhooks) private readonly webhooks: Webhooks) {}

  async execute({ webhookId, change, ifMatch }: ChangeWebhook): Promise<WebhookChanged> {
    if ((await this.webhooks.find(webhookId)) === null) throw new NotFound(NO_WEBHOOK);
    const refused = await urlRefused(this.webhooks, change);
    if (refused !== null) return refused;
    const webhook = await this.webhooks.change(webhookId, change, ifMatch);
    return webhook === null ? refuse({ reason: 'PreconditionFailed' }) : { accepted: true, webhook };
  }
}
