import { Registry, collectDefaultMetrics } from 'prom-client';
import { register } from './metrics/figure.js';
import { PROJECTOR_SECTIONS, SECTIONS } from './metrics/list.js';
import type { Claims, Core, Followed, Http, PoolUse, Queue, Seen, Sent, Standing } from './metrics/seen.js';

/** Where the figures come from. What can only be asked for is asked when it is scraped; a rejection is "nobody can tell". */
export interface MetricSources {
  readonly version: string;
  readonly tally: Core;
  standing(): Standing;
  /** The other processes that this one may ask. */
  readonly peers: Seen['peers'];
  /** Null where this process has no HTTP. */
  readonly http: Http | null;
  /** What became of refusals; null where none are kept. */
  readonly refusals: { readonly kept: number; readonly lost: number } | null;
  /** What became of messages to webhooks, and what waits; null where this process sends none. */
  readonly webhooks: { readonly tally: Sent; queue(): Promise<Queue | null> } | null;
  /** Who follows, and what became of those who no longer do. */
  readonly feed: { readonly clients: number; readonly dropped: number; readonly refused: number };
  claims(): Promise<Claims | null>;
  followed(): Promise<Followed | null>;
  pools(): readonly PoolUse[];
}

/** A store that does not answer must not take the other figures with it. */
const ASK_MS = 2_000;

/** Everything that `/metrics` shows, in the text format of Prometheus. */
export function metricsOf(sources: MetricSources): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const lag = new LagWatch();
  let seen: Seen;
  for (const figure of SECTIONS.flatMap(({ figures }) => figures)) register(registry, figure, () => seen);
  return async () => {
    seen = await look(sources, lag);
    return registry.metrics();
  };
}

/** What a projector process shows: where the tables stand, and itself. What commands and requests do, it knows nothing of. */
export function projectorMetricsOf(
  sources: Pick<MetricSources, 'version' | 'claims' | 'followed' | 'pools'>,
): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const lag = new LagWatch();
  let seen: Seen;
  for (const figure of PROJECTOR_SECTIONS.flatMap(({ figures }) => figures)) register(registry, figure, () => seen);
  return async () => {
    const [claims, followed] = await Promise.all([answerOf(sources.claims()), answerOf(sources.followed())]);
    // Of the rest nothing is read by the figures of these sections.
    seen = { version: sources.version, claims, followed: lagging(followed, lag), pools: sources.pools() } as Seen;
    return registry.metrics();
  };
}

async function look(sources: MetricSources, lag: LagWatch): Promise<Seen> {
  const { version, tally: core, http, refusals: kept, webhooks, feed, peers } = sources;
  const [queue, claims, followed] = await Promise.all([
    answerOf(webhooks?.queue()),
    answerOf(sources.claims()),
    answerOf(sources.followed()),
  ]);
  return {
    ...{ version, core, http, kept, feed, peers, queue, claims },
    standing: sources.standing(),
    sent: webhooks?.tally ?? null,
    followed: lagging(followed, lag),
    pools: sources.pools(),
  };
}

const lagging = (followed: Followed | null, lag: LagWatch): Seen['followed'] =>
  followed === null ? null : { ...followed, lagMs: lag.of(followed, performance.now()) };

/** Null too where there is no answer in time. */
async function answerOf<T>(asked: Promise<T | null> | undefined): Promise<T | null> {
  if (asked === undefined) return null;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<null>((resolve) => (timer = setTimeout(resolve, ASK_MS, null)));
  const answer = await Promise.race([asked.catch(() => null), tooLong]);
  clearTimeout(timer);
  return answer;
}

/**
 * How long the tables have been behind, in milliseconds: since the end of the log was first seen beyond them, to the time
 * between two scrapes, and never too much. The projector of this process knows it longer, but for what it has not taken
 * up since it started: before a halt, a pause, or a page that cannot be read.
 */
class LagWatch {
  private mark: { readonly head: bigint; readonly at: number } | null = null;

  of({ head, generations, lagMs }: Followed, now: number): number {
    const position = generations.find(({ isLive }) => isLive)?.position ?? 0n;
    if (position >= head) this.mark = null;
    else if (this.mark === null || position >= this.mark.head) this.mark = { head, at: now };
    return Math.max(lagMs ?? 0, this.mark === null ? 0 : now - this.mark.at);
  }
}
