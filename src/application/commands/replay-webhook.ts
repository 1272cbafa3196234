import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PORTS } from '../envelope.js';
import { NotFound } from '../errors.js';
import type { MeasuredFeed, Webhook, Webhooks } from '../ports.js';
import { positionIn } from '../position-token.js';
import { NO_WEBHOOK } from '../queries/get-webhook.js';
import { ReadPosition } from '../queries/read-position.js';

/** Send everything again from a position on, itself included. Throws NotFound, and UnknownPosition where no record is. */
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
    @Inject(PORTS.eventFeed) private readonly feed: MeasuredFeed,
    private readonly positions: ReadPosition,
  ) {}

  async execute({ webhookId, from }: ReplayWebhook): Promise<Webhook> {
    const { logId } = await this.positions.end([from]);
    const position = await this.feed.lastBefore(positionIn(from, logId));
    const webhook = await this.webhooks.replayAfter(webhookId, position, logId);
    if (webhook === null) throw new NotFound(NO_WEBHOOK);
    return webhook;
  }
}
