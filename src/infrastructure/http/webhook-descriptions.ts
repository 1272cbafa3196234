import { described } from './described.js';
import {
  ChangeWebhookFields,
  CreateWebhookFields,
  ListDeliveriesFields,
  ListWebhooksFields,
  ReplayWebhookFields,
} from './webhook-fields.js';

const WEBHOOK = { status: 200, schema: 'Webhook', says: 'The webhook as it is now' } as const;
const OF_LOG = ['unknown-position'];

export const createWebhook = () =>
  described({
    route: 'POST /v1/webhooks',
    tag: 'Webhooks',
    summary: 'Have somebody told of what happens from now on',
    text:
      'Signed by the scheme of Standard Webhooks, at least once, and of one event in order. The secret is shown in this ' +
      'answer only. Addresses that are not of the public internet are refused.',
    answer: { status: 201, schema: 'WebhookWithSecret', says: 'Made' },
    body: CreateWebhookFields,
    problems: ['too-many-webhooks'],
  });

export const listWebhooks = () =>
  described({
    route: 'GET /v1/webhooks',
    tag: 'Webhooks',
    summary: 'Who is told, and how it goes',
    answer: { status: 200, schema: 'WebhookPage', says: 'One page, the oldest first' },
    query: ListWebhooksFields,
  });

export const getWebhook = () =>
  described({
    route: 'GET /v1/webhooks/:webhookId',
    tag: 'Webhooks',
    summary: 'One webhook, and how it goes',
    answer: { ...WEBHOOK, says: 'The webhook' },
  });

export const changeWebhook = () =>
  described({
    route: 'PATCH /v1/webhooks/:webhookId',
    tag: 'Webhooks',
    summary: 'Change where it is told and of what, or whether',
    text:
      'Absent is unchanged, null clears. `enabled: true` goes on where it stood, `enabled: false` stops it. Other types count ' +
      'from where it stands on.',
    answer: WEBHOOK,
    body: ChangeWebhookFields,
    ifMatch: 'optional',
  });

export const deleteWebhook = () =>
  described({
    route: 'DELETE /v1/webhooks/:webhookId',
    tag: 'Webhooks',
    summary: 'Tell it nothing any more, and forget it',
    answer: { status: 204, schema: null, says: 'It is gone, and its deliveries with it' },
  });

export const rotateWebhookSecret = () =>
  described({
    route: 'POST /v1/webhooks/:webhookId/rotate-secret',
    tag: 'Webhooks',
    summary: 'Sign with another secret',
    text: 'For 24 hours messages are signed with both, the new one and the one before.',
    answer: { status: 200, schema: 'WebhookWithSecret', says: 'With the new secret' },
  });

export const testWebhook = () =>
  described({
    route: 'POST /v1/webhooks/:webhookId/test',
    tag: 'Webhooks',
    summary: 'Send it a message that is about nothing',
    text: 'Of type `WebhookTest`, once, at once, whether it is enabled or not.',
    answer: { status: 200, schema: 'WebhookTest', says: 'How that went' },
  });

export const replayWebhook = () =>
  described({
    route: 'POST /v1/webhooks/:webhookId/replay',
    tag: 'Webhooks',
    summary: 'Send everything again from a position on',
    answer: { ...WEBHOOK, status: 202, says: 'It will be' },
    body: ReplayWebhookFields,
    problems: OF_LOG,
  });

export const listDeliveries = () =>
  described({
    route: 'GET /v1/webhooks/:webhookId/deliveries',
    tag: 'Webhooks',
    summary: 'What it was sent, and what became of it',
    text: 'Those that ended are kept for 30 days.',
    query: ListDeliveriesFields,
    answer: { status: 200, schema: 'DeliveryPage', says: 'One page, the latest first' },
  });

export const replayDelivery = () =>
  described({
    route: 'POST /v1/webhooks/:webhookId/deliveries/:messageId/replay',
    tag: 'Webhooks',
    summary: 'Send one message again',
    answer: { status: 202, schema: 'Delivery', says: 'It will be' },
  });
