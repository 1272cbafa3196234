import { CqrsModule } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { PORTS, StreamNames } from '../../src/application/envelope.js';
import type { Webhooks } from '../../src/application/ports.js';
import { Feed, type FeedSettings } from '../../src/application/feed.js';
import { HoldLimit, HoldSettings } from '../../src/application/hold-limit.js';
import { ThisProcess } from '../../src/application/queries/get-contention.js';
import { ReadSettings } from '../../src/application/queries/read-position.js';
import type { Locking } from '../../src/application/rehearsal/plan.js';
import { Rehearsals } from '../../src/application/rehearsal/rehearsals.js';
import { Transact, type TransactSettings } from '../../src/application/transact.js';
import { InMemoryEventFeed, type InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { HttpAdapter, configureHttp } from '../../src/infrastructure/http/app.js';
import { FeedWire, messageOf } from '../../src/infrastructure/http/feed.js';
import { Readiness, type ReadinessCheck } from '../../src/infrastructure/http/health.controller.js';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS, USE_CASES } from '../../src/infrastructure/http/providers.js';
import { httpBounds, type HttpSettings } from '../../src/infrastructure/http/settings.js';
import { Metrics } from '../../src/infrastructure/http/metrics.controller.js';
import { metricsOf } from '../../src/infrastructure/metrics.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { HS256, tokenOf } from './credentials.js';
import { FoldedViews } from './folded-views.js';
import { MemoryProfiles } from './memory-profiles.js';
import { MemoryProjections } from './memory-projections.js';
import { MemoryWebhooks } from './memory-webhooks.js';
import { Service, SetTime, serviceInMemory } from './service.js';

/** Few, so that a test need not make many. */
export const HOLDS_PER_USER = 3;

const LIMITS = loadStoreConfig({}).limits;
/** Nobody is shed because the machine is busy with other tests. */
export const BOUNDS = { ...httpBounds(LIMITS), shedLatencyMs: 60_000 };
/** A request that comes in without a socket is answered when the answer has ended. */
const BRIEF = { feedLifeMs: 20 };

type Body = Record<string, unknown>;

export interface Response extends Omit<LightMyRequestResponse, 'json'> {
  readonly json: Body;
}

const tokens = new Map<string, string>();

/** The whole HTTP service over the log in memory; requests go in through the router, without a socket. */
export class FrontDoor {
  readonly checks: ReadinessCheck[] = [];
  /** Every route that the router was given, as `GET /v1/events`. */
  readonly routes: string[] = [];
  readonly logged: { message: string; fields: unknown }[] = [];
  /** The lines of requests, and those of denied actions. */
  readonly requests: Record<string, unknown>[] = [];
  readonly denials: Record<string, unknown>[] = [];
  readonly profiles = new MemoryProfiles(() => this.service.time.at);
  readonly projections = new MemoryProjections();
  readonly service;
  readonly views;
  readonly feed: Feed;
  readonly rehearsals: Rehearsals;
  app!: NestFastifyApplication;

  private constructor(
    bounds: Partial<TransactSettings>,
    feed: Partial<FeedSettings>,
    log: InMemoryLog | undefined,
    readonly webhooks: Webhooks,
    rehearse: boolean,
  ) {
    this.service = serviceInMemory(bounds, log, undefined, new SetTime(Date.now()));
    const { codec, time, streams } = this.service;
    const settings = { ...LIMITS, ...BRIEF, ...feed };
    this.feed = new Feed(new InMemoryEventFeed(this.service.log, codec), time, streams, settings, messageOf);
    this.views = new FoldedViews(new InMemoryEventFeed(this.service.log, this.service.codec), this.service.streams);
    const { store, ids } = this.service;
    const desk = (locking: Locking) => new Service(store, time, { locking, queueAgeMs: 5_000 }).transact;
    const holds = () => new HoldLimit(this.views, time, new HoldSettings(HOLDS_PER_USER));
    this.rehearsals = new Rehearsals({ store, ids, streams, time, holds, desk }, rehearse, (bug) => {
      throw bug;
    });
  }

  /** `log`: of another front door, which is then another process over the same log. `rehearse`: that is allowed. */
  static async open(
    settings: Partial<HttpSettings> = {},
    bounds: Partial<TransactSettings> = {},
    feed: Partial<FeedSettings> = {},
    log?: InMemoryLog,
    webhooks: Webhooks = new MemoryWebhooks(),
    rehearse = false,
  ): Promise<FrontDoor> {
    const door = new FrontDoor(bounds, feed, log, webhooks, rehearse);
    const access = {
      auth: HS256,
      signIn: null,
      production: false,
      publicReads: true,
      corsOrigins: [],
      metricsToken: null,
    };
    const common = { ...access, limitLoopback: false, bounds: BOUNDS, leases: null };
    await door.start({ ...common, logRequests: 'all', ...settings });
    return door;
  }

  get fastify(): FastifyInstance {
    return this.app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  }

  get written(): number {
    return this.service.log.records.length;
  }

  /** `as`: "ada" or "ada booking:any event:manage"; null sends no token. */
  async ask(method: string, url: string, as: string | null, body?: unknown, headers: Record<string, string> = {}) {
    const options: InjectOptions = { method: method as 'GET', url, headers: { ...this.bearer(as), ...headers } };
    if (body !== undefined) {
      options.payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      options.headers = { 'content-type': 'application/json', ...options.headers };
    }
    const response = await this.fastify.inject(options);
    const isJson = /[/+]json/.test(String(response.headers['content-type'])) && response.body !== '';
    return Object.assign(response, { json: (isJson ? JSON.parse(response.body) : {}) as Body }) as unknown as Response;
  }

  /** An event a month from now, with an id of its own. */
  async event(fields: Body = {}): Promise<string> {
    const startsAt = new Date(this.service.time.at + 30 * 86_400_000).toISOString();
    const made = await this.ask('POST', '/v1/events', 'manager event:manage', {
      title: 'Recital',
      startsAt,
      ...fields,
    });
    if (made.statusCode !== 201) throw new Error(`not scheduled: ${made.body}`);
    return made.json['eventId'] as string;
  }

  async booking(eventId: string, as: string, fields: Body = {}): Promise<string> {
    const made = await this.ask('POST', `/v1/events/${eventId}/bookings`, as, fields);
    if (made.statusCode !== 201) throw new Error(`not booked: ${made.body}`);
    return made.json['bookingId'] as string;
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  tokenFor(as: string): string {
    const [subject = '', ...scopes] = as.split(' ');
    if (!tokens.has(as)) tokens.set(as, tokenOf(subject, scopes.length === 0 ? 'booking' : scopes.join(' ')));
    return tokens.get(as)!;
  }

  bearer(as: string | null): Record<string, string> {
    return as === null ? {} : { authorization: `Bearer ${this.tokenFor(as)}` };
  }

  private async start(settings: HttpSettings): Promise<void> {
    const { service, views, checks } = this;
    const note = (message: string, fields?: object): void => void this.logged.push({ message, fields });
    const log = {
      ...{ debug: () => undefined, log: () => undefined, warn: note, error: note },
      request: (level: string, fields: object) => void this.requests.push({ level, ...fields }),
      audit: (fields: object) => void this.denials.push({ ...fields }),
    };
    const adapter = new HttpAdapter(settings, log);
    const { transact } = service;
    const feed = new InMemoryEventFeed(service.log, service.codec);
    const module = await Test.createTestingModule({
      imports: [CqrsModule.forRoot()],
      controllers: HTTP_CONTROLLERS,
      providers: [
        ...HTTP_PROVIDERS,
        ...USE_CASES,
        { provide: Transact, useValue: service.transact },
        { provide: StreamNames, useValue: service.streams },
        { provide: ReadSettings, useValue: new ReadSettings(120) },
        { provide: Feed, useValue: this.feed },
        { provide: FeedWire, useValue: new FeedWire(0) },
        { provide: Rehearsals, useValue: this.rehearsals },
        { provide: ThisProcess, useValue: new ThisProcess('here:1', service.time.at) },
        { provide: HoldSettings, useValue: new HoldSettings(HOLDS_PER_USER) },
        { provide: Readiness, useValue: new Readiness(checks) },
        {
          provide: Metrics,
          useValue: new Metrics(
            metricsOf({
              ...{ version: '0.0.0', tally: transact.tally, http: adapter.figures, refusals: null, webhooks: null },
              standing: () => transact.standing(),
              feed: this.feed.tally,
              peers: { all: 0, away: 0 },
              claims: async () => null,
              followed: async () => null,
              pools: () => [],
            }),
          ),
        },
        { provide: PORTS.eventStore, useValue: service.store },
        { provide: PORTS.eventFeed, useValue: feed },
        { provide: PORTS.sealer, useValue: service.sealer },
        { provide: PORTS.ids, useValue: service.ids },
        { provide: PORTS.views, useValue: views },
        { provide: PORTS.profiles, useValue: this.profiles },
        { provide: PORTS.refusals, useValue: service.refused },
        { provide: PORTS.webhooks, useValue: this.webhooks },
        { provide: PORTS.projections, useValue: this.projections },
        { provide: PORTS.time, useValue: service.time },
      ],
    }).compile();
    adapter.getInstance<FastifyInstance>().addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) this.routes.push(`${each} ${url}`);
    });
    this.app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
    configureHttp(this.app, log);
    await this.app.init();
    await this.fastify.ready();
  }
}
