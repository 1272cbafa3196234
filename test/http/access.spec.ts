import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { createSigner } from 'fast-jwt';
import { registerToken } from '../../src/cli/token.js';
import type { AuthConfig } from '../../src/infrastructure/config.js';
import { ACCESS } from '../../src/infrastructure/http/access.js';
import { Authenticator } from '../../src/infrastructure/http/auth.js';
import { HttpProblem, PROBLEM_KINDS } from '../../src/infrastructure/http/problems.js';
import { FrontDoor, HS256, SECRET, tokenOf } from '../support/front-door.js';

const ORIGIN = 'https://shop.example';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({ publicReads: false, corsOrigins: [ORIGIN] });
});
afterAll(() => door.close());

const ROUTES = Object.entries(ACCESS).map(([route, access]) => {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replace(':eventId', 'some').replace(':bookingId', '00000000-0000-4000-8000-000000000000');
  return { route, access, method, path };
});
const GUARDED = ROUTES.filter(({ access }) => access !== 'open');

const encoded = (path: string): string => path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

describe('who may use a route', () => {
  it('is said for every route that the router knows, and for no other', () => {
    const table = new Set(Object.keys(ACCESS));
    const withoutHead = door.routes.filter((route) => !route.startsWith('HEAD '));
    expect(withoutHead.filter((route) => !table.has(route))).toEqual([]);
    expect([...table].filter((route) => !withoutHead.includes(route))).toEqual([]);
  });

  it.each(GUARDED)('$route: nobody without a token, however it is written', async ({ method, path }) => {
    const variants = [
      ...[path, encoded(path), path.replace('/v1', '//v1'), path.replaceAll('/', '//'), `${path}/`, path.toUpperCase()],
      ...[
        `${path}?x=1`,
        `${path};x=1`,
        `${path}#x`,
        `/docs/..${path}`,
        `/docs/%2e%2e${path}`,
        `/health/live/..${path}`,
        `.${path}`,
      ],
    ];
    for (const each of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', method]) {
      for (const url of variants) {
        const { statusCode } = await door.fastify.inject({
          method: each as 'GET',
          url,
          payload: each === 'POST' ? '{}' : '',
        });
        expect([each, url, statusCode]).toEqual([each, url, 401]);
      }
    }
  });

  it.each(GUARDED.filter(({ access }) => Array.isArray(access)))(
    '$route: nobody without its scope',
    async ({ method, path, access }) => {
      for (const scope of ['none', 'audit:read user:erase ops', 'bookings BOOKING event:manage2']) {
        const { statusCode, json } = await door.ask(method, path, `ada ${scope}`, method === 'GET' ? undefined : {});
        expect([scope, statusCode, json['code']]).toEqual([scope, 403, 'forbidden']);
      }
      for (const scope of access as readonly string[]) {
        const { statusCode } = await door.ask(method, path, `ada ${scope}`, method === 'GET' ? undefined : {});
        expect([401, 403]).not.toContain(statusCode);
      }
    },
  );

  it('is everybody for health and the description, and anybody with a token for reads', async () => {
    for (const { path } of ROUTES.filter(({ access, route }) => access === 'open' && !/\*|LICENSE/.test(route)))
      expect((await door.ask('GET', path, null)).statusCode).toBe(200);
    expect((await door.ask('GET', '/v1/events', 'ada none')).statusCode).toBe(200);
    expect((await door.ask('HEAD', '/v1/events', 'ada none')).statusCode).toBe(200);
  });
});

const hourFromNow = (): number => Math.floor(Date.now() / 1_000) + 3_600;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token put together by hand, as an attacker would. */
function forged(header: object, claims: object, key: string | KeyObject = SECRET): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

async function outcome(auth: AuthConfig | Authenticator, authorization: string | undefined): Promise<string> {
  const authenticator = auth instanceof Authenticator ? auth : new Authenticator(auth);
  try {
    return (await authenticator.callerOf(authorization)).userId;
  } catch (error) {
    if (error instanceof HttpProblem) return error.code;
    throw error;
  }
}

describe('a token', () => {
  const good = { sub: 'ada', scope: 'booking', exp: hourFromNow() };
  const header = { alg: 'HS256', typ: 'JWT' };

  it.each<[string, string | undefined]>([
    ['that is absent', undefined],
    ['of another scheme', `Basic ${tokenOf('ada')}`],
    ['that is no token', 'Bearer x'],
    ['with too many parts', `Bearer ${tokenOf('ada')}.x`],
    ['that is endless', `Bearer ${'a'.repeat(9_000)}.a.a`],
    ['without a signature', `Bearer ${part(header)}.${part(good)}.`],
    ['with algorithm none', `Bearer ${part({ alg: 'none' })}.${part(good)}.`],
    ['with algorithm None and a signature', `Bearer ${forged({ alg: 'None' }, good)}`],
    ['with algorithm HS512', `Bearer ${forged({ alg: 'HS512' }, good)}`],
    ['signed with another secret', `Bearer ${forged(header, good, 'another secret that is longer than 32 bytes')}`],
    ['that was changed', `Bearer ${tokenOf('ada').replace(/\.[^.]+\./, `.${part({ ...good, sub: 'eve' })}.`)}`],
    ['that has expired', `Bearer ${forged(header, { ...good, exp: hourFromNow() - 3_601 })}`],
    ['that is not good yet', `Bearer ${forged(header, { ...good, nbf: hourFromNow() })}`],
    ['without exp', `Bearer ${forged(header, { sub: 'ada', scope: 'booking' })}`],
    ['with exp in words', `Bearer ${forged(header, { ...good, exp: String(good.exp) })}`],
    ['with exp null', `Bearer ${forged(header, { ...good, exp: null })}`],
    ['without sub', `Bearer ${forged(header, { scope: 'booking', exp: good.exp })}`],
    ['with a number as sub', `Bearer ${forged(header, { ...good, sub: 1 })}`],
    ['with an empty sub', `Bearer ${forged(header, { ...good, sub: '' })}`],
    ['that brings its key', `Bearer ${forged({ ...header, jwk: { kty: 'oct', k: 'eA' } }, good)}`],
    ['that says where its key is', `Bearer ${forged({ ...header, jku: 'https://evil.example' }, good)}`],
    ['that says where its certificate is', `Bearer ${forged({ ...header, x5u: 'https://evil.example' }, good)}`],
    ['with a critical header', `Bearer ${forged({ ...header, crit: ['b64'], b64: false }, good)}`],
  ])('%s is refused', async (_, authorization) => {
    expect(await outcome(HS256, authorization)).toBe('unauthenticated');
  });

  it.each([
    ['ada', 'ada'],
    ['auth0|5f7c:a-b_c.d', 'auth0|5f7c:a-b_c.d'],
    ['ada@b.example', 'user-id-not-opaque'],
    ['a b', 'user-id-not-opaque'],
    ['x'.repeat(129), 'user-id-not-opaque'],
    ['system:settle', 'forbidden'],
  ])('of %.30s means %.30s', async (sub, expected) => {
    expect(await outcome(HS256, `bearer ${forged(header, { ...good, sub })}`)).toBe(expected);
  });

  it('with any subject is good where user ids are made from it', async () => {
    const auth: AuthConfig = { ...HS256, userId: { kind: 'hmac', secret: 'k'.repeat(32) } };
    const expected = createHmac('sha256', 'k'.repeat(32)).update('ada@b.example').digest('base64url');
    expect(await outcome(auth, `Bearer ${forged(header, { ...good, sub: 'ada@b.example' })}`)).toBe(expected);
  });

  it('must be from the issuer and for us, when that is set', async () => {
    const auth: AuthConfig = { ...HS256, issuer: 'https://id.example', audience: 'holdfast' };
    const from = (claims: object) => outcome(auth, `Bearer ${forged(header, { ...good, ...claims })}`);
    expect(await from({ iss: 'https://id.example', aud: 'holdfast' })).toBe('ada');
    expect(await from({ iss: 'https://id.example', aud: ['other', 'holdfast'] })).toBe('ada');
    for (const claims of [
      ...[{}, { iss: 'https://id.example' }, { aud: 'holdfast' }, { iss: 'https://id.example/', aud: 'holdfast' }],
      ...[
        { iss: ['https://id.example'], aud: 'holdfast' },
        { iss: 'https://id.example', aud: 'holdfast2' },
      ],
    ])
      expect([claims, await from(claims)]).toEqual([claims, 'unauthenticated']);
  });

  it('is refused with a challenge', async () => {
    const { statusCode, headers } = await door.ask('GET', '/v1/bookings', null, undefined, {
      authorization: 'Bearer x.y.z',
    });
    expect([statusCode, headers['www-authenticate']]).toEqual([401, 'Bearer realm="holdfast", error="invalid_token"']);
  });
});

describe('keys of an issuer', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  let keys: object[] = [];
  let status = 200;
  let fetches = 0;
  let server: Server;
  let auth: AuthConfig;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(status, { location: '/elsewhere' }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    auth = { ...HS256, key: { kind: 'jwks', url } };
    keys = [
      { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig' },
      { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256' },
      { ...ed.publicKey.export({ format: 'jwk' }), kid: 'ed' },
      { kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), kid: 'shared' },
      { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'for-encryption', use: 'enc' },
      { kty: 'broken', kid: 'broken' },
    ];
  });
  afterAll(() => server.close());

  const signed = (
    algorithm: 'RS256' | 'ES256' | 'EdDSA' | 'PS256',
    { privateKey }: { privateKey: KeyObject },
    kid?: string,
  ): string => {
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const sign = createSigner({ key, algorithm, expiresIn: 60_000, ...(kid === undefined ? {} : { kid }) });
    return `Bearer ${sign({ sub: 'ada', scope: 'booking' })}`;
  };

  it('are found by their id, each with its own algorithm', async () => {
    const authenticator = new Authenticator(auth);
    expect(await outcome(authenticator, signed('RS256', rsa, 'rsa'))).toBe('ada');
    expect(await outcome(authenticator, signed('ES256', ec, 'ec'))).toBe('ada');
    expect(await outcome(authenticator, signed('EdDSA', ed, 'ed'))).toBe('ada');
    const pem = createPublicKey(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
      type: 'spki',
      format: 'pem',
    });
    const claims = { sub: 'ada', exp: hourFromNow() };
    for (const bad of [
      ...[
        signed('RS256', rsa, 'ec'),
        signed('RS256', rsa),
        signed('PS256', rsa, 'rsa'),
        signed('RS256', rsa, 'for-encryption'),
      ],
      `Bearer ${forged({ alg: 'HS256', kid: 'rsa' }, claims, pem.toString())}`,
      `Bearer ${forged({ alg: 'HS256', kid: 'shared' }, claims)}`,
      `Bearer ${forged({ alg: 'HS256', kid: '../../dev/null' }, claims, '')}`,
      `Bearer ${forged({ alg: 'HS256', kid: { rsa: 1 } }, claims)}`,
      ...['__proto__', 'constructor'].map((kid) => `Bearer ${forged({ alg: 'RS256', kid }, claims)}`),
    ])
      expect([bad, await outcome(authenticator, bad)]).toEqual([bad, 'unauthenticated']);
  });

  it('are fetched once, whoever asks and however often with unknown ids', async () => {
    fetches = 0;
    const authenticator = new Authenticator(auth);
    await Promise.all(Array.from({ length: 20 }, () => outcome(authenticator, signed('RS256', rsa, 'rsa'))));
    for (let guess = 0; guess < 20; guess += 1) await outcome(authenticator, signed('RS256', rsa, `guess-${guess}`));
    expect(fetches).toBe(1);
  });

  it.each([500, 302])('that cannot be had (%i) are a fault of ours, not of the token', async (answer) => {
    status = answer;
    await expect(outcome(auth, signed('RS256', rsa, 'rsa'))).rejects.toMatchObject({ code: 'store-unavailable' });
    status = 200;
  });
});

describe('around a request', () => {
  it('headers protect the browser, and ids come back', async () => {
    const { headers } = await door.ask('GET', '/health/live', null, undefined, { 'x-request-id': 'from-caller' });
    expect(headers).toMatchObject({
      ...{ 'x-request-id': 'from-caller', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' },
      ...{ 'cache-control': 'no-store', 'content-security-policy': expect.stringContaining("default-src 'none'") },
    });
    const insane = await door.ask('GET', '/health/live', null, undefined, { 'x-request-id': 'a b\u00e9' });
    expect(insane.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('the correlation id and a well-formed traceparent reach the log', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const eventId = await door.event({ capacity: 5 });
    const book = (as: string, sent: string) =>
      door.ask('POST', `/v1/events/${eventId}/bookings`, as, {}, { 'x-request-id': 'req-1', traceparent: sent });
    await book('ada', traceparent);
    await book('bob', `${traceparent}x`);
    const [ada, bob] = door.service.log.records
      .slice(-2)
      .map(({ metadata }) => (typeof metadata === 'string' ? JSON.parse(metadata) : metadata) as object);
    expect(ada).toMatchObject({ actor: 'ada', correlationId: 'req-1', traceparent });
    expect(bob).not.toHaveProperty('traceparent');
  });

  it('browsers of the named origins are let in, and no others', async () => {
    const preflight = (origin: string) =>
      door.ask('OPTIONS', '/v1/bookings', null, undefined, { origin, 'access-control-request-method': 'GET' });
    const known = await preflight(ORIGIN);
    expect([known.statusCode, known.headers['access-control-allow-origin']]).toEqual([204, ORIGIN]);
    const unknown = await preflight('https://evil.example');
    expect([unknown.statusCode, unknown.headers['access-control-allow-origin']]).toEqual([401, undefined]);
    const read = await door.ask('GET', '/v1/events', 'ada', undefined, { origin: ORIGIN });
    expect(read.headers).toMatchObject({ 'access-control-allow-origin': ORIGIN, vary: 'origin' });
  });

  it('readiness names what fails', async () => {
    expect((await door.ask('GET', '/health/ready', null)).json).toEqual({ status: 'ready', checks: {} });
    door.checks.push({ name: 'store', code: 'store-unavailable', passes: () => Promise.reject(new Error('secret')) });
    door.checks.push({ name: 'clock', code: 'clock-skew', passes: async () => true });
    const { statusCode, json, headers } = await door.ask('GET', '/health/ready', null);
    expect([statusCode, json['code'], json['checks']]).toEqual([
      503,
      'store-unavailable',
      { store: 'failing', clock: 'ok' },
    ]);
    expect(headers['retry-after']).toBe('1');
    door.checks.length = 0;
  });

  it('the description names every route, problem and field, and no other host', async () => {
    const { json } = await door.ask('GET', '/openapi.json', null);
    const paths = json['paths'] as Record<string, Record<string, { summary?: string; responses: object }>>;
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { summary }]) =>
          `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')} ${summary !== undefined}`,
      ),
    );
    const expected = Object.keys(ACCESS).filter((route) => /\/(v1|health)\//.test(route));
    expect(described.sort()).toEqual(expected.map((route) => `${route} true`).sort());
    const text = JSON.stringify(json);
    const untold = ['method-not-allowed', 'request-timeout', 'headers-too-large', 'rate-limited'];
    for (const { code } of PROBLEM_KINDS.filter((kind) => !untold.includes(kind.code)))
      expect(text).toContain(`"${code}"`);
    for (const name of ['holdSeconds', 'waitlist', 'Idempotency-Key', 'If-Match', 'nextCursor', 'cursor'])
      expect(text).toContain(name);
    const page = (await door.ask('GET', '/docs', null)).body;
    expect(page).toContain('Holdfast');
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//);
  });
});

describe('holdfast token', () => {
  it('prints a token that the service takes', async () => {
    const printed: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    const { AUTH_HS256_SECRET: before } = process.env;
    process.env['AUTH_HS256_SECRET'] = SECRET;
    process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
    try {
      const program = new Command().exitOverride();
      registerToken(program);
      await program.parseAsync(['token', 'ada', '--scope', 'booking event:manage', '--ttl', '5m'], { from: 'user' });
    } finally {
      process.stdout.write = write;
      if (before === undefined) delete process.env['AUTH_HS256_SECRET'];
      else process.env['AUTH_HS256_SECRET'] = before;
    }
    expect(await new Authenticator(HS256).callerOf(`Bearer ${printed.join('').trim()}`)).toEqual({
      userId: 'ada',
      scopes: new Set(['booking', 'event:manage']),
    });
  });
});
