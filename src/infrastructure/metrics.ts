import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Position } from '../application/ports.js';

/** What is counted since the process started. */
export interface Counted {
  readonly appends: number;
  readonly events: number;
  readonly conflicts: number;
  readonly unknowns: number;
  readonly tailReads: number;
}

/** Where the projector of this process stands. */
export interface Followed {
  readonly position: Position;
  readonly head: Position;
  readonly lagMs: number;
  readonly halted: unknown;
}

/** What this process has sent, and what waits in all: null when nobody can tell now. */
interface WebhookFigures {
  readonly tally: {
    readonly delivered: number;
    readonly failed: number;
    readonly givenUp: number;
    readonly disabled: number;
  };
  queue(): Promise<{ readonly pending: number; readonly disabled: number } | null>;
}

export interface MetricSources {
  readonly tally: Counted;
  /** What became of refusals; null where none are kept. */
  readonly refusals: { readonly kept: number; readonly lost: number } | null;
  /** What became of messages to webhooks; null where this process sends none. */
  readonly webhooks: WebhookFigures | null;
  /** Who follows, and what became of those who no longer do. */
  readonly feed: { readonly clients: number; readonly dropped: number; readonly refused: number };
  cachedEvents(): number;
  /** Null where the projector is another process. */
  readonly projector: (() => Promise<Followed>) | null;
}

const COUNTED: readonly (readonly [keyof Counted, string, string])[] = [
  ['appends', 'holdfast_appends_total', 'Batches written to the log.'],
  ['events', 'holdfast_domain_events_total', 'Domain events written to the log.'],
  ['conflicts', 'holdfast_conflicts_total', 'Batches decided anew because another process wrote first.'],
  ['unknowns', 'holdfast_unknown_outcomes_total', 'Appends whose outcome had to be looked up in the log.'],
  ['tailReads', 'holdfast_tail_reads_total', 'Reads that proved an answer that writes nothing.'],
];

const KEPT: readonly (readonly ['kept' | 'lost', string, string])[] = [
  ['kept', 'holdfast_refusals_kept_total', 'Refusals written to their tables.'],
  ['lost', 'holdfast_refusals_lost_total', 'Refusals that were given but only counted.'],
];

const SENT: readonly (readonly [keyof WebhookFigures['tally'], string, string])[] = [
  ['delivered', 'holdfast_webhook_deliveries_total', 'Messages that a receiver took.'],
  ['failed', 'holdfast_webhook_failures_total', 'Attempts that failed.'],
  ['givenUp', 'holdfast_webhook_given_up_total', 'Messages that are not sent any more.'],
  ['disabled', 'holdfast_webhook_disabled_total', 'Webhooks that were disabled because of failures.'],
];

const FOLLOWED: readonly (readonly [keyof MetricSources['feed'], string, string])[] = [
  ['clients', 'holdfast_feed_clients', 'Open feeds.'],
  ['dropped', 'holdfast_feed_dropped_total', 'Feeds that were closed because their reader was too slow.'],
  ['refused', 'holdfast_feed_refused_total', 'Feeds that were refused for want of room.'],
];

/** Everything that `/metrics` shows, in the text format of Prometheus. Sources are asked when they are scraped. */
export function metricsOf({
  tally,
  refusals,
  webhooks,
  feed,
  cachedEvents,
  projector,
}: MetricSources): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  for (const [key, name, help] of COUNTED)
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(tally[key]);
      },
    });
  for (const [key, name, help] of FOLLOWED)
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(feed[key]);
      },
    });
  new Gauge({
    ...{ name: 'holdfast_cached_ledgers', help: 'Events whose ledgers are in memory.', registers },
    collect() {
      this.set(cachedEvents());
    },
  });
  if (refusals !== null)
    for (const [key, name, help] of KEPT)
      new Gauge({
        ...{ name, help, registers },
        collect() {
          this.set(refusals[key]);
        },
      });
  if (webhooks !== null) sent(webhooks, registers);
  if (projector !== null) followed(projector, registers);
  return () => registry.metrics();
}

function sent({ tally, queue }: WebhookFigures, registers: Registry[]): void {
  for (const [key, name, help] of SENT)
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(tally[key]);
      },
    });
  const disabled = new Gauge({
    ...{ name: 'holdfast_webhooks_disabled', help: 'Webhooks that are disabled because of failures.', registers },
  });
  new Gauge({
    ...{ name: 'holdfast_webhook_queue', help: 'Messages that wait to be sent, by any process.', registers },
    async collect() {
      const now = await queue();
      if (now === null) return;
      this.set(now.pending);
      disabled.set(now.disabled);
    },
  });
}

function followed(projector: () => Promise<Followed>, registers: Registry[]): void {
  const halted = new Gauge({
    ...{
      name: 'holdfast_projector_halted',
      help: '1 while the projector stands before a record it cannot fold.',
      registers,
    },
  });
  const behind = new Gauge({
    ...{
      name: 'holdfast_projector_behind',
      help: '1 while the tables have not reached the end of the log.',
      registers,
    },
  });
  new Gauge({
    ...{ name: 'holdfast_projector_lag_seconds', help: 'For how long the tables have been behind the log.', registers },
    async collect() {
      // A log that is away must not take the other figures with it.
      const status = await projector().catch(() => null);
      if (status === null) return;
      this.set(status.lagMs / 1_000);
      halted.set(status.halted === null ? 0 : 1);
      behind.set(status.position < status.head ? 1 : 0);
    },
  });
}
