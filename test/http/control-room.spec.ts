import type { AuthConfig } from '../../src/infrastructure/auth-config.js';
import { mintToken } from '../../src/infrastructure/http/tokens.js';
import { HS256, SECRET, tokenOf } from '../support/credentials.js';
import { BOUNDS, FrontDoor, type Response } from '../support/front-door.js';
import { generation } from '../support/memory-projections.js';

const HOST = 'localhost:3000';
const DEVELOPMENT: AuthConfig = { ...HS256, key: { kind: 'development', secret: SECRET } };

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({ auth: DEVELOPMENT });
});
afterAll(() => door.close());

type Headers = Record<string, string>;

const visit = (url: string, as: string | null = 'ada audit:read', headers: Headers = {}) =>
  door.ask('GET', url, as, undefined, { host: HOST, ...headers });

function send(action: string, fields: string | Headers, headers: Headers = {}, to = door): Promise<Response> {
  const type = 'application/x-www-form-urlencoded';
  const form = new URLSearchParams(fields).toString();
  return to.ask('POST', `/control-room/${action}`, null, form, { 'content-type': type, host: HOST, ...headers });
}

const cookieOf = (response: Response): string => String(response.headers['set-cookie']).split(';')[0]!;

const expired = (): string =>
  mintToken(SECRET, { subject: 'ada', scope: 'booking', ttlMs: -60_000, issuer: null, audience: null });

describe('signing in', () => {
  it('is the one page that everybody may see', async () => {
    const { statusCode, headers, body } = await visit('/control-room', null);
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain('Sign in with a token');
    expect(body).not.toContain('role="alert"');
  });

  it('takes a token, keeps it in a cookie, and leads to where one wanted to go', async () => {
    await door.event({ title: 'A recital' });
    const wanted = await visit('/control-room/events?available=true', null);
    expect(wanted.statusCode).toBe(401);
    expect(wanted.body).toContain('value="/control-room/events?available=true"');
    const done = await send('sign-in', {
      token: ` Bearer ${tokenOf('ada')}\n`,
      next: '/control-room/events?available=true',
    });
    expect([done.statusCode, done.body]).toEqual([303, '']);
    expect(done.headers['set-cookie']).toMatch(/^holdfast=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    const cookie = cookieOf(done);
    const led = await visit(String(done.headers['location']), null, { cookie });
    expect([led.statusCode, led.headers['location']]).toEqual([303, '/control-room/events?available=true']);
    const page = await visit(String(led.headers['location']), null, { cookie });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('A recital');
  });

  it.each([
    '//evil.example',
    'https://evil.example',
    '/v1/events',
    '/control-room/sign-out',
    '/control-room/"><script>',
  ])('leads nowhere else: %s', async (next) => {
    const cookie = cookieOf(await send('sign-in', { token: tokenOf('ada'), next }));
    const { headers } = await visit(`/control-room?next=${encodeURIComponent(next)}`, null, { cookie });
    expect(headers['location']).toBe('/control-room/events');
  });

  it.each([
    ['nothing', '', 'not accepted'],
    ['what is no token', 'hello', 'not accepted'],
    [
      'another issuer’s',
      mintToken('another secret that is longer than 32 bytes', {
        subject: 'ada',
        scope: '',
        ttlMs: 60_000,
        issuer: null,
        audience: null,
      }),
      'not accepted',
    ],
    ['one that expired', expired(), 'has expired'],
    ['one for a name', tokenOf('ada@example.org'), 'cannot be a user id'],
  ])('says why a token is refused: %s', async (_, token, why) => {
    const { statusCode, headers, body } = await send('sign-in', { token });
    expect([401, 403]).toContain(statusCode);
    expect(headers).not.toHaveProperty('set-cookie');
    expect(body).toContain(why);
    if (token !== '') expect(body).not.toContain(token);
  });

  it('tells an expired token from one that is refused, on whatever page', async () => {
    const page = await visit('/control-room/events', null, { cookie: `holdfast=${expired()}` });
    expect(page.statusCode).toBe(401);
    expect(page.body).toContain('Your token has expired');
    expect(page.body).toContain('value="/control-room/events"');
    expect((await visit('/control-room', null, { cookie: 'holdfast=a.b.c' })).body).toContain('no longer accepted');
  });

  it('says so when the browser did not keep the cookie', async () => {
    expect((await visit('/control-room?welcome=1', null)).body).toContain('did not keep the sign-in');
  });

  it('makes tokens in development, by the name of this machine and for known scopes only', async () => {
    const form = `user=operator&scope=audit:read&scope=ops`;
    const cookie = cookieOf(await send('sign-in', form));
    expect((await visit('/metrics', null, { cookie })).statusCode).toBe(200);
    expect((await send('sign-in', 'user=operator&scope=everything')).statusCode).toBe(400);
    expect((await send('sign-in', 'user=system:settle&scope=ops')).statusCode).toBe(400);
    expect((await send('sign-in', form, { host: 'rebound.example:3000' })).statusCode).toBe(401);
    expect((await visit('/control-room', null, { host: 'rebound.example' })).body).not.toContain('name="user"');
    const real = await FrontDoor.open();
    expect((await send('sign-in', form, {}, real)).statusCode).toBe(401);
    await real.close();
  });

  it.each(['sign-in', 'sign-out'])('%s is not to be had from another site', async (action) => {
    const sent = { token: tokenOf('ada') };
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }] as Headers[]) {
      const { statusCode, headers: answered } = await send(action, sent, headers);
      expect([statusCode, answered['set-cookie']]).toEqual([403, undefined]);
    }
  });

  it('ends with signing out', async () => {
    const { statusCode, headers } = await send('sign-out', {});
    expect([statusCode, headers['location']]).toEqual([303, '/control-room']);
    expect(headers['set-cookie']).toMatch(/^holdfast=; .*Max-Age=0$/);
  });
});

describe('one event', () => {
  const page = (eventId: string, query = '', as?: string) => visit(`/control-room/events/${eventId}${query}`, as);

  it('is told to auditors fact by fact, and of others to nobody else', async () => {
    const eventId = await door.event({ title: 'Matinee', capacity: 3 });
    await door.booking(eventId, 'bob', { seats: 2, reference: 'PO-1' });
    const { statusCode, body } = await page(eventId, '?revision=1');
    expect(statusCode).toBe(200);
    for (const told of ['Matinee', 'bob', 'PO-1', 'chain verified, 2 facts', 'Places were confirmed'])
      expect(body).toContain(told);
    expect((await page(eventId, '?revision=0')).body).not.toContain('PO-1');
    const others = await page(eventId, '', 'ada booking');
    expect(others.body).toContain('2 confirmed, 0 held, 1 free of 3');
    expect(others.body).not.toMatch(/bob|PO-1/);
    expect((await page(eventId, '', 'bob booking')).body).toContain('PO-1');
  });

  it('names the fact that was changed', async () => {
    const eventId = await door.event({ title: 'Soiree', capacity: 3 });
    await door.booking(eventId, 'bob', { seats: 1 });
    const { records, streams } = door.service.log;
    const changed = { ...records.at(-1)!, data: records.at(-1)!.data.replace('"seats":1', '"seats":2') };
    streams.get(changed.stream)![1] = changed;
    expect((await page(eventId)).body).toContain('chain broken at revision 1: its content does not fit its hash');
  });

  it.each(['?revision=-1', '?revision=x', '?revision=1.5', '?sort=up'])('says what is wrong with %s', async (query) => {
    const eventId = await door.event();
    const { statusCode, body } = await page(eventId, query);
    expect(statusCode).toBe(400);
    expect(body).toMatch(/expected (a revision: a whole number from 0|no such field)/);
  });

  it('says where the stream ends', async () => {
    const eventId = await door.event();
    const { statusCode, body } = await page(eventId, '?revision=7');
    expect(statusCode).toBe(404);
    expect(body).toContain('ends at revision 0');
    expect((await page('none')).statusCode).toBe(404);
  });

  it('may be downloaded in the form that the query names', async () => {
    const eventId = await door.event({ capacity: 3 });
    const get = (format: string) => visit(`/v1/events/${eventId}/history?format=${format}`);
    expect((await get('csv')).headers['content-type']).toMatch(/^text\/csv/);
    expect((await get('ndjson')).body.trim().split('\n')).toHaveLength(1);
    expect((await get('xml')).statusCode).toBe(400);
    const pages = await visit(`/v1/events/${eventId}/history?format=ndjson&limit=1`);
    expect(pages.statusCode).toBe(200);
  });
});

describe('the feed', () => {
  const page = (query = '', as?: string) => visit(`/control-room/feed${query}`, as);

  it('shows the last facts, the latest first, and those of one event, type or request', async () => {
    const eventId = await door.event({ title: 'Concert' });
    const made = await door.ask('POST', `/v1/events/${eventId}/bookings`, 'bob', {}, { 'x-request-id': 'req-feed' });
    expect(made.statusCode).toBe(201);
    const { body } = await page();
    expect(body.indexOf('by bob')).toBeLessThan(body.indexOf('by manager'));
    const lines = async (query: string): Promise<number> =>
      (await page(query)).body.match(/<li class="\w+">/g)?.length ?? 0;
    expect(await lines(`?eventId=${eventId}`)).toBe(2);
    expect(await lines(`?eventId=${eventId}&type=BookingConfirmed`)).toBe(1);
    expect(await lines('?correlationId=req-feed')).toBe(1);
    expect(await lines('?correlationId=req-none')).toBe(0);
    expect((await page('?type=Nonsense')).statusCode).toBe(400);
    expect((await page('?after=0')).statusCode).toBe(400);
  });

  it('tells users of their own only, and not by whom or by which request others were', async () => {
    const eventId = await door.event({ title: 'Encore' });
    await door.ask('POST', `/v1/events/${eventId}/bookings`, 'bob', {}, { 'x-request-id': 'req-bob' });
    const { body } = await page(`?eventId=${eventId}`, 'ada booking');
    expect(body).toContain('The event was scheduled');
    expect(body).not.toMatch(/bob|by manager/);
    expect((await page('?correlationId=req-bob', 'ada booking')).body).not.toContain('<li ');
    expect((await page('?correlationId=req-bob', 'bob booking')).body).toContain('Places were confirmed');
    expect((await page('', 'eve ops')).statusCode).toBe(403);
  });
});

describe('the projectors', () => {
  it('are shown to who may see them, with why they stand still and the event that it was', async () => {
    const halt = { position: 41n, eventId: 'gala', revision: 3, recordId: 'r', reason: 'no <such> event', since: 0 };
    const halted = generation({ state: 'halted', behind: 1_200, lagMs: 95_000, halt });
    const building = generation({ generation: 2, live: false, state: 'building', position: 600n, lagMs: null });
    const generations = [halted, { ...building, behind: 600, perSecond: 200, leftMs: 3_000 }];
    door.projections.now = { ...door.projections.now, head: 1_200n, generations };
    const { statusCode, body } = await visit('/control-room/projectors', 'eve ops');
    expect(statusCode).toBe(200);
    expect(body).toContain('1,200 events, 95 s');
    expect(body).toContain('no &lt;such&gt; event');
    expect(body).toContain('href="/control-room/events/gala?revision=3"');
    expect(body).toContain('600 of 1,200 events folded, 200 a second, about 3.0 s left');
    expect(body).toContain('<progress aria-label="Generation 2" value="0.5">');
    expect((await visit('/control-room/projectors', 'ada booking')).statusCode).toBe(403);
  });

  it('are in the navigation of those who may see them only', async () => {
    expect((await visit('/control-room/events', 'eve ops')).body).toContain('/control-room/projectors"');
    expect((await visit('/control-room/events', 'ada booking')).body).not.toContain('/control-room/projectors"');
  });
});

describe('every page', () => {
  it('lets in no script, style or host but ours, whatever is in the data', async () => {
    await door.event({ title: '<script>alert(1)</script>' });
    for (const url of [
      '/control-room/nowhere',
      '/control-room/events',
      '/control-room/events/none',
      '/control-room/assets/none.js',
    ]) {
      const { headers, body } = await visit(url);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(body).not.toMatch(/<script(?! type="module" src="\/control-room\/assets\/)/);
      expect(body).not.toMatch(/ style=| on\w+=|https?:\/\//);
    }
  });

  it('tells its scripts how often the feed’s heart beats', async () => {
    expect((await visit('/control-room/feed')).body).toContain(' data-heartbeat="15000"');
    const slow = await FrontDoor.open({ auth: DEVELOPMENT, bounds: { ...BOUNDS, feedHeartbeatMs: 600_000 } });
    const { body } = await slow.ask('GET', '/control-room/feed', 'ada audit:read', undefined, { host: HOST });
    expect(body).toContain(' data-heartbeat="600000"');
    await slow.close();
  });

  it('is a page when something is wrong: unknown, refused, or away', async () => {
    const unknown = await visit('/control-room/nowhere');
    expect([unknown.statusCode, unknown.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    const bad = await visit('/control-room/events?status=open');
    expect(bad.statusCode).toBe(400);
    expect(bad.body).toContain('scheduled or cancelled');
  });

  it('takes no form but a form', async () => {
    const sent: [type: string, body: string][] = [
      ...['{"token":1}', '{"token":null}', '{"user":"ada","scope":1}', '{"token":["a"]}', '{'].map(
        (json): [string, string] => ['application/json', json],
      ),
      ['text/plain', 'a'],
    ];
    for (const [type, text] of sent) {
      const headers = { 'content-type': type, host: HOST };
      const { statusCode, body } = await door.ask('POST', '/control-room/sign-in', null, text, headers);
      expect([text, statusCode]).toEqual([text, 415]);
      expect(body).toContain('Send a form.');
    }
    expect((await send('sign-in', { token: 'x'.repeat(20_000) })).statusCode).toBe(413);
  });
});

describe('the rehearsal', () => {
  const page = (query = '', as = 'operator ops', at = door) =>
    at.ask('GET', `/control-room/rehearsal${query}`, as, undefined, { host: HOST });

  it('is shown to operators, as far as it went, also without a script', async () => {
    const stage = await FrontDoor.open({ auth: DEVELOPMENT }, {}, {}, undefined, undefined, true);
    expect((await page('', 'operator ops', stage)).body).toContain('Nothing rehearsed yet');
    const plan = { places: 12, callers: 4, holdPercent: 0, processes: 1, locking: 'optimistic' };
    const { json } = await stage.ask('POST', '/v1/rehearsals', 'operator ops', plan);
    await stage.rehearsals.ended();
    const { statusCode, body } = await page(`?rehearsal=${String(json['rehearsalId'])}`, 'operator ops', stage);
    expect(statusCode).toBe(200);
    for (const told of [
      'Never oversold, never twice',
      '24 of 24 people came',
      '12 of 12, at most 12',
      'all in the log',
    ])
      expect(body).toContain(told);
    const part = (await page('?part=rehearsed', 'operator ops', stage)).body;
    expect(part).toContain('data-state="done"');
    expect(part).not.toContain('<html');
    await stage.close();
  });

  it('says who may look, where it is off, and what is wrong', async () => {
    expect((await page('', 'ada audit:read')).body).toContain('tokens with the scope <code>ops</code>');
    const { body } = await page();
    expect(body).toContain('this service does none');
    expect(body).not.toContain('<form class="card rehearse"');
    expect((await page('?rehearsal=x')).body).toContain('expected a UUID in lower case');
    expect((await page('?rehearsal=00000000-0000-4000-8000-000000000000')).statusCode).toBe(404);
  });

  it('and the contention of an event say what this process has counted', async () => {
    const eventId = await door.event({ capacity: 1 });
    await door.booking(eventId, 'ada');
    await door.ask('POST', `/v1/events/${eventId}/bookings`, 'bob', {});
    const { body } = await visit(`/control-room/events/${eventId}`);
    expect(body).toMatch(/Attempts<\/dt><dd>3<.*\n.*Accepted<\/dt><dd>2<.*\n.*Refused<\/dt><dd>1</);
    expect(body).toContain('sold out');
    expect((await visit(`/control-room/events/${eventId}`, 'ada booking')).body).not.toContain('Contention');
  });
});
