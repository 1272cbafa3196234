import type { AddressInfo } from 'node:net';
import { ACCESS, SCOPES, accessOf, isAllowed } from '../../src/infrastructure/http/access.js';
import { mintToken } from '../../src/infrastructure/http/tokens.js';
import { SECRET, tokenOf } from '../support/credentials.js';
import { FrontDoor } from '../support/front-door.js';
import { pipelined, type RawRequest } from '../support/raw-http.js';

let door: FrontDoor;
let port: number;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  door = await FrontDoor.open({ publicReads: false });
  await door.app.listen(0, '127.0.0.1');
  port = (door.app.getHttpServer().address() as AddressInfo).port;
  const eventId = await door.event({ eventId: 'gala', capacity: 9 });
  ids = { eventId, userId: 'ada', bookingId: await door.booking(eventId, 'ada') };
});
afterAll(() => door.close());

/** Of what the router was given, so that a route that is new walks along. */
const routes = (): string[] => [...new Set(door.routes)].filter((route) => !route.startsWith('HEAD '));
const methodOf = (route: string): string => route.split(' ')[0]!;
const pathOf = (route: string): string =>
  route.split(' ')[1]!.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? 'x');

const old = { subject: 'bob', scope: SCOPES.join(' '), issuer: null, audience: null };
const ALL_SCOPES = tokenOf('bob', SCOPES.join(' '));

interface WhoAsks {
  readonly who: string;
  readonly token: string | null;
  /** Null: nobody that the service knows. */
  readonly scopes: readonly string[] | null;
}

const CALLERS: readonly WhoAsks[] = [
  { who: 'nobody', token: null, scopes: null },
  { who: 'one whose token has expired', token: mintToken(SECRET, { ...old, ttlMs: -1_000 }), scopes: null },
  { who: 'one with another secret', token: mintToken(`not ${SECRET}`, { ...old, ttlMs: 60_000 }), scopes: null },
  { who: 'one without scopes', token: tokenOf('bob', 'none'), scopes: [] },
  ...SCOPES.map((scope) => ({ who: `bob with ${scope}`, token: tokenOf('bob', scope), scopes: [scope] })),
  { who: 'bob with every scope', token: ALL_SCOPES, scopes: SCOPES },
];

interface Trick {
  readonly name: string;
  readonly method?: string;
  readonly path?: (path: string) => string;
  readonly headers?: RawRequest['headers'];
  /** It is the same route all the same, and decided exactly as without the trick. */
  readonly isSame?: true;
  /** The method of the routes that it makes sense for. */
  readonly only?: string;
}

const letters = (path: string): string => path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

const TRICKS: readonly Trick[] = [
  { name: 'as it should be', isSame: true },
  { name: 'HEAD', method: 'HEAD', isSame: true, only: 'GET' },
  ...['OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'].map((method) => ({ name: method, method })),
  ...['GET', 'DELETE', 'PUT'].map((method) => ({
    name: `another method in a header, ${method}`,
    headers: ['x-http-method-override', 'x-http-method', 'x-method-override'].map((name) => [name, method] as const),
    isSame: true as const,
  })),
  {
    name: 'another path in a header',
    headers: ['x-original-url', 'x-rewrite-url', 'x-forwarded-prefix'].map((name) => [name, '/health/live'] as const),
    isSame: true,
  },
  { name: 'a token in the query', path: (path) => `${path}?access_token=${ALL_SCOPES}`, isSame: true },
  { name: 'a token in a cookie', headers: [['cookie', `token=${ALL_SCOPES}`]], isSame: true },
  { name: 'encoded letters', path: letters },
  { name: 'encoded slashes', path: (path) => `/${path.slice(1).replaceAll('/', '%2f')}` },
  { name: 'an encoded dot', path: (path) => `/%2e${path}` },
  { name: 'double slashes', path: (path) => path.replaceAll('/', '//') },
  { name: 'one double slash', path: (path) => `/${path}` },
  { name: 'a slash at the end', path: (path) => `${path}/` },
  { name: 'upper case', path: (path) => path.toUpperCase() },
  { name: 'a parameter', path: (path) => `${path};x=1` },
  { name: 'a parameter early on', path: (path) => path.replace('/v1', '/v1;x=1') },
  { name: 'dots in between', path: (path) => path.replace('/v1', '/v1/./../v1') },
  { name: 'dots below a page', path: (path) => `/docs/..${path}` },
  { name: 'encoded dots below a page', path: (path) => `/docs/%2e%2e${path}` },
  { name: 'dots below an open route', path: (path) => `/health/live/..${path}` },
  { name: 'a backslash', path: (path) => path.replace('/v1/', '/v1\\') },
  { name: 'a NUL at the end', path: (path) => `${path}%00` },
  { name: 'a broken escape', path: (path) => `${path}%zz` },
  { name: 'another host', path: (path) => `http://other.example${path}` },
];

/** What may be answered. `mayUse`: this caller this route. */
function isRight(status: number, trick: Trick, mayUse: boolean, scopes: WhoAsks['scopes']): boolean {
  // The router knows no dots: what begins as a page is one, and there is none of that name.
  if (scopes === null) return status === 401 || (status === 404 && /page/.test(trick.name));
  if (trick.isSame) return mayUse ? status !== 401 && status !== 403 && status < 500 : status === 403;
  return mayUse ? status !== 401 && status < 500 : [400, 403, 404, 405].includes(status);
}

/** Every route × every caller, by every trick; answers those answers that are wrong, in words. */
async function walk(isWalked: (mayUse: boolean) => boolean): Promise<{ asked: number; wrong: string[] }> {
  const wrong: string[] = [];
  let asked = 0;
  for (const route of routes()) {
    const access = accessOf(methodOf(route), route.split(' ')[1]);
    if (access === 'open') continue;
    const tricks = TRICKS.filter(({ only }) => only === undefined || only === methodOf(route));
    const walked = CALLERS.flatMap((caller) => tricks.map((trick) => ({ ...caller, trick }))).flatMap((each) => {
      // By another path the scope hardly matters: those who have all of them and those who have none will do.
      if (!each.trick.isSame && each.scopes?.length === 1) return [];
      const mayUse =
        each.scopes !== null && isAllowed(access, { userId: 'bob', scopes: new Set(each.scopes), until: Infinity });
      // A feed goes on, and its connection ends with it: those who may have it are in its own spec.
      if (mayUse && route.endsWith(' /v1/feed')) return [];
      return isWalked(mayUse) ? [{ ...each, mayUse }] : [];
    });
    const requests = walked.map(({ token, trick }) => ({
      method: trick.method ?? methodOf(route),
      target: trick.path?.(pathOf(route)) ?? pathOf(route),
      headers: [...(token === null ? [] : [['authorization', `Bearer ${token}`] as const]), ...(trick.headers ?? [])],
    }));
    const answers = await pipelined(port, requests);
    asked += answers.length;
    for (const [index, { status }] of answers.entries()) {
      const { who, trick, mayUse, scopes } = walked[index]!;
      if (!isRight(status, trick, mayUse, scopes)) wrong.push(`${route}, ${trick.name}: ${who} ${status}`);
    }
  }
  return { asked, wrong };
}

describe('every route, whoever asks and however it is written', () => {
  it('is nothing to those who may not use it, and what they send leaves nothing behind', async () => {
    const before = door.written;
    const { asked, wrong } = await walk((mayUse) => !mayUse);
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(2_000);
    expect(door.written).toBe(before);
  });

  it('is open to those who may', async () => {
    const { asked, wrong } = await walk((mayUse) => mayUse);
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(400);
  });

  it('is open to everybody where there is nothing to see', () => {
    const open = Object.entries(ACCESS).flatMap(([route, access]) => (access === 'open' ? [route] : []));
    expect(open).toEqual([
      ...['GET /health/live', 'GET /health/ready', 'GET /openapi.json', 'GET /docs', 'GET /docs/*'],
      // The sign-in page, what it is made of, and the ways through the door.
      ...['GET /control-room', 'POST /control-room/sign-in', 'POST /control-room/sign-out'],
      ...['GET /control-room/issuer', 'GET /control-room/issuer/back', 'GET /control-room/assets/:file'],
    ]);
  });

  it('has no method in small letters', async () => {
    for (const route of routes().filter((each) => each.includes('/v1/'))) {
      const method = methodOf(route).toLowerCase();
      const [answer] = await pipelined(port, [
        { method, target: pathOf(route), headers: [['authorization', `Bearer ${ALL_SCOPES}`]] },
      ]);
      expect([route, answer!.status]).toEqual([route, 400]);
    }
  });

  it('takes one Authorization header, in any case, and refuses two alike, whichever is good', async () => {
    const ask = (...values: string[]) => ({
      method: 'GET',
      target: '/v1/bookings',
      headers: values.map((value, index) => [index === 0 ? 'Authorization' : 'AUTHORIZATION', value] as const),
    });
    const good = `Bearer ${tokenOf('bob')}`;
    const bad = `Bearer ${tokenOf('bob').slice(0, -8)}AAAAAAAA`;
    const [one, small, none, ...refused] = await pipelined(port, [
      ...[ask(good), ask(good.replace('Bearer', 'bearer')), ask()],
      ...[ask(bad), ask(good, bad), ask(bad, good), ask(good, good), ask(`${good}, ${good}`), ask(`${good} x`)],
    ]);
    expect([one!.status, small!.status, none!.status]).toEqual([200, 200, 401]);
    const told = refused.map(({ status, head, body }) => ({
      ...{ status, body },
      head: head.replace(/^(x-request-id|date): .*$/gim, '$1'),
    }));
    expect(told[0]).toMatchObject({ status: 401, head: expect.stringContaining('invalid_token') as string });
    for (const answer of told) expect(answer).toEqual(told[0]);
  });
});
