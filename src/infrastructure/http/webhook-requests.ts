import type { FastifyRequest } from 'fastify';
import { ChangeWebhook } from '../../application/commands/change-webhook.js';
import { CreateWebhook } from '../../application/commands/create-webhook.js';
import { DeleteWebhook } from '../../application/commands/delete-webhook.js';
import { ReplayDelivery } from '../../application/commands/replay-delivery.js';
import { ReplayWebhook } from '../../application/commands/replay-webhook.js';
import { RotateWebhookSecret } from '../../application/commands/rotate-webhook-secret.js';
import { TestWebhook } from '../../application/commands/test-webhook.js';
import { GetWebhook } from '../../application/queries/get-webhook.js';
import { ListDeliveries } from '../../application/queries/list-deliveries.js';
import { ListWebhooks } from '../../application/queries/list-webhooks.js';
import { RULES, fieldsOf, noFields } from './fields.js';
import { pageAsked } from './pages.js';
import { invalid } from './problems.js';
import { callerOf, ifMatchFor, messageIdOf, webhookIdOf } from './request.js';
import {
  ChangeWebhookFields,
  CreateWebhookFields,
  ListDeliveriesFields,
  ListWebhooksFields,
  ReplayWebhookFields,
} from './webhook-fields.js';

export function createWebhook(request: FastifyRequest): CreateWebhook {
  const { url, types = null, eventId = null, description = null } = fieldsOf(CreateWebhookFields, request.body);
  return new CreateWebhook({ url, types, eventId, description, createdBy: callerOf(request).userId });
}

export function changeWebhook(request: FastifyRequest): ChangeWebhook {
  const webhookId = webhookIdOf(request);
  const { ...change } = fieldsOf(ChangeWebhookFields, request.body);
  return new ChangeWebhook(webhookId, change, ifMatchFor(request, webhookId));
}

export function deleteWebhook(request: FastifyRequest): DeleteWebhook {
  noFields(request.body);
  return new DeleteWebhook(webhookIdOf(request));
}

export function rotateWebhookSecret(request: FastifyRequest): RotateWebhookSecret {
  noFields(request.body);
  return new RotateWebhookSecret(webhookIdOf(request));
}

export function testWebhook(request: FastifyRequest): TestWebhook {
  noFields(request.body);
  return new TestWebhook(webhookIdOf(request));
}

export function replayWebhook(request: FastifyRequest): ReplayWebhook {
  const webhookId = webhookIdOf(request);
  return new ReplayWebhook(webhookId, fieldsOf(ReplayWebhookFields, request.body).from);
}

export function replayDelivery(request: FastifyRequest): ReplayDelivery {
  noFields(request.body);
  return new ReplayDelivery(webhookIdOf(request), messageIdOf(request));
}

export function getWebhook(request: FastifyRequest): GetWebhook {
  noFields(request.query);
  return new GetWebhook(webhookIdOf(request));
}

export function listWebhooks(request: FastifyRequest): ListWebhooks {
  const { limit, after } = pageAsked(request, 'webhooks', ListWebhooksFields);
  if (after !== null && !RULES.bookingId.test(after.id)) throw wrongCursor();
  return new ListWebhooks(limit, after);
}

export function listDeliveries(request: FastifyRequest): ListDeliveries {
  const webhookId = webhookIdOf(request);
  const { fields, limit, after } = pageAsked(request, 'deliveries', ListDeliveriesFields);
  if (after !== null && (after.id !== webhookId || after.at < 0)) throw wrongCursor();
  return new ListDeliveries(webhookId, fields.status ?? null, limit, after);
}

const wrongCursor = () => invalid({ pointer: '/cursor', expected: RULES.cursor.expected });
