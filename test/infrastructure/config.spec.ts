import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError, doubtsAbout, loadConfig, loadStoreConfig } from '../../src/infrastructure/config.js';
import { JsonLogger } from '../../src/infrastructure/logger.js';

const SECRET = 'x'.repeat(32);
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'holdfast-config-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

const load = (env: Record<string, string>) => loadConfig({ DATA_DIR: dataDir, ...env });

/** The problems as `NAME: expected …`. */
function refused(env: Record<string, string>): string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name, expected }) => `${name}: ${expected}`);
    throw error;
  }
  return [];
}

describe('the environment', () => {
  test('may be empty: everything has a default', () => {
    expect(load({})).toMatchObject({
      port: 3_000,
      host: '127.0.0.1',
      production: false,
      dataDir,
      databaseUrl: null,
      eventStoreUrl: null,
      locking: 'optimistic',
      streamPrefix: 'booking-',
      projector: 'inline',
      clockSkewLimitMs: 5_000,
      logLevel: 'info',
      metricsToken: null,
      publicReads: true,
      limitLoopback: false,
      corsOrigins: [],
      auth: { key: { kind: 'development' }, issuer: null, audience: null, userId: { kind: 'sub' } },
      limits: { appendTimeoutMs: 2_000, outcomeDeadlineMs: 4_000, batchBytes: 400_000, drainMs: 8_000 },
    });
  });

  test('is read by name, and an empty value means unset', () => {
    const config = load({
      PORT: '0',
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://holdfast:pw@db:5432/holdfast',
      EVENT_STORE_URL: 'postgresql://holdfast:pw@log/holdfast?sslmode=verify-full',
      LOCKING: 'pessimistic',
      STREAM_PREFIX: 'room-',
      PROJECTOR: 'off',
      AUTH_JWKS_URL: 'https://id.example/keys',
      AUTH_HS256_SECRET: '',
      AUTH_ISSUER: 'https://id.example/',
      AUTH_AUDIENCE: 'holdfast',
      AUTH_USER_ID: 'hmac',
      AUTH_USER_ID_SECRET: SECRET,
      METRICS_TOKEN: 'measure',
      PUBLIC_READS: 'off',
      LIMIT_LOOPBACK: 'on',
      CORS_ORIGINS: 'https://shop.example, http://localhost:8080',
      CLOCK_SKEW_LIMIT_MS: '0',
      LOG_LEVEL: 'debug',
      NODE_ENV: '',
      APPEND_TIMEOUT_MS: '50',
    });
    expect(config).toMatchObject({
      port: 0,
      production: true,
      databaseUrl: 'postgres://holdfast:pw@db:5432/holdfast',
      locking: 'pessimistic',
      streamPrefix: 'room-',
      projector: 'off',
      auth: {
        key: { kind: 'jwks', url: 'https://id.example/keys' },
        issuer: 'https://id.example/',
        audience: 'holdfast',
        userId: { kind: 'hmac', secret: SECRET },
      },
      publicReads: false,
      limitLoopback: true,
      corsOrigins: ['https://shop.example', 'http://localhost:8080'],
      clockSkewLimitMs: 0,
      limits: { appendTimeoutMs: 50 },
    });
  });

  test('says for how many days refusals are kept, if they are', () => {
    expect(load({}).refusals).toEqual({ keepDays: 90 });
    expect(load({ REFUSALS: 'on', REFUSALS_KEEP_DAYS: '7' }).refusals).toEqual({ keepDays: 7 });
    expect(load({ REFUSALS: 'off', REFUSALS_KEEP_DAYS: '7' }).refusals).toBeNull();
  });

  test('says whether webhooks are told anything, where, and under which key their secrets are kept', () => {
    expect(load({}).webhooks).toEqual({ deliver: true, allowPrivate: false, key: null });
    const said = { WEBHOOKS: 'off', WEBHOOKS_ALLOW_PRIVATE: 'on', WEBHOOKS_KEY: SECRET };
    expect(load(said).webhooks).toEqual({ deliver: false, allowPrivate: true, key: SECRET });
    expect(refused({ WEBHOOKS_KEY: 'short' })).toEqual(['WEBHOOKS_KEY: 32 bytes or more']);
  });

  test('names the processes on this machine, and which of them this one is', () => {
    expect(load({}).peers).toBeNull();
    const both = { PEER_SOCKETS: '/run/holdfast/a, /run/holdfast/b' };
    const peers = { sockets: ['/run/holdfast/a', '/run/holdfast/b'], own: '/run/holdfast/b' };
    expect(load({ ...both, PEER_SOCKET: '/run/holdfast/b' }).peers).toEqual(peers);
    const one = 'PEER_SOCKET: one of PEER_SOCKETS';
    expect(refused(both)).toEqual([one]);
    expect(refused({ ...both, PEER_SOCKET: '/run/holdfast/c' })).toEqual([one]);
    expect(refused({ PEER_SOCKET: '/run/holdfast/a' })).toEqual([one]);
    expect(refused({ PEER_SOCKETS: '/a,/a', PEER_SOCKET: '/a' })).toEqual(['PEER_SOCKETS: each socket once']);
    const paths = 'PEER_SOCKETS: absolute paths of at most 100 bytes';
    expect(refused({ PEER_SOCKETS: 'a,/b', PEER_SOCKET: '/b' })).toEqual([paths]);
    expect(refused({ PEER_SOCKETS: `/${'a'.repeat(100)},/b`, PEER_SOCKET: '/b' })).toEqual([paths]);
  });

  test('traces nothing unless it is said where to', () => {
    expect(load({ OTEL_SERVICE_NAME: 'tickets' }).traces).toBeNull();
    const said = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SERVICE_NAME: 'tickets' };
    expect(load(said).traces).toEqual({ endpoint: 'http://collector:4318', service: 'tickets' });
    expect(refused({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318', PROJECTOR_PORT: '65536' })).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: http://… or https://…, without /v1/traces',
      'PROJECTOR_PORT: an integer from 0 to 65535',
    ]);
  });

  test('is told where it says what is seldom meant', () => {
    const keys = { AUTH_JWKS_URL: 'https://issuer.example/keys' };
    const doubts = (env: Record<string, string>) => doubtsAbout(load(env)).map((doubt) => doubt.split(' ')[0]);
    expect(doubts({})).toEqual([]);
    expect(doubts({ NODE_ENV: 'production', ...keys })).toEqual(['AUTH_AUDIENCE', 'WEBHOOKS_KEY']);
    expect(doubts({ NODE_ENV: 'production', ...keys, AUTH_AUDIENCE: 'us', WEBHOOKS_KEY: SECRET })).toEqual([]);
  });

  test.each([
    'esdb://admin:s%40fe@a:2113,b:2113,c?nodePreference=leader',
    'esdb+discover://log',
    'kurrentdb://log?tls=false',
  ])('may name %s as event store', (url) => expect(load({ EVENT_STORE_URL: url }).eventStoreUrl).toBe(url));

  test.each<[string, Record<string, string>, RegExp]>([
    ['a port that is none', { PORT: '65536' }, /^PORT: an integer from 0 to 65535$/],
    ['a port in hexadecimal', { PORT: '0x50' }, /^PORT: /],
    ['a host with a path', { HOST: 'a/b' }, /^HOST: a host name/],
    ['a database of another kind', { DATABASE_URL: 'mysql://db/holdfast' }, /^DATABASE_URL: postgres:/],
    ['a database that is no URL', { DATABASE_URL: 'db.example' }, /^DATABASE_URL: /],
    ['an unknown event store', { EVENT_STORE_URL: 'redis://log' }, /^EVENT_STORE_URL: postgres:.* or esdb:/],
    ['esdb without a host', { EVENT_STORE_URL: 'esdb://' }, /^EVENT_STORE_URL: esdb:\/\/user:password@host:2113/],
    ['esdb with a bare @', { EVENT_STORE_URL: 'esdb://a:p@w@log' }, /^EVENT_STORE_URL: esdb:.*%-encoding$/],
    ['an unknown option', { EVENT_STORE_URL: 'esdb://log?ssl=true' }, /^EVENT_STORE_URL: of its options tls, /],
    [
      'an option that hides refusals',
      { EVENT_STORE_URL: 'esdb://log?throwOnAppendFailure=false' },
      /^EVENT_STORE_URL: of its options tls, /,
    ],
    [
      'a log that is read from followers',
      { EVENT_STORE_URL: 'esdb://a,b?nodePreference=follower' },
      /^EVENT_STORE_URL: the option nodePreference to match \^leader\$$/,
    ],
    [
      'esdb with the pessimistic strategy',
      { EVENT_STORE_URL: 'esdb://log:2113', LOCKING: 'pessimistic' },
      /^EVENT_STORE_URL: .*no lock to take/,
    ],
    ['an unknown strategy', { LOCKING: 'hopeful' }, /^LOCKING: optimistic or pessimistic$/],
    ['a prefix with a slash', { STREAM_PREFIX: 'a/' }, /^STREAM_PREFIX: 1 to 64 letters/],
    ['a prefix that covers the stream of the log', { STREAM_PREFIX: 'holdfast-' }, /^STREAM_PREFIX: .*holdfast-log/],
    ['an unknown place for the projector', { PROJECTOR: 'on' }, /^PROJECTOR: inline or off$/],
    ['a key set over plain http', { AUTH_JWKS_URL: 'http://id.example/keys' }, /^AUTH_JWKS_URL: https:/],
    ['a short secret', { AUTH_HS256_SECRET: 'x'.repeat(31) }, /^AUTH_HS256_SECRET: 32 bytes or more$/],
    [
      'two ways to check a token',
      { AUTH_JWKS_URL: 'https://id.example/keys', AUTH_HS256_SECRET: SECRET },
      /^AUTH_HS256_SECRET: nothing beside AUTH_JWKS_URL/,
    ],
    [
      'an issuer without a key',
      { AUTH_ISSUER: 'me' },
      /^AUTH_JWKS_URL: this, or AUTH_HS256_SECRET.*beside AUTH_ISSUER$/,
    ],
    [
      'an unknown AUTH_ name',
      { AUTH_HS256_SECRET: SECRET, AUTH_ISSUERS: 'me' },
      /^AUTH_ISSUERS: one of AUTH_JWKS_URL, /,
    ],
    [
      'an unknown source of user ids',
      { AUTH_HS256_SECRET: SECRET, AUTH_USER_ID: 'email' },
      /^AUTH_USER_ID: sub or hmac$/,
    ],
    [
      'hmac without its secret',
      { AUTH_HS256_SECRET: SECRET, AUTH_USER_ID: 'hmac' },
      /^AUTH_USER_ID_SECRET: 32 bytes or more with/,
    ],
    [
      'a secret for user ids that nothing uses',
      { AUTH_HS256_SECRET: SECRET, AUTH_USER_ID_SECRET: SECRET },
      /^AUTH_USER_ID_SECRET: to be unset/,
    ],
    ['a token with a space', { METRICS_TOKEN: 'a b' }, /^METRICS_TOKEN: visible ASCII/],
    ['a bound of no days', { REFUSALS_KEEP_DAYS: '0' }, /^REFUSALS_KEEP_DAYS: an integer from 1 to 36500$/],
    ['a no for an off', { REFUSALS: 'no' }, /^REFUSALS: on or off$/],
    ['a yes for an on', { PUBLIC_READS: 'yes' }, /^PUBLIC_READS: on or off$/],
    ['an unknown choice of lines', { LOG_REQUESTS: 'some' }, /^LOG_REQUESTS: all or errors or off$/],
    ['every origin', { CORS_ORIGINS: '*' }, /^CORS_ORIGINS: origins such as/],
    ['an origin with a path', { CORS_ORIGINS: 'https://shop.example/' }, /^CORS_ORIGINS: /],
    ['a negative limit', { CLOCK_SKEW_LIMIT_MS: '-1' }, /^CLOCK_SKEW_LIMIT_MS: an integer from 0/],
    ['an unknown level', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL: fatal or error/],
    ['a misspelt production', { NODE_ENV: 'prod' }, /^NODE_ENV: development or production or test$/],
    ['a bound out of its range', { MAILBOX_LENGTH: '0' }, /^MAILBOX_LENGTH: an integer from 1/],
    ['a client less patient than the server', { QUERY_TIMEOUT_MS: '4000' }, /^QUERY_TIMEOUT_MS: more than STATEMENT/],
    [
      'a connection less patient than two heart-beats',
      { FEED_HEARTBEAT_MS: '15001' },
      /^SOCKET_TIMEOUT_MS: at least twice FEED_HEARTBEAT_MS/,
    ],
    ...[
      { IN_FLIGHT_WAIT_MS: '30000' },
      { QUEUE_AGE_MS: '26000' },
      { SOCKET_TIMEOUT_MS: '7000', FEED_HEARTBEAT_MS: '10' },
    ].map((env): [string, Record<string, string>, RegExp] => [
      `a connection less patient than an answer: ${JSON.stringify(env)}`,
      env,
      /^SOCKET_TIMEOUT_MS: more than IN_FLIGHT_WAIT_MS, READ_WAIT_MS, and QUEUE_AGE_MS and OUTCOME_DEADLINE_MS together/,
    ]),
  ])('is refused with %s', (_what, env, expected) => {
    expect(refused(env)).toEqual([expect.stringMatching(expected)]);
  });

  test('is refused for everything that is wrong at once, without repeating a value', () => {
    expect(
      refused({ PORT: 'http', LOCKING: 'x', AUTH_HS256_SECRET: 'hunter2' }).map((line) => line.split(':')[0]),
    ).toEqual(['LOCKING', 'AUTH_HS256_SECRET', 'PORT']);
    expect(() => load({ AUTH_HS256_SECRET: 'hunter2', DATABASE_URL: 'pg://u:hunter2@db' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }),
    );
  });

  test.each([
    [{ NODE_ENV: 'production' }],
    [{ HOST: '0.0.0.0' }],
    [{ HOST: '::' }],
    [{ HOST: '127.0.0.1.example' }],
    [{ HOST: 'holdfast.example' }],
  ])('without a key is refused in production: %j', async (env) => {
    expect(refused(env)).toEqual([
      expect.stringMatching(/^AUTH_JWKS_URL: this, or AUTH_HS256_SECRET .* in production/),
    ]);
    await expect(stat(path.join(dataDir, 'secret'))).rejects.toThrow('ENOENT');
  });

  test('of a process without HTTP needs no key', () => {
    expect(loadStoreConfig({ NODE_ENV: 'production', HOST: '0.0.0.0' })).toMatchObject({ projector: 'inline' });
  });
});

describe('the development secret', () => {
  test.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('is made once, for us alone, on %s', async (host) => {
    const first = load({ HOST: host });
    const file = path.join(dataDir, 'secret');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(first.auth.key).toEqual({ kind: 'development', secret: await readFile(file, 'utf8') });
    expect(load({}).auth.key).toEqual(first.auth.key);
  });

  test('is refused when others could read it, or when it is short', async () => {
    const file = path.join(dataDir, 'secret');
    await writeFile(file, SECRET, { mode: 0o644 });
    expect(refused({})).toEqual([expect.stringMatching(/^DATA_DIR: its file "secret" .* mode 0600/)]);
    await rm(file);
    await writeFile(file, 'short', { mode: 0o600 });
    expect(refused({})).toEqual([expect.stringMatching(/^DATA_DIR: its file "secret"/)]);
  });
});

describe('the logger', () => {
  function lines(write: (logger: JsonLogger) => void): Record<string, unknown>[] {
    const out: string[] = [];
    write(new JsonLogger('info', { write: (line) => void out.push(line) }));
    return out.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  test('writes one JSON object a line, with the fields of our adapters and the context of Nest', () => {
    const [ours, nest, error, quiet] = lines((logger) => {
      logger.log('Postgres started', { port: 5_432 });
      logger.log('Mapped route', 'RouterExplorer');
      logger.error('It failed', 'Error: it failed\n    at here', 'Somewhere');
      logger.debug('not at this level');
    });
    expect(ours).toMatchObject({ level: 'info', msg: 'Postgres started', port: 5_432 });
    expect(nest).toMatchObject({ msg: 'Mapped route', context: 'RouterExplorer' });
    expect(error).toMatchObject({
      level: 'error',
      context: 'Somewhere',
      stack: expect.stringContaining('at here') as string,
    });
    expect(quiet).toBeUndefined();
  });

  test('lets no secret through, wherever it stands', () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl';
    const written = lines((logger) => {
      logger.warn(`refused Bearer ${token}`, { headers: { authorization: 'hidden-1' }, token: 'hidden-2' });
      logger.warn('lost', { request: { headers: { authorization: 'hidden-3', 'idempotency-key': 'hidden-4' } } });
      logger.error(new Error('connect postgres://holdfast:hidden-5@db:5432/holdfast'), { secret: 'hidden-6' });
      logger.warn(`a token by itself: ${token}`);
    });
    expect(written).toHaveLength(4);
    const all = JSON.stringify(written);
    expect(all).not.toContain('hidden');
    expect(all).not.toContain(token.slice(10));
    expect(all).toContain('postgres://holdfast:[redacted]@db:5432/holdfast');
  });
});
