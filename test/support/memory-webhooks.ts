import type {
  Attempt,
  Delivery,
  Position,
  Webhook,
  WebhookChange,
  WebhookSecret,
  WebhookWish,
  Webhooks,
} from '../../src/application/ports.js';

/** Subscriptions without a database, to whom nothing is ever sent. */
export class MemoryWebhooks implements Webhooks {
  readonly webhooks = new Map<string, Webhook>();
  private revision = 0;

  async objectionTo(): Promise<string | null> {
    return null;
  }

  async create(webhookId: string, wish: WebhookWish, position: Position): Promise<WebhookSecret> {
    const at = Date.UTC(2027, 0, 1);
    const none = { disabled: null, failingSince: null, pending: 0, oldSecretUntil: null };
    const webhook = { webhookId, ...wish, ...none, position, createdAt: at, updatedAt: at, revision: 0 };
    return { webhook: this.keep(webhook), secret: 'whsec_c2VjcmV0' };
  }

  async find(webhookId: string): Promise<Webhook | null> {
    return this.webhooks.get(webhookId) ?? null;
  }

  async list(limit: number): Promise<readonly Webhook[]> {
    return [...this.webhooks.values()].slice(0, limit);
  }

  async change(webhookId: string, { enabled: _, ...change }: WebhookChange): Promise<Webhook | null> {
    const webhook = this.webhooks.get(webhookId);
    return webhook === undefined ? null : this.keep({ ...webhook, ...change });
  }

  async remove(webhookId: string): Promise<boolean> {
    return this.webhooks.delete(webhookId);
  }

  async rotateSecret(webhookId: string): Promise<WebhookSecret | null> {
    const webhook = this.webhooks.get(webhookId);
    return webhook === undefined ? null : { webhook: this.keep(webhook), secret: 'whsec_b3RoZXI=' };
  }

  async deliveries(): Promise<readonly Delivery[]> {
    return [];
  }

  async replay(): Promise<Delivery | null> {
    return null;
  }

  async replayAfter(webhookId: string): Promise<Webhook | null> {
    return this.find(webhookId);
  }

  async test(): Promise<Attempt | null> {
    return null;
  }

  private keep(webhook: Webhook): Webhook {
    const kept = { ...webhook, revision: ++this.revision };
    this.webhooks.set(webhook.webhookId, kept);
    return kept;
  }
}
