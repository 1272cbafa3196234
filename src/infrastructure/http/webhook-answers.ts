import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WebhookChanged } from '../../application/commands/change-webhook.js';
import type { WebhookMade } from '../../application/commands/create-webhook.js';
import type { After, Attempt, Delivery, Webhook, WebhookSecret } from '../../application/ports.js';
import type { ListDeliveries } from '../../application/queries/list-deliveries.js';
import { ReadPosition } from '../../application/queries/read-position.js';
import { sendProblem } from './answers.js';
import { cursorText, type Cursor, type Filters } from './cursor.js';
import { etagOf } from './etag.js';
import { textOf } from '../instant.js';
import { HttpProblem, problemOfRefusal } from './problems.js';

interface Found<Item> {
  readonly items: readonly Item[];
  readonly next: After | null;
}

/** The last step of the routes of webhooks. A secret leaves in the answer that made it, and in no other. */
@Injectable()
export class WebhookAnswers {
  constructor(private readonly positions: ReadPosition) {}

  async made(reply: FastifyReply, answer: Promise<WebhookMade>): Promise<void> {
    const made = await answer;
    if (made === 'too-many') throw new HttpProblem('too-many-webhooks');
    if (!made.accepted) return sendProblem(reply, problemOfRefusal(made.refusal));
    reply.code(201).header('location', `/v1/webhooks/${made.webhook.webhookId}`);
    await this.withSecret(reply, made);
  }

  async rotated(reply: FastifyReply, answer: Promise<WebhookSecret>): Promise<void> {
    const rotated = await answer;
    reply.code(200);
    await this.withSecret(reply, rotated);
  }

  async changed(reply: FastifyReply, answer: Promise<WebhookChanged>): Promise<void> {
    const changed = await answer;
    if (!changed.accepted) return sendProblem(reply, problemOfRefusal(changed.refusal));
    await this.shown(reply, Promise.resolve(changed.webhook));
  }

  async shown(reply: FastifyReply, answer: Promise<Webhook>): Promise<void> {
    const webhook = await answer;
    await tagged(reply, webhook).send(await this.wireOf(webhook));
  }

  async page(request: FastifyRequest, reply: FastifyReply, answer: Promise<Found<Webhook>>): Promise<void> {
    const { items, next } = await answer;
    const nextCursor = linkTo(request, reply, '/v1/webhooks', 'webhooks', {}, next);
    await reply.send({ items: await Promise.all(items.map((item) => this.wireOf(item))), nextCursor });
  }

  async deliveries(
    request: FastifyRequest,
    reply: FastifyReply,
    { webhookId, status }: ListDeliveries,
    answer: Promise<Found<Delivery>>,
  ): Promise<void> {
    const { items, next } = await answer;
    const filters: Filters = status === null ? {} : { status };
    const nextCursor = linkTo(request, reply, `/v1/webhooks/${webhookId}/deliveries`, 'deliveries', filters, next);
    await reply.send({ items: await Promise.all(items.map((item) => this.deliveryOf(item))), nextCursor });
  }

  async delivery(reply: FastifyReply, answer: Promise<Delivery>): Promise<void> {
    await reply.code(202).send(await this.deliveryOf(await answer));
  }

  async replayed(reply: FastifyReply, answer: Promise<Webhook>): Promise<void> {
    reply.code(202);
    await this.shown(reply, answer);
  }

  async tested(reply: FastifyReply, answer: Promise<Attempt>): Promise<void> {
    const { status, error, durationMs } = await answer;
    await reply.code(200).send({ delivered: error === null, lastStatus: status, lastError: error, durationMs });
  }

  private async withSecret(reply: FastifyReply, { webhook, secret }: WebhookSecret): Promise<void> {
    await tagged(reply, webhook).send({ ...(await this.wireOf(webhook)), secret });
  }

  private async wireOf(webhook: Webhook): Promise<object> {
    const { webhookId, url, types, eventId, description, disabled, pending, createdBy } = webhook;
    return {
      ...{ webhookId, url, types, eventId, description },
      status: disabled === null ? 'enabled' : 'disabled',
      disabled: disabled === null ? null : { reason: disabled.reason, since: textOf(disabled.since) },
      failingSince: orNull(webhook.failingSince),
      position: await this.positions.token(webhook.position),
      pending,
      oldSecretUntil: orNull(webhook.oldSecretUntil),
      createdAt: textOf(webhook.createdAt),
      createdBy,
      updatedAt: textOf(webhook.updatedAt),
    };
  }

  private async deliveryOf({ position, nextAttemptAt, lastAttemptAt, ...rest }: Delivery): Promise<object> {
    const { messageId, eventId, revision, type, status, attempts, replays, lastStatus, lastError, durationMs } = rest;
    return {
      ...{
        messageId,
        position: await this.positions.token(position),
        eventId,
        revision,
        type,
        status,
        attempts,
        replays,
      },
      ...{
        nextAttemptAt: orNull(nextAttemptAt),
        lastAttemptAt: orNull(lastAttemptAt),
        lastStatus,
        lastError,
        durationMs,
      },
    };
  }
}

const orNull = (instant: number | null): string | null => (instant === null ? null : textOf(instant));

const tagged = (reply: FastifyReply, { webhookId, revision }: Webhook): FastifyReply =>
  reply.header('etag', etagOf(webhookId, revision));

/** The cursor of the next page, named in the header Link too; null on the last one. */
function linkTo(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  list: Cursor['list'],
  filters: Filters,
  next: After | null,
): string | null {
  if (next === null) return null;
  const cursor = cursorText({ list, filters, after: next, token: '' });
  const { limit } = request.query as { limit?: string };
  reply.header('link', `<${path}?cursor=${cursor}${limit === undefined ? '' : `&limit=${limit}`}>; rel="next"`);
  return cursor;
}
