import { clearCookie, cookieRules, setCookie } from '../../src/infrastructure/http/cookie.js';
import { tokenOf } from '../support/credentials.js';
import { FrontDoor, type Response } from '../support/front-door.js';

const HOST = 'room.example';
const ada = tokenOf('ada');
const bob = tokenOf('bob');

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({ publicReads: false });
});
afterAll(() => door.close());

type Headers = Record<string, string>;

const bookings = (headers: Headers, method = 'GET') =>
  door.ask(method, '/v1/bookings', null, undefined, { host: HOST, ...headers });

async function book(headers: Headers): Promise<Response> {
  const eventId = await door.event({ capacity: 5 });
  return door.ask('POST', `/v1/events/${eventId}/bookings`, null, {}, { host: HOST, ...headers });
}

describe('the cookie of the control room', () => {
  it('stands for its token in reads', async () => {
    expect((await bookings({ cookie: `holdfast=${ada}` })).statusCode).toBe(200);
    expect((await bookings({ cookie: `holdfast=${ada}` }, 'HEAD')).statusCode).toBe(200);
    expect((await bookings({ cookie: `theme=dark; holdfast=${ada}; x=y` })).statusCode).toBe(200);
  });

  it('allows no more than its token does', async () => {
    const { statusCode, json } = await door.ask('GET', '/metrics', null, undefined, { cookie: `holdfast=${ada}` });
    expect([statusCode, json['code']]).toEqual([403, 'forbidden']);
  });

  it('counts for nothing but reads without the header that only our scripts send', async () => {
    const written = door.written;
    const cookie = `holdfast=${ada}`;
    for (const headers of [{}, { 'holdfast-csrf': '' }, { 'holdfast-csrf': '0' }, { 'x-csrf': '1' }] as Headers[])
      expect((await book({ cookie, ...headers })).statusCode).toBe(401);
    // The event of each try; no booking.
    expect(door.written - written).toBe(4);
    expect((await book({ cookie, 'holdfast-csrf': '1' })).statusCode).toBe(201);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a page of another port', { origin: `https://${HOST}:8443` }],
    ['a page without an origin', { origin: 'null' }],
  ])('counts for nothing when %s asks, whatever else is sent', async (_, headers) => {
    const sent: Headers = { cookie: `holdfast=${ada}`, 'holdfast-csrf': '1', ...headers };
    expect((await bookings(sent)).statusCode).toBe(401);
    expect((await book(sent)).statusCode).toBe(401);
  });

  it.each([
    ['our own page', { 'sec-fetch-site': 'same-origin', origin: `https://${HOST}` }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
  ])('counts when %s asks', async (_, headers) => {
    expect((await bookings({ cookie: `holdfast=${ada}`, ...headers })).statusCode).toBe(200);
  });

  it('has one name, and comes once', async () => {
    for (const cookie of [
      `__Host-holdfast=${ada}`,
      `Holdfast=${ada}`,
      `xholdfast=${ada}`,
      `holdfast=${ada}; holdfast=${bob}`,
    ])
      expect((await bookings({ cookie })).statusCode).toBe(401);
    const secure = await FrontDoor.open({ publicReads: false, production: true });
    const ask = (cookie: string) => secure.ask('GET', '/v1/bookings', null, undefined, { cookie });
    expect((await ask(`holdfast=${ada}`)).statusCode).toBe(401);
    expect((await ask(`__Host-holdfast=${ada}`)).statusCode).toBe(200);
    await secure.close();
  });

  it('gives way to a header, good or bad', async () => {
    const both = await bookings({ cookie: `holdfast=${ada}`, authorization: `Bearer ${bob}` });
    expect(both.statusCode).toBe(200);
    expect((await bookings({ cookie: `holdfast=${ada}`, authorization: 'Bearer x.y.z' })).statusCode).toBe(401);
    expect((await bookings({ cookie: `holdfast=${ada}`, authorization: '' })).statusCode).toBe(401);
    const booked = await book({ cookie: `holdfast=${ada}`, 'holdfast-csrf': '1', authorization: `Bearer ${bob}` });
    expect(booked.json['userId']).toBe('bob');
  });

  it('is kept by browsers for this host alone, out of reach of scripts, a day beyond its token', () => {
    const rules = cookieRules(true);
    const kept = setCookie(rules, 'a.b.c', 3_600_000, 0);
    expect(kept).toBe('__Host-holdfast=a.b.c; Path=/; HttpOnly; SameSite=Strict; Max-Age=90000; Secure');
    expect(setCookie(cookieRules(false), 'a.b.c', 0, 0)).toBe(
      'holdfast=a.b.c; Path=/; HttpOnly; SameSite=Strict; Max-Age=86400',
    );
    expect(clearCookie(rules)).toContain('Max-Age=0;');
  });
});
