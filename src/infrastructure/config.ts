import path from 'node:path';
import {
  MIN_SECRET_BYTES,
  isLoopback,
  readAuth,
  readSignIn,
  type AuthConfig,
  type AuthRead,
  type SignInConfig,
} from './auth-config.js';
import { developmentKey } from './development-key.js';
import { isEventStoreDb, wrongInEsdb } from './esdb-address.js';
import { type Limits, readLimits } from './limits.js';
import { LOG_LEVELS, type LogLevel } from './logger.js';
import { Settings } from './settings.js';

export { ConfigError } from './settings.js';
export type { Limits } from './limits.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What every process needs: the stores, the log, the bounds. */
export interface StoreConfig {
  readonly dataDir: string;
  /** Read model; null: the embedded Postgres below `dataDir`. */
  readonly databaseUrl: string | null;
  /** Event store; null: the same Postgres as the read model. */
  readonly eventStoreUrl: string | null;
  readonly locking: 'optimistic' | 'pessimistic';
  readonly streamPrefix: string;
  /** Whether the projector runs inside the API process. */
  readonly projector: 'inline' | 'off';
  /** How far this process's clock may be from the database's; 0: not checked. */
  readonly clockSkewLimitMs: number;
  readonly logLevel: LogLevel;
  /** Null: nothing is traced. */
  readonly traces: TraceConfig | null;
  readonly limits: Limits;
}

export interface TraceConfig {
  /** OTLP over HTTP, without `/v1/traces`. */
  readonly endpoint: string;
  /** What the service is called there. */
  readonly service: string;
}

/** The processes of this service on this machine, which ask each other (`npm run cluster`). */
export interface PeersConfig {
  /** A socket for each, in an order that is the same for all. */
  readonly sockets: readonly string[];
  /** Which of them is this process's own. */
  readonly own: string;
}

export interface WebhookConfig {
  /** Whether this process delivers; what there is to deliver can be said to any. */
  readonly deliver: boolean;
  /** Receivers on http, and at addresses that are not of the internet, are told too. */
  readonly allowPrivate: boolean;
  /** Under which secrets are kept; null: as they are. */
  readonly key: string | null;
}

/** What the HTTP process needs beside. */
export interface Config extends StoreConfig {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** NODE_ENV=production, or a HOST that is not loopback. */
  readonly production: boolean;
  readonly auth: AuthConfig;
  /** Null: the control room takes tokens that are pasted. */
  readonly signIn: SignInConfig | null;
  /** Opens `/metrics` beside the scope `ops`; null: the scope only. */
  readonly metricsToken: string | null;
  /** Null: refusals are answered and not kept. */
  readonly refusals: { readonly keepDays: number } | null;
  /** Null: this process decides everything that it is asked. */
  readonly peers: PeersConfig | null;
  readonly webhooks: WebhookConfig;
  /** Whether a flash sale may be rehearsed here: that writes to the log. */
  readonly rehearsals: boolean;
  readonly publicReads: boolean;
  /** Whether limits hold for this machine itself too. */
  readonly limitLoopback: boolean;
  readonly corsOrigins: readonly string[];
  /** Which requests have a line in the log; `errors`: those that were answered with 500 or more. */
  readonly logRequests: 'all' | 'errors' | 'off';
}

/**
 * Reads the environment of the HTTP process, once. Empty means unset. Throws one ConfigError that names every bad setting
 * and what was expected there; values are not repeated, because some are secrets. Makes `DATA_DIR/secret` on the first
 * start without any AUTH_ setting.
 */
export function loadConfig(env: Environment): Config {
  const settings = new Settings(env);
  const { auth, ...config } = readConfig(settings);
  settings.finish();
  return { ...config, auth: { ...auth, key: auth.key ?? developmentKey(config.dataDir) } };
}

/** What is allowed and seldom meant, in sentences. */
export function doubtsAbout({ auth, production, webhooks }: Config): string[] {
  const doubts: string[] = [];
  if (auth.key.kind === 'jwks' && auth.audience === null)
    doubts.push('AUTH_AUDIENCE is not set: tokens that the issuer makes for other services are taken too');
  // Also where this process delivers nothing: webhooks can be made by asking any.
  if (production && webhooks.key === null)
    doubts.push('WEBHOOKS_KEY is not set: the secrets of webhooks are kept in the database as they are');
  return doubts;
}

/** Every setting as it is there, and what is wrong with some. Throws nothing and makes nothing. */
export function examineSettings(env: Environment): Pick<Settings, 'questions' | 'problems'> {
  const settings = new Settings(env);
  readConfig(settings);
  return settings;
}

/** What a projector process shows of itself over HTTP. */
export interface FiguresConfig {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Opens `/metrics`; null: open to this machine, and to nobody else. */
  readonly token: string | null;
}

export interface ProjectorConfig extends StoreConfig {
  /** Null: it has no HTTP. */
  readonly figures: FiguresConfig | null;
}

/** Above each setting stands what it is for: docs/settings.md and .env.example are made from that. */
function readConfig(settings: Settings): Omit<Config, 'auth'> & { readonly auth: AuthRead } {
  const store = readStore(settings);
  const host = readHost(settings);
  readProjectorPort(settings);
  /** `production` needs a way to check tokens. */
  const nodeEnv = settings.choice('NODE_ENV', ['development', 'production', 'test'], 'development');
  const production = nodeEnv === 'production' || !isLoopback(host);
  const auth = readAuth(settings, production);
  return {
    ...store,
    /** The port to listen on; 0: any that is free. */
    port: settings.integer('PORT', 3_000, 0, 65_535),
    host,
    production,
    metricsToken: readMetricsToken(settings),
    refusals: readRefusals(settings),
    peers: readPeers(settings),
    webhooks: readWebhooks(settings),
    rehearsals: readRehearsals(settings, store, auth),
    /** Events and their availability without a token; `off`: with any token. */
    publicReads: settings.choice('PUBLIC_READS', ['on', 'off'], 'on') === 'on',
    /** Limits on requests and connections hold for this machine itself too. */
    limitLoopback: settings.choice('LIMIT_LOOPBACK', ['on', 'off'], 'off') === 'on',
    corsOrigins: readOrigins(settings),
    /** A line for every request; `errors`: for faults; `off`: for none. */
    logRequests: settings.choice('LOG_REQUESTS', ['all', 'errors', 'off'], 'all'),
    auth,
    signIn: readSignIn(settings),
  };
}

/** Reads what a projector process needs. Throws as `loadConfig` does. */
export function loadProjectorConfig(env: Environment): ProjectorConfig {
  const settings = new Settings(env);
  const store = readStore(settings);
  const port = readProjectorPort(settings);
  const [host, token] = [readHost(settings), readMetricsToken(settings)];
  if (port !== null && token === null && !isLoopback(host))
    settings.refuse('METRICS_TOKEN', 'a token, with PROJECTOR_PORT and a HOST that is not loopback');
  settings.finish();
  return { ...store, figures: port === null ? null : { port, host, token } };
}

/** Reads what the command line needs. Throws as `loadConfig` does. */
export function loadStoreConfig(env: Environment): StoreConfig {
  const settings = new Settings(env);
  const store = readStore(settings);
  settings.finish();
  return store;
}

function readStore(settings: Settings): StoreConfig {
  /** Whether a process decides first and appends under the expected revision, or locks the stream first. */
  const locking = settings.choice('LOCKING', ['optimistic', 'pessimistic'], 'optimistic');
  return {
    /** The folder of the embedded Postgres and of the development secret. */
    dataDir: path.resolve(settings.text('DATA_DIR', '.holdfast', /^[^\0]+$/, 'a folder')),
    /** Read model and, unless said, the log: Postgres 15 or later, UTF8; unset: the embedded one. */
    databaseUrl: settings.url('DATABASE_URL', isPostgresUrl, 'postgres://user:password@host:port/database'),
    eventStoreUrl: readEventStoreUrl(settings, locking),
    locking,
    streamPrefix: readStreamPrefix(settings),
    /** Whether the projector runs inside the API process. */
    projector: settings.choice('PROJECTOR', ['inline', 'off'], 'inline'),
    /** A clock further than this from the database's refuses commands; 0: not checked. */
    clockSkewLimitMs: settings.integer('CLOCK_SKEW_LIMIT_MS', 5_000, 0, 86_400_000),
    /** How much of the structured log is written. */
    logLevel: settings.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    traces: readTraces(settings),
    limits: readLimits(settings),
  };
}

function readTraces(settings: Settings): TraceConfig | null {
  const isHttp = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';
  /** Where traces are sent (docs/traces.md), by OTLP over HTTP; unset: nothing is traced. */
  const endpoint = settings.url('OTEL_EXPORTER_OTLP_ENDPOINT', isHttp, 'http://… or https://…, without /v1/traces');
  /** What the service is called in traces. */
  const service = settings.text(
    'OTEL_SERVICE_NAME',
    'holdfast',
    /^[\x21-\x7e]{1,255}$/,
    'visible ASCII without spaces',
  );
  return endpoint === null ? null : { endpoint, service };
}

function readHost(settings: Settings): string {
  /** The address to listen on; one that is not loopback makes it production. */
  return settings.text('HOST', '127.0.0.1', /^[\w.:-]+$/, 'a host name or an IP address');
}

function readProjectorPort(settings: Settings): number | null {
  /** The port on which a projector process shows `/metrics` and `/health/live`; 0: any that is free; unset: it has no HTTP. */
  return settings.optionalInteger('PROJECTOR_PORT', 0, 65_535);
}

function readMetricsToken(settings: Settings): string | null {
  /** A bearer token that opens `/metrics` and nothing else. */
  return settings.optional('METRICS_TOKEN', /^[\x21-\x7e]+$/, 'visible ASCII without spaces');
}

const isPostgresUrl = ({ protocol }: URL): boolean => protocol === 'postgres:' || protocol === 'postgresql:';

function readEventStoreUrl(settings: Settings, locking: StoreConfig['locking']): string | null {
  const expected = 'postgres://… or esdb://…';
  const wrongIn = (url: string): string | null => {
    if (!isEventStoreDb(url)) return URL.canParse(url) && isPostgresUrl(new URL(url)) ? null : expected;
    return locking === 'pessimistic'
      ? 'postgres://… with LOCKING=pessimistic: esdb:// has no lock to take; or LOCKING=optimistic'
      : wrongInEsdb(url);
  };
  /** Where the log is; unset: in the same Postgres as the read model. */
  return settings.address('EVENT_STORE_URL', wrongIn, expected);
}

function readStreamPrefix(settings: Settings): string {
  /** What the names of the streams begin with; not to be changed on a log that is in use. */
  const prefix = settings.text(
    'STREAM_PREFIX',
    'booking-',
    /^[A-Za-z][\w.-]{0,63}$/,
    '1 to 64 letters, digits, "_", "-" or ".", the first a letter',
  );
  if ('holdfast-log'.startsWith(prefix))
    settings.refuse('STREAM_PREFIX', 'a prefix that "holdfast-log" does not begin with');
  return prefix;
}

function readRefusals(settings: Settings): Config['refusals'] {
  /** Whether it is kept who was refused what, and why. */
  const areKept = settings.choice('REFUSALS', ['on', 'off'], 'on') === 'on';
  /** After so many days refusals are deleted. */
  const keepDays = settings.integer('REFUSALS_KEEP_DAYS', 90, 1, 36_500);
  return areKept ? { keepDays } : null;
}

function readPeers(settings: Settings): PeersConfig | null {
  const isSocket = (socket: string): boolean =>
    socket.startsWith('\\\\.\\pipe\\') || (path.isAbsolute(socket) && Buffer.byteLength(socket) <= MAX_SOCKET_PATH);
  /** Sockets of all API processes on this machine, in a folder that nobody else may enter, so that one of them decides about an event; `npm run cluster` sets it. */
  const sockets = settings.list('PEER_SOCKETS', isSocket, `absolute paths of at most ${MAX_SOCKET_PATH} bytes`);
  /** Which of PEER_SOCKETS is this process's own. */
  const own = settings.optional('PEER_SOCKET', /^[^\0]+$/, 'one of PEER_SOCKETS');
  if (sockets.length === 0 && own === null) return null;
  if (own === null || !sockets.includes(own)) settings.refuse('PEER_SOCKET', 'one of PEER_SOCKETS');
  if (new Set(sockets).size < sockets.length) settings.refuse('PEER_SOCKETS', 'each socket once');
  return { sockets, own: own ?? '' };
}

function readWebhooks(settings: Settings): WebhookConfig {
  return {
    /** Tells webhooks what happened (docs/webhooks.md); `off`: not from this process. */
    deliver: settings.choice('WEBHOOKS', ['on', 'off'], 'on') === 'on',
    /** `on`: webhooks may be on http, and at addresses that are not of the internet. */
    allowPrivate: settings.choice('WEBHOOKS_ALLOW_PRIVATE', ['on', 'off'], 'off') === 'on',
    /** Webhook secrets are kept encrypted with it, the same for every process; unset: as they are. */
    key: settings.secret('WEBHOOKS_KEY', MIN_SECRET_BYTES),
  };
}

/** In development everything is on this machine, and made by us: the secret, the log and the tables. */
function readRehearsals(settings: Settings, store: StoreConfig, { key }: AuthRead): boolean {
  /** Flash sales may be rehearsed; `development`: where secret, log and tables are all below DATA_DIR. */
  const where = settings.choice('REHEARSALS', ['on', 'off', 'development'], 'development');
  const isOurs = key === null && store.databaseUrl === null && store.eventStoreUrl === null;
  return where === 'on' || (where === 'development' && isOurs);
}

function readOrigins(settings: Settings): string[] {
  const isOrigin = (origin: string): boolean => URL.canParse(origin) && new URL(origin).origin === origin;
  const expected = 'origins such as https://shop.example, separated by commas, without path or "*"';
  /** The origins whose web pages may use the API. */
  return settings.list('CORS_ORIGINS', isOrigin, expected);
}

/** What every system takes. */
const MAX_SOCKET_PATH = 100;
