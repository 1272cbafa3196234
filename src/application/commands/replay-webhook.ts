import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { Webhook, Webhooks } from '../ports.js';
import { positionIn } from '../position-token.js';
import { NO_WEBHOOK } from '../queries/get-webhook.js';
import { ReadPosition } from '../queries/read-position.js';

/** Send everything again from a position on, itself included. Throws NotFound, and UnknownPosition for another log's. */
export class ReplayWebhook extends Command<Webhook> {
  constructor(
    readonly webhookId: string,
    readonly from: string,
  ) {
    super();
  }
}

@CommandHandler(ReplayWebhook)
export class ReplayWebhookHandler implements ICommandHandler<ReplayWebhook> {
  constructor(
    @Inject(PORTS.webhooks) private readonly webhooks: Webhooks,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ webhookId, from }: ReplayWebhook): Promise<Webhook> {
    const { logId } = await this.positions.end([from]);
    const position = positionIn(from, logId);
    const webhook = await this.webhooks.replayAfter(webhookId, position > 0n ? position - 1n : 0n);
    if (webhook === null) throw new NotFound(NO_WEBHOOK);
    return webhook;
  }
}
