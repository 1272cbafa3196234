import { hostname } from 'node:os';
import {
  Inject,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type InjectionToken,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type pg from 'pg';
import { assertSameLog } from '../projections/same-log.js';
import { followedTables } from '../projections/followed.js';
import type { Lanes } from '../projections/lanes.js';
import { liveCheckpoints, openLanes } from '../projections/open.js';
import { Operator } from '../projections/operator.js';
import { rebuildApart } from '../projections/rebuild-apart.js';
import type { RebuildEvents } from '../projections/rebuild.js';
import { PORTS, StreamNames } from './application/envelope.js';
import { StoreUnavailable } from './application/errors.js';
import { HoldLimit, HoldSettings } from './application/hold-limit.js';
import type { EventStore, Ids, Peers, RefusalLog, Sealer, Tracer } from './application/ports.js';
import { Feed } from './application/feed.js';
import { ThisProcess } from './application/queries/get-contention.js';
import { ReadSettings } from './application/queries/read-position.js';
import { Rehearsals } from './application/rehearsal/rehearsals.js';
import { FORGETFUL } from './application/refusals.js';
import { Sweeper } from './application/sweeper.js';
import { Transact } from './application/transact.js';
import type { Config } from './infrastructure/config.js';
import { NamedIds } from './infrastructure/event-store/ids.js';
import { GuardedStore } from './infrastructure/event-store/guarded.js';
import { openEventStore, type OpenLog } from './infrastructure/event-store/open.js';
import { ChainSealer } from './infrastructure/event-store/sealer.js';
import { FeedWire, messageOf } from './infrastructure/http/feed.js';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS, USE_CASES } from './infrastructure/http/providers.js';
import { Readiness } from './infrastructure/http/health.controller.js';
import { Metrics } from './infrastructure/http/metrics.controller.js';
import { messagesOf } from './infrastructure/http/webhook-messages.js';
import type { JsonLogger } from './infrastructure/logger.js';
import { metricsOf, type MetricSources } from './infrastructure/metrics.js';
import { LocalPeers } from './infrastructure/peers/local-peers.js';
import { PostgresProfiles } from './infrastructure/people/profiles.js';
import { databaseTime, openPool, type Database } from './infrastructure/postgres/database.js';
import { poolUse } from './infrastructure/postgres/pool.js';
import { PostgresBookingViews } from './infrastructure/read-model/booking-views.js';
import { openClaims } from './infrastructure/read-model/claims.js';
import { openRecorder } from './infrastructure/refusals/open.js';
import type { RefusalRecorder } from './infrastructure/refusals/recorder.js';
import { PostgresRefusalViews } from './infrastructure/refusals/views.js';
import { SystemTime, systemRandom } from './infrastructure/time.js';
import { traceQueries } from './infrastructure/tracing/queries.js';
import { TracedStore } from './infrastructure/tracing/traced-store.js';
import type { OtelTracer } from './infrastructure/tracing/tracer.js';
import type { Deliverer } from './infrastructure/webhooks/deliverer.js';
import { openWebhooks } from './infrastructure/webhooks/open.js';

const ADMIT_EVERY_MS = 500;
const SWEEP = { eventsPerSweep: 500, atOnce: 8 };

/** What is there before Nest is: settings, the logger, and a database that answered. */
export interface Grounds {
  readonly config: Config;
  readonly logger: JsonLogger;
  readonly database: Database;
  readonly version: string;
  /** What HTTP counts. */
  readonly http: MetricSources['http'];
  /** Null: nothing is traced. */
  readonly tracer: OtelTracer | null;
}

/** The composition root: the one page that names every adapter. */
@Module({})
export class AppModule {
  static over({ config, logger, database, version, http, tracer }: Grounds): DynamicModule {
    const pool = openPool(database.url, config, 'holdfast-api', logger);
    if (tracer !== null) traceQueries(pool, tracer);
    const log = openEventStore(database.logUrl, config, logger, tracer);
    const { limits } = config;
    const time = new SystemTime({ skewLimitMs: config.clockSkewLimitMs, compareEveryMs: limits.clockCompareMs });
    const projector = openLanes({ pool, ...log, time, logger, tracer }, config, database.url);
    const store = new GuardedStore(tracer === null ? log.store : new TracedStore(log.store, tracer));
    const own = {
      isGapless: log.server !== null,
      rebuild: (events: RebuildEvents, signal: AbortSignal) => rebuildApart(database.url, events, signal),
    };
    const operator = new Operator({ pool, ...log, time, logger, ...own }, config);
    const refusals = config.refusals === null ? null : openRecorder(database.url, config.refusals, time, logger);
    const ids = new NamedIds(time, systemRandom);
    const sealer = new ChainSealer(log.codec);
    const views = new PostgresBookingViews(pool);
    const streams = new StreamNames(config.streamPrefix);
    const around = {
      feed: log.feed,
      store: log.store,
      messages: messagesOf(streams),
      time,
      random: systemRandom,
      logger,
    };
    const { subscriptions, deliverer } = openWebhooks(database.url, pool, config, around);
    const peers = openPeers(config, version, logger);
    const engine = { config, logger, pool, log, store, time, projector, operator, refusals, deliverer, peers };
    const transact = transactOf({ store, sealer, ids, time, peers }, streams, config, refusals ?? FORGETFUL, tracer);
    const holdSettings = new HoldSettings(limits.holdsPerUser);
    const rehearsals = new Rehearsals(
      {
        ...{ store, ids, streams, time },
        // Of their own: the people of a rehearsal must not push out what is remembered of others.
        holds: () => new HoldLimit(views, time, holdSettings),
        desk: (locking) => transactOf({ store, sealer, ids, time }, streams, { limits, locking }, FORGETFUL, null),
      },
      config.rehearsals,
      (err) => logger.error('A rehearsal failed', { err }),
    );
    const sweep = { ...SWEEP, sweepMs: limits.sweepMs, quietMs: limits.sweepQuietMs };
    const sweeper = new Sweeper(transact, views, time, systemRandom, sweep);
    const feed = new Feed(log.feed, time, streams, limits, messageOf);
    const metrics = metricsOf({
      ...{ version, http, tally: transact.tally, pools: poolUse },
      standing: () => transact.standing(),
      peers: peers ?? { all: 0, away: 0 },
      refusals: refusals?.tally ?? null,
      webhooks: deliverer === null ? null : { tally: deliverer.tally, queue: () => deliverer.queue() },
      feed: feed.tally,
      claims: () => openClaims(pool),
      followed: () => followedOf(engine),
    });
    const values: (readonly [InjectionToken, unknown])[] = [
      [PORTS.eventStore, store],
      [PORTS.eventFeed, log.feed],
      [PORTS.sealer, sealer],
      [PORTS.ids, ids],
      [PORTS.views, views],
      [PORTS.profiles, new PostgresProfiles(pool)],
      [PORTS.refusals, new PostgresRefusalViews(pool)],
      [PORTS.webhooks, subscriptions],
      [PORTS.projections, operator],
      [PORTS.time, time],
      [StreamNames, streams],
      [Transact, transact],
      [Sweeper, sweeper],
      [ReadSettings, new ReadSettings(limits.readWaitMs)],
      [Feed, feed],
      [FeedWire, new FeedWire(limits.feedRetryMs)],
      [HoldSettings, holdSettings],
      [Rehearsals, rehearsals],
      [ThisProcess, new ThisProcess(`${hostname()}:${process.pid}`, time.now())],
      [Metrics, new Metrics(metrics)],
      [ENGINE, engine],
    ];
    return {
      module: AppModule,
      imports: [CqrsModule.forRoot()],
      controllers: HTTP_CONTROLLERS,
      providers: [
        ...values.map(([provide, useValue]) => ({ provide, useValue })),
        ...USE_CASES,
        ...HTTP_PROVIDERS,
        Background,
        { provide: Readiness, useFactory: readinessOf, inject: [ENGINE, Background] },
      ],
    };
  }
}

interface Engine {
  readonly config: Config;
  readonly logger: JsonLogger;
  readonly pool: pg.Pool;
  readonly log: OpenLog;
  readonly store: GuardedStore;
  readonly time: SystemTime;
  readonly projector: Lanes;
  readonly operator: Operator;
  /** Null: refusals are not kept. */
  readonly refusals: RefusalRecorder | null;
  /** Null: this process tells webhooks nothing. */
  readonly deliverer: Deliverer | null;
  /** Null: this process decides everything that it is asked. */
  readonly peers: LocalPeers | null;
}

const ENGINE = Symbol('Engine');

/** What runs beside the requests, and the order in which it all stops. */
@Injectable()
class Background implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  isStopping = false;
  /** The log was found to be the one that the tables were folded from. */
  private isOurLog = false;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];

  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly transact: Transact,
    private readonly sweeper: Sweeper,
  ) {}

  /**
   * Nothing is written before the log is known to be the one that the tables were folded from. Rejects when it is
   * another; a log that cannot be reached is waited for.
   */
  async onApplicationBootstrap(): Promise<void> {
    const { config, logger, pool, log, time, projector, refusals, deliverer, peers } = this.engine;
    const askTime = log.server?.time ?? ((): Promise<number> => databaseTime(pool));
    await time.compare(askTime);
    const { signal } = this.stopping;
    await this.admit();
    await peers?.serve((question) => this.transact.answer(question));
    this.running.push(
      this.keepAdmitting(signal),
      time.keepComparing(askTime, signal),
      this.sweeper.run(signal, (err) => logger.error('A sweep failed', { err })),
    );
    if (config.projector === 'inline') this.running.push(projector.run(signal));
    if (refusals !== null) this.running.push(refusals.run(signal));
    if (deliverer !== null) this.running.push(deliverer.run(signal));
    for (const task of this.running)
      task.catch((error: unknown) => {
        logger.fatal('A background task failed; the process ends', { err: error });
        process.kill(process.pid, 'SIGTERM');
        process.exitCode = 1;
      });
  }

  /** Whether this log may be written to, and if not, why. Throws ForeignLog. */
  private async admit(): Promise<void> {
    const { config, pool, log, logger, store } = this.engine;
    const before = store.reason;
    try {
      if (!this.isOurLog) await assertSameLog(await liveCheckpoints(pool, config), log.store);
      this.isOurLog = true;
      store.reason = await log.problem();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      // Of a log that is away each append tells by itself, and the first one after its return need not wait for us.
      if (before !== null) store.reason = error.message;
    }
    if (store.reason === before) return;
    if (store.reason === null) logger.log('The log may be written to');
    else logger.error('Nothing can be written until this is mended', { reason: store.reason });
  }

  /** For as long as we run: what is found wrong with the log later stops writes until it is mended. */
  private async keepAdmitting(signal: AbortSignal): Promise<void> {
    const { time } = this.engine;
    while (!signal.aborted) {
      await time.sleep(ADMIT_EVERY_MS, signal).catch(() => undefined);
      if (!signal.aborted) await this.admit();
    }
  }

  /** Before the listener closes: nothing new is sent here any more. */
  beforeApplicationShutdown(): void {
    this.isStopping = true;
  }

  /** After the last answer. */
  async onApplicationShutdown(): Promise<void> {
    await this.transact.drain();
    await this.engine.peers?.close();
    this.engine.operator.close();
    this.stopping.abort();
    await Promise.allSettled(this.running);
    await Promise.allSettled([this.engine.log.close(), this.engine.pool.end()]);
  }
}

function openPeers({ peers, limits }: Config, version: string, logger: JsonLogger): LocalPeers | null {
  if (peers === null) return null;
  return new LocalPeers({ ...peers, silenceMs: limits.peerSilenceMs }, `holdfast ${version}`, logger);
}

function transactOf(
  ports: { store: EventStore; sealer: Sealer; ids: Ids; time: SystemTime; peers?: Peers | null },
  streams: StreamNames,
  { limits, locking }: Pick<Config, 'limits' | 'locking'>,
  refusals: RefusalLog,
  tracer: Tracer | null,
): Transact {
  return new Transact({ ...ports, random: systemRandom }, streams, { ...limits, locking }, refusals, tracer);
}

/** Throws StoreUnavailable, and what the database throws. */
async function followedOf({ config, pool, log, projector }: Engine): ReturnType<MetricSources['followed']> {
  const status = config.projector === 'inline' ? () => projector.status() : null;
  return { ...(await followedTables(pool, log.feed, status)), isGapless: log.server !== null };
}

/** The projector is not asked: reads say how far they are, and writes do not need it. */
function readinessOf({ pool, log, store: guarded, time }: Engine, background: Background): Readiness {
  const store = 'store-unavailable' as const;
  return new Readiness([
    { name: 'running', code: 'overloaded', passes: async () => !background.isStopping },
    { name: 'eventStore', code: store, passes: async () => (await log.feed.head()) >= 0n },
    { name: 'admission', code: store, passes: async () => guarded.reason === null && (await log.problem()) === null },
    { name: 'readModel', code: store, passes: async () => (await databaseTime(pool)) > 0 },
    { name: 'durability', code: store, passes: async () => log.server === null || log.server.isDurable() },
    { name: 'clock', code: 'clock-skew', passes: async () => time.isTrusted() },
  ]);
}
