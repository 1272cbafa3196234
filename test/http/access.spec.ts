import { connect, type AddressInfo } from 'node:net';
import { ACCESS, SCOPES } from '../../src/infrastructure/http/access.js';
import { PROBLEM_KINDS } from '../../src/infrastructure/http/problems.js';
import { BOUNDS, FrontDoor } from '../support/front-door.js';

const ORIGIN = 'https://shop.example';

const bounds = { ...BOUNDS, headersTimeoutMs: 300, requestTimeoutMs: 500 };

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({ publicReads: false, corsOrigins: [ORIGIN], bounds });
});
afterAll(() => door.close());

const ROUTES = Object.entries(ACCESS).map(([route, access]) => {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern
    .replace(':eventId', 'some')
    .replace(':file', 'room.css')
    .replace(':userId', 'ada')
    .replace(/:(bookingId|webhookId|messageId|rehearsalId)/g, '00000000-0000-4000-8000-000000000000');
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
    const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'];
    const asked = [
      ...methods.map((each) => [each, path] as const),
      ...[method, 'HEAD', 'OPTIONS'].flatMap((each) => variants.map((url) => [each, url] as const)),
    ];
    for (const [each, url] of asked) {
      const { statusCode } = await door.fastify.inject({ method: each as 'GET', url });
      expect([each, url, statusCode]).toEqual([each, url, 401]);
    }
  });

  it.each(['/v1/events/', '/v1/events//bookings', '/v1/webhooks/', '/v1/users/'])(
    '%s lacks a part, so there is nothing that a scope could be needed for',
    async (path) => {
      for (const scope of ['none', SCOPES.join(' ')]) {
        const { statusCode, json } = await door.ask('GET', path, `ada ${scope}`);
        expect([statusCode, json['code']]).toEqual([404, 'not-found']);
      }
    },
  );

  it.each(GUARDED.filter(({ access }) => Array.isArray(access)))(
    '$route: nobody without its scope',
    async ({ method, path, access }) => {
      const others = SCOPES.filter((scope) => !(access as readonly string[]).includes(scope)).join(' ');
      for (const scope of ['none', others, 'bookings BOOKING event:manage2 OPS']) {
        const { statusCode, json } = await door.ask(method, path, `ada ${scope}`, method === 'GET' ? undefined : {});
        // A page says it to people.
        const code = path.startsWith('/control-room') ? undefined : 'forbidden';
        expect([scope, statusCode, json['code']]).toEqual([scope, 403, code]);
      }
      for (const scope of access as readonly string[]) {
        const { statusCode } = await door.ask(method, path, `ada ${scope}`, method === 'GET' ? undefined : {});
        expect([401, 403]).not.toContain(statusCode);
      }
    },
  );

  it('lets the figures be read with the scope ops or with the token for scraping, and with nothing else', async () => {
    const scraped = await FrontDoor.open({ metricsToken: 'scrape-me' });
    const ask = (authorization: string) => scraped.ask('GET', '/metrics', null, undefined, { authorization });
    expect((await scraped.ask('GET', '/metrics', null)).statusCode).toBe(401);
    expect((await ask('Bearer scrape-you')).statusCode).toBe(401);
    expect((await scraped.ask('GET', '/metrics', 'ada')).statusCode).toBe(403);
    expect((await scraped.ask('GET', '/metrics', 'ada ops')).statusCode).toBe(200);
    await scraped.event();
    const { statusCode, body } = await ask('Bearer scrape-me');
    expect(statusCode).toBe(200);
    expect(body).toMatch(/^holdfast_domain_events_total 1$/m);
    expect(
      (await scraped.ask('GET', '/v1/bookings', null, undefined, { authorization: 'Bearer scrape-me' })).statusCode,
    ).toBe(401);
    await scraped.close();
  });

  it('is everybody for health and the description, and anybody with a token for reads', async () => {
    const open = ROUTES.filter(({ access, method }) => access === 'open' && method === 'GET');
    for (const { path } of open.filter(({ route }) => !/\*|issuer/.test(route)))
      expect((await door.ask('GET', path, null)).statusCode).toBe(200);
    expect((await door.ask('GET', '/v1/events', 'ada none')).statusCode).toBe(200);
    expect((await door.ask('HEAD', '/v1/events', 'ada none')).statusCode).toBe(200);
  });
});

describe('around a request', () => {
  it('a bad token is refused with a challenge', async () => {
    const { statusCode, headers } = await door.ask('GET', '/v1/bookings', null, undefined, {
      authorization: 'Bearer x.y.z',
    });
    expect([statusCode, headers['www-authenticate']]).toEqual([401, 'Bearer realm="holdfast", error="invalid_token"']);
  });

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
    expect(read.headers).toMatchObject({ 'access-control-allow-origin': ORIGIN, vary: 'origin, accept' });
    for (const path of ['/v1/bookings', '/nothing', '/v1/%ff']) {
      const { statusCode, headers } = await door.ask('GET', path, null, undefined, { origin: ORIGIN });
      expect([path, statusCode, headers['access-control-allow-origin']]).toEqual([path, 401, ORIGIN]);
    }
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
    // The control room is pages for people.
    const calls = Object.keys(ACCESS).filter((route) => !route.includes(' /control-room'));
    const expected = calls.map((route) => route.replace('*', ':file'));
    expect(described.sort()).toEqual(expected.map((route) => `${route} true`).sort());
    const text = JSON.stringify(json);
    for (const { code } of PROBLEM_KINDS) expect(text).toContain(`"${code}"`);
    for (const name of ['holdSeconds', 'waitlist', 'Idempotency-Key', 'If-Match', 'nextCursor', 'cursor'])
      expect(text).toContain(name);
    const page = (await door.ask('GET', '/docs', null)).body;
    expect(page).toContain('Holdfast');
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//);
  });
});

describe('on the wire', () => {
  let port: number;
  beforeAll(async () => {
    await door.app.listen(0, '127.0.0.1');
    port = (door.app.getHttpServer().address() as AddressInfo).port;
  });

  /** What comes back for bytes that no client library would send. */
  async function raw(request: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const socket = connect(port, '127.0.0.1');
    socket.write(request);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [head = '', body = ''] = Buffer.concat(chunks).toString('utf8').split('\r\n\r\n');
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as Record<string, unknown> };
  }
  const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

  it('two tokens are as good as none, whoever they are of', async () => {
    const bearer = (as: string): string => `Authorization: Bearer ${door.tokenFor(as)}\r\n`;
    for (const [first, second] of ['ada', 'bob'].flatMap((one) => ['ada', 'bob'].map((other) => [one, other]))) {
      const both = `${bearer(first!)}${bearer(second!).replace('Authorization', 'AUTHORIZATION')}`;
      const answer = await raw(get('/v1/bookings').replace('\r\n\r\n', `\r\n${both}\r\n`));
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
  });

  it.each([
    ['what is not HTTP', 'hello\r\n\r\n', 400],
    ['a length that is none', 'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['no host', 'GET /v1/events HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two hosts', 'GET /v1/events HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n', 400],
    ['two hosts of an old client', 'GET /v1/events HTTP/1.0\r\nHost: x\r\nhost: x\r\n\r\n', 400],
    ['endless headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['headers that never end', 'GET / HTTP/1.1\r\nHost: x\r\n', 408],
    ['a way out of the page', get('/docs/../v1/events'), 404],
    ['an encoded way out of the page', get('/docs/%2e%2e/%2e%2e/package.json'), 404],
    ['a file that the page does not have', get('/docs/nothing.js'), 404],
    ['a way around', get('//v1/bookings'), 401],
    ['a way up', get('/health/../v1/bookings'), 401],
    ['another host', get('http://other.example/v1/bookings'), 401],
    ['a NUL', get('/v1/events/%00/bookings'), 401],
  ])('%s is answered with a problem', async (_, request, status) => {
    const answer = await raw(request);
    expect([answer.status, answer.body['status']]).toEqual([status, status]);
  });
});
