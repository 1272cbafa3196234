import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ForeignLog } from '../projections/same-log.js';
import { AppModule } from './app.module.js';
import { ScheduleEvent } from './application/commands/schedule-event.js';
import { PORTS } from './application/envelope.js';
import { HoldfastError } from './application/errors.js';
import type { EventFeed, Ids } from './application/ports.js';
import { LIMITS } from './domain/booking/policy.js';
import { ConfigError, doubtsAbout, loadConfig, type Config } from './infrastructure/config.js';
import { HttpAdapter, configureHttp } from './infrastructure/http/app.js';
import { httpBounds } from './infrastructure/http/settings.js';
import { WINDOW_MS } from './infrastructure/http/rate-limit.js';
import { mintToken } from './infrastructure/http/tokens.js';
import { JsonLogger } from './infrastructure/logger.js';
import { packageVersion } from './infrastructure/package.js';
import { EmbeddedPostgresError } from './infrastructure/postgres/embedded.js';
import { openDatabase, type Database } from './infrastructure/postgres/database.js';
import { MigrationError } from './infrastructure/postgres/migrate.js';
import { openLeases } from './infrastructure/rate-limits/leases.js';
import { openTracing } from './infrastructure/tracing/open.js';
import type { OtelTracer } from './infrastructure/tracing/tracer.js';

const DAY_MS = 86_400_000;
const DEMO_EVENT = 'demo';
/** Beyond `drainMs` and the embedded Postgres's own stop: whoever waits for us has waited long enough. */
const STOP_MARGIN_MS = 1_500;
const CLOSE_IDLE_EVERY_MS = 100;
/** Whoever keeps a connection busy sends its next request within this. */
const LAST_REQUEST_MS = 500;
const LOOK_EVERY_MS = 20;
/** Connections that wait to be accepted; of more, the kernel lets some wait for seconds. It takes no more than it allows. */
const BACKLOG = 4_096;

/** The HTTP process: arm graceful shutdown, build the app, listen until it is told to stop. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const logger = new JsonLogger(config.logLevel);
  for (const doubt of doubtsAbout(config)) logger.warn(doubt);
  const stopping = armShutdown(config, logger);
  try {
    const database = await openDatabase(config, logger, stopping);
    try {
      await serve(config, logger, database, stopping);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (error !== stopping.reason) throw error;
  }
}

async function serve(config: Config, logger: JsonLogger, database: Database, stopping: AbortSignal): Promise<void> {
  const tracing = await openTracing(config.traces, { process: 'api', version: packageVersion() }, logger);
  const app = await build(config, logger, database, tracing?.tracer ?? null);
  const closeDoor = doorOf(app, config.limits.drainMs);
  await scheduleDemo(app, config, database);
  if (!stopping.aborted) {
    await app.listen({ port: config.port, host: config.host, backlog: BACKLOG });
    process.stdout.write(await banner(app, config, database));
    if (!stopping.aborted) await once(stopping, 'abort');
    await closeDoor();
  }
  await app.close();
  await tracing?.close();
}

async function build(
  config: Config,
  logger: JsonLogger,
  database: Database,
  tracer: OtelTracer | null,
): Promise<NestFastifyApplication> {
  const bounds = httpBounds(config.limits);
  const leases = openLeases(database.url, WINDOW_MS, logger);
  const adapter = new HttpAdapter({ ...config, bounds, leases }, logger, tracer);
  adapter.getInstance<FastifyInstance>().addHook('onClose', () => leases.close());
  // Of Nest's own lines only what is wrong: the banner says the rest.
  const options = { logger: new JsonLogger('warn'), abortOnError: false };
  const module = AppModule.over({ config, logger, database, version: packageVersion(), http: adapter.figures, tracer });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, options);
  configureHttp(app, logger);
  return app;
}

/**
 * SIGTERM and SIGINT, from the start on: the signal that is answered fires, and what is in flight is finished; a second
 * one, or too long a wait, ends at once.
 */
function armShutdown({ limits: { drainMs } }: Config, logger: JsonLogger): AbortSignal {
  const stopping = new AbortController();
  const tooLong = (): never => {
    logger.error('Could not stop in time', { drainMs });
    process.exit(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      logger.log('Stopping', { signal });
      stopping.abort();
      setTimeout(tooLong, drainMs + STOP_MARGIN_MS).unref();
    });
  return stopping.signal;
}

/**
 * Answers how to close the front door: nobody new is let in, and those who are in ask once more, are answered, and are let
 * go. A connection that is kept for its next request and closed while that is on its way would fail it; one that stays idle
 * is closed in the end.
 */
function doorOf(app: NestFastifyApplication, drainMs: number): () => Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  const server = fastify.server as Server;
  let isClosing = false;
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('preClose', (done) => {
    // Those whose headers had gone out before, but not yet their last byte.
    setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref();
    done();
  });
  return async () => {
    isClosing = true;
    // HTTP's own would close what is idle as well.
    NetServer.prototype.close.call(server);
    const count = promisify(server.getConnections.bind(server));
    const graceMs = Math.min(LAST_REQUEST_MS, drainMs / 2);
    for (let waited = 0; waited < graceMs && (await count()) > 0; waited += LOOK_EVERY_MS) await sleep(LOOK_EVERY_MS);
  };
}

/** Log and tables are in the embedded database. */
const isAllOurs = ({ isEmbedded, url, logUrl }: Database): boolean => isEmbedded && url === logUrl;

/** Something to book for whoever tries the service out; never in a log that is in use, or with real keys. */
async function scheduleDemo(app: NestFastifyApplication, config: Config, database: Database): Promise<void> {
  await app.init();
  const feed = app.get<EventFeed>(PORTS.eventFeed);
  if (!isAllOurs(database) || config.auth.key.kind !== 'development' || (await feed.head()) > 0n) return;
  const ids = app.get<Ids>(PORTS.ids);
  const correlationId = ids.next();
  const requestHash = ids.requestHash('demo', {}, {});
  const asked = { caller: 'demo-manager', key: null, requestHash, correlationId };
  const schedule = {
    title: 'The one seat',
    startsAt: Math.ceil(Date.now() / DAY_MS) * DAY_MS + 365 * DAY_MS,
    timeZone: 'UTC',
    capacity: 1,
    holdSeconds: LIMITS.holdSeconds.default,
    offerSeconds: LIMITS.offerSeconds.default,
    maxSeatsPerBooking: LIMITS.seatsPerBooking.default,
  };
  await app.get(CommandBus).execute(new ScheduleEvent(asked, DEMO_EVENT, schedule));
}

async function banner(app: NestFastifyApplication, config: Config, database: Database): Promise<string> {
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const tables = database.isEmbedded ? `embedded Postgres in ${config.dataDir}` : 'Postgres at DATABASE_URL';
  const where = database.logUrl === database.url ? tables : `EVENT_STORE_URL and ${tables}`;
  const { key } = config.auth;
  const lines = [
    '',
    `Holdfast ${packageVersion()} is listening on ${url}`,
    `  log and tables   ${where}`,
    `  control room     ${url}/control-room`,
    `  API              ${url}/docs`,
  ];
  if (key.kind === 'development' && isAllOurs(database)) {
    const grant = { subject: 'demo-user', scope: 'booking', ttlMs: DAY_MS, issuer: null, audience: null };
    const token = mintToken(key.secret, grant);
    lines.push(
      '  tokens           signed with DATA_DIR/secret: for development on this machine only',
      '',
      'A token for demo-user, good for a day:',
      '',
      token,
      '',
      'Book the one seat of the demo event:',
      '',
      `curl -sS -X POST ${url}/v1/events/${DEMO_EVENT}/bookings -H 'Authorization: Bearer ${token}' -H 'Idempotency-Key: my-first-booking'`,
    );
  } else {
    lines.push(
      '',
      'Schedule an event (a token with the scope event:manage in $TOKEN):',
      '',
      `curl -sS -X POST ${url}/v1/events -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${JSON.stringify({ title: 'A talk', startsAt: new Date(Date.now() + 30 * DAY_MS).toISOString(), capacity: 100 })}'`,
    );
  }
  return [...lines, '', ''].join('\n');
}

/** What an operator can mend is said in a sentence; anything else is ours to mend and shows where it was. */
function explain(error: unknown): string {
  const { code, syscall, message, stack } = error as NodeJS.ErrnoException;
  if (syscall === 'getaddrinfo' || code === 'EADDRNOTAVAIL') return `HOST cannot be listened on: ${message}`;
  if (syscall === 'listen') return `PORT cannot be listened on: ${message}`;
  const isExpected = [ConfigError, MigrationError, EmbeddedPostgresError, ForeignLog, HoldfastError].some(
    (kind) => error instanceof kind,
  );
  return isExpected ? message : String(stack);
}

try {
  await main();
  process.exit();
} catch (error) {
  process.stderr.write(`Holdfast cannot start. ${explain(error)}\n`);
  process.exit(1);
}
