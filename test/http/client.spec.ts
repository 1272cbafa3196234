import { holdfast, newKey, pages, type Holdfast } from '../../clients/typescript/holdfast.js';
import { cursorText } from '../../src/infrastructure/http/cursor.js';
import { FrontDoor } from '../support/front-door.js';
import { tokenOf } from '../support/credentials.js';

const BOOKINGS = '/v1/events/{eventId}/bookings';

let door: FrontDoor;
let url: string;
/** What was sent, and what is answered in its stead; null: what the service says. */
let sent: Request[] = [];
let instead: (Response | Error)[] = [];

async function send(request: string | URL | Request): Promise<Response> {
  sent.push(request as Request);
  const other = instead.shift();
  if (other instanceof Error) throw other;
  return other ?? fetch(request);
}

const client = (user = 'ada', scope = 'booking', tries = 3): Holdfast =>
  holdfast({ url, token: () => tokenOf(user, scope), fetch: send, tries, mostPauseMs: 1 });

const notNow = (status = 503): Response =>
  Response.json({ code: 'overloaded' }, { status, headers: { 'Retry-After': '1' } });

beforeAll(async () => {
  door = await FrontDoor.open();
  await door.app.listen(0, '127.0.0.1');
  url = await door.app.getUrl();
});
beforeEach(() => {
  [sent, instead] = [[], []];
});
afterAll(() => door.close());

describe('The client', () => {
  test('books, and reads what it has written', async () => {
    const eventId = await door.event({ capacity: 2 });
    const ada = client();
    const { data, response } = await ada.POST(BOOKINGS, { params: { path: { eventId } }, body: { seats: 2 } });
    expect(data).toMatchObject({ eventId, userId: 'ada', seats: 2, status: 'confirmed' });
    const { data: places } = await ada.GET('/v1/events/{eventId}/availability', { params: { path: { eventId } } });
    expect(places).toMatchObject({ taken: 2, free: 0, isBooked: true });
    expect(sent.at(-1)!.headers.get('Holdfast-Position')).toBe(response.headers.get('Holdfast-Position'));
  });

  test('reads on when another log has taken the place of the one that it knew', async () => {
    const other = await FrontDoor.open();
    await other.app.listen(0, '127.0.0.1');
    const elsewhere = await other.app.getUrl();
    let at = url;
    const replaced = async (request: string | URL | Request): Promise<Response> =>
      send(new Request((request as Request).url.replace(url, at), request as Request));
    const ada = holdfast({ url, token: () => tokenOf('ada', 'booking'), fetch: replaced });
    const read = (headers = {}) => ada.GET('/v1/bookings', { headers });
    const sentWith = () => sent.splice(0).map(({ headers }) => headers.get('Holdfast-Position'));

    const known = (await read()).response.headers.get('Holdfast-Position');
    at = elsewhere;
    sent = [];
    const { data, response } = await read();
    expect([data, sentWith()]).toEqual([{ items: [], nextCursor: null }, [known, null]]);
    const now = response.headers.get('Holdfast-Position');
    await read();
    expect([now === known, sentWith()]).toEqual([false, [now]]);

    // What the caller sends is the caller's business, and no reason to forget what is right.
    const after = { at: door.service.time.at, id: 'z' };
    const cursor = cursorText({ list: 'bookings', filters: {}, after, token: known! });
    const mistakes = [
      await read({ 'Holdfast-Position': known }),
      await ada.GET('/v1/bookings', { params: { query: { cursor } } }),
    ];
    expect(mistakes.map(({ error }) => error?.code)).toEqual(['unknown-position', 'unknown-position']);
    expect(sentWith()).toEqual([known, now, null]);
    await read();
    expect(sentWith()).toEqual([now]);
    await other.close();
  });

  test('gives a refusal as a value, with its code and what goes with it', async () => {
    const eventId = await door.event({ capacity: 1 });
    await door.booking(eventId, 'bob');
    const { data, error } = await client().POST(BOOKINGS, { params: { path: { eventId } } });
    expect(data).toBeUndefined();
    expect(error).toMatchObject({ code: 'sold-out', status: 409, free: 0 });
  });

  test('sends a command with a key again when it was not answered, and it takes effect once', async () => {
    const eventId = await door.event({ capacity: 5 });
    instead = [new TypeError('fetch failed'), notNow()];
    const written = door.written;
    const params = { path: { eventId }, header: { 'Idempotency-Key': newKey() } };
    const { data } = await client().POST(BOOKINGS, { params });
    expect(data).toMatchObject({ status: 'confirmed' });
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ headers }) => headers.get('Idempotency-Key')))).toEqual(
      new Set([params.header['Idempotency-Key']]),
    );
    expect(door.written).toBe(written + 1);
    const again = await client().POST(BOOKINGS, { params });
    expect(again.data).toEqual(data);
    expect(again.response.headers.get('Idempotency-Replayed')).toBe('true');
  });

  test('sends nothing twice that has no key', async () => {
    const eventId = await door.event();
    instead = [notNow()];
    const { error } = await client().POST(BOOKINGS, { params: { path: { eventId } } });
    expect(error).toMatchObject({ code: 'overloaded' });
    instead = [new TypeError('fetch failed')];
    await expect(client().POST(BOOKINGS, { params: { path: { eventId } } })).rejects.toThrow('fetch failed');
    expect(sent).toHaveLength(2);
  });

  test('gives up after its tries, with what was said last', async () => {
    instead = [notNow(), notNow(429), notNow(429)];
    const { error, response } = await client().GET('/v1/bookings');
    expect([error?.code, response.status, sent.length]).toEqual(['overloaded', 429, 3]);
  });

  test('goes through a list page by page', async () => {
    const eventId = await door.event({ capacity: 20 });
    for (let n = 0; n < 7; n += 1) await door.booking(eventId, `guest-${n}`);
    const office = client('office', 'booking:any');
    const found: string[] = [];
    const page = (cursor?: string) =>
      office.GET('/v1/bookings', {
        params: { query: { eventId, limit: 3, ...(cursor === undefined ? {} : { cursor }) } },
      });
    for await (const { userId } of pages(page)) found.push(userId);
    expect(found.sort()).toEqual(Array.from({ length: 7 }, (_, n) => `guest-${n}`));
    expect(sent).toHaveLength(3);
  });

  test('says so when a page of a list is refused', async () => {
    const page = () => holdfast({ url, fetch: send }).GET('/v1/bookings');
    const all = async (): Promise<void> => {
      for await (const item of pages(page)) throw new Error(`nobody may see ${item.bookingId}`);
    };
    await expect(all()).rejects.toMatchObject({ cause: { code: 'unauthenticated' } });
  });
});
