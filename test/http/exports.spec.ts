import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { parse } from 'csv-parse/sync';
import { StoreUnavailable } from '../../src/application/errors.js';
import type { BookingView } from '../../src/application/ports.js';
import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const OFFICE = 'office booking:any';
const DAY = 86_400_000;
const NDJSON = 'application/x-ndjson';

let door: FrontDoor;
let hostile: string;
beforeAll(async () => {
  door = await FrontDoor.open();
  hostile = await door.event({ title: '=HYPERLINK("http://evil.example";"x")', capacity: 5 });
  for (const title of ['+1', '-1', '@x', 'a "quoted", title']) await door.event({ title });
  for (const as of ['ada', 'bob', 'cid']) await door.booking(hostile, as, { reference: `-${as}` });
});
afterAll(() => door.close());

const ask = (path: string, as: string | null, accept: string, headers = {}): Promise<Response> =>
  door.ask('GET', path, as, undefined, { accept, ...headers });
const linesOf = ({ body }: Pick<Response, 'body'>): Record<string, unknown>[] =>
  body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** What the list says, page by page. */
async function paged(path: string, as: string | null): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let query = '?limit=2'; query !== '';) {
    const { json } = await ask(`${path}${query}`, as, 'application/json');
    found.push(...(json['items'] as unknown[]));
    query = json['nextCursor'] === null ? '' : `?cursor=${String(json['nextCursor'])}&limit=2`;
  }
  return found;
}

describe('a list', () => {
  it.each([
    ['/v1/events', null],
    ['/v1/bookings', OFFICE],
    ['/v1/bookings', 'ada'],
  ])('%s is the same as JSON, NDJSON and CSV (%s)', async (path, as) => {
    const items = await paged(path, as);
    expect(items.length).toBeGreaterThan(0);
    const lines = await ask(path, as, NDJSON);
    expect([lines.headers['content-type'], lines.headers['vary']]).toEqual([`${NDJSON}; charset=utf-8`, 'accept']);
    expect(linesOf(lines)).toEqual(items);
    const csv = await ask(path, as, 'text/csv');
    expect([csv.headers['content-type'], csv.headers['content-disposition']]).toEqual([
      ...['text/csv; charset=utf-8; header=present', `attachment; filename="${path.slice(4)}.csv"`],
    ]);
    expect(csv.headers['holdfast-position']).toBe(lines.headers['holdfast-position']);
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[];
    const cells = (items as Record<string, unknown>[]).map((item) =>
      Object.fromEntries(
        Object.entries(item).map(([name, value]) => {
          const text = String((value as string | null) ?? '');
          return [name, /^[-=+@]/.test(text) ? `'${text}` : text];
        }),
      ),
    );
    expect(rows).toEqual(cells);
  });

  it('has no formula in any cell, whatever things are called', async () => {
    const rows = parse((await ask('/v1/events', null, 'text/csv')).body) as string[][];
    expect(rows.flat().filter((cell) => /^[-=+@\t\r]/.test(cell))).toEqual([]);
    expect(rows.flat()).toContain(`'=HYPERLINK("http://evil.example";"x")`);
  });

  it('takes the same filters, and gives one page where a limit is said', async () => {
    const held = await ask(`/v1/bookings?eventId=${hostile}&reference=-bob`, OFFICE, NDJSON);
    expect(linesOf(held).map(({ userId }) => userId)).toEqual(['bob']);
    expect(linesOf(await ask('/v1/bookings?status=held', OFFICE, NDJSON))).toEqual([]);
    expect((await ask('/v1/bookings?status=held', OFFICE, 'text/csv')).body).toMatch(/^bookingId,[^\n]*\r\n$/);
    const page = await ask('/v1/bookings?limit=2', OFFICE, NDJSON);
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(page.headers['link'])) ?? [];
    const rest = await ask(next, OFFICE, NDJSON);
    expect([linesOf(page).length, linesOf(rest).length, rest.headers['link']]).toEqual([2, 1, undefined]);
    expect([...linesOf(page), ...linesOf(rest)]).toEqual(await paged('/v1/bookings', OFFICE));
    // A cursor without a limit: all that comes after it.
    const after = await ask(next.replace('&limit=2', ''), OFFICE, NDJSON);
    expect(linesOf(after)).toEqual(linesOf(rest));
  });

  it('never has another user’s bookings, whatever is asked', async () => {
    for (const accept of [NDJSON, 'text/csv']) {
      const all = (await ask('/v1/bookings', 'bob', accept)).body;
      expect(all).toContain('bob');
      expect(all).not.toMatch(/ada|cid/);
      await expectRefused(door, 'forbidden', {}, () => ask('/v1/bookings?userId=ada', 'bob', accept));
      const position = String((await ask('/v1/bookings', 'bob', accept)).headers['holdfast-position']);
      const parts = ['bookings', { userId: 'ada' }, door.service.time.at + DAY, 'z', position];
      const forged = Buffer.from(JSON.stringify(parts)).toString('base64url');
      await expectRefused(door, 'forbidden', {}, () => ask(`/v1/bookings?cursor=${forged}`, 'bob', accept));
      expect((await ask('/v1/bookings', null, accept)).statusCode).toBe(401);
    }
  });

  it('answers a fault before the first row as every route does', async () => {
    door.views.fault = new StoreUnavailable('away');
    await expectRefused(door, 'store-unavailable', {}, () => ask('/v1/events', null, 'text/csv')).finally(
      () => (door.views.fault = null),
    );
  });
});

/** Bookings without end, so that what stops a download is never the end of the list. */
const ENDLESS = 1_000_000;

describe('a long list, over a connection', () => {
  let asked: { after: number; size: number }[];
  let failAt: number;
  let end: number;
  let port: number;

  beforeAll(async () => {
    await door.app.listen(0, '127.0.0.1');
    ({ port } = door.app.getHttpServer().address() as AddressInfo);
    const { value } = await door.views.bookings({}, 1, null);
    const [sample] = value as [BookingView];
    door.views.bookings = async (_filter, limit, after) => {
      const first = after === null ? 0 : ENDLESS - after.at;
      asked.push({ after: first, size: limit });
      if (first >= failAt) throw new StoreUnavailable('gone');
      const size = Math.min(limit, end - first);
      const rows = Array.from({ length: size }, (_, row): BookingView => {
        return { ...sample, reference: 'x'.repeat(60), createdAt: ENDLESS - first - row - 1 };
      });
      return { value: rows, position: 1n };
    };
  });
  beforeEach(() => {
    [asked, failAt, end] = [[], Infinity, ENDLESS];
  });

  /** A connection on which the whole list was asked for; nothing of the answer is read unless it is resumed. */
  async function request(accept = NDJSON): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').pause();
    await once(socket, 'connect');
    const { authorization } = door.bearer(OFFICE);
    socket.write(
      `GET /v1/bookings HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
    );
    return socket;
  }

  async function bodyOf(socket: Socket): Promise<string> {
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => (text += more));
    socket.on('error', () => undefined);
    await once(socket.resume(), 'close');
    return text;
  }

  /** Resolves when nothing more was asked for during two looks. */
  async function settled(): Promise<number> {
    for (let before = -1; asked.length !== before; await pause(60)) before = asked.length;
    return asked.length;
  }

  it('is read in pages of 200 and ends with its end', async () => {
    end = 450;
    const text = await bodyOf(await request());
    expect(asked).toEqual([0, 200, 400].map((after) => ({ after, size: 201 })));
    expect([text.match(/"bookingId"/g)?.length, text.endsWith('\r\n0\r\n\r\n')]).toEqual([450, true]);
  });

  it('is not read beyond its first page for HEAD', async () => {
    const head = await door.ask('HEAD', '/v1/bookings', OFFICE, undefined, { accept: NDJSON });
    expect([head.statusCode, head.body, head.headers['content-type']]).toEqual([200, '', `${NDJSON}; charset=utf-8`]);
    expect(await settled()).toBe(1);
  });

  it('has no proper end when a page of it cannot be read, in either form', async () => {
    for (const accept of [NDJSON, 'text/csv']) {
      [asked, failAt] = [[], 400];
      const text = await bodyOf(await request(accept));
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect([asked.length, text.endsWith('0\r\n\r\n')]).toEqual([3, false]);
      const response = fetch(`http://127.0.0.1:${port}/v1/bookings`, { headers: { accept, ...door.bearer(OFFICE) } });
      await expect(response.then((answer) => answer.text())).rejects.toThrow(/terminated/);
    }
  });

  it('is not read on for a reader who does not, and goes on when they do', async () => {
    const socket = await request();
    const pages = await settled();
    expect(pages).toBeGreaterThan(1);
    // What fits into the buffers of one connection, of a list of several hundred megabytes.
    expect(pages).toBeLessThan(200);
    await pause(60);
    expect(asked).toHaveLength(pages);
    end = pages * 200 + 1_000;
    const text = await bodyOf(socket);
    expect([text.match(/"bookingId"/g)?.length, text.endsWith('\r\n0\r\n\r\n')]).toEqual([end, true]);
  });

  it('is not read on for a reader who has gone', async () => {
    const socket = await request();
    const pages = await settled();
    socket.destroy();
    expect(await settled()).toBeLessThanOrEqual(pages + 1);
    expect((await ask('/v1/events', null, NDJSON)).statusCode).toBe(200);
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
