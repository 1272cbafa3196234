import { parse } from 'csv-parse/sync';
import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const AUDITOR = 'auditor audit:read';
const MANAGER = 'manager event:manage';
const GAP_ID = 'ffffffff-0000-4000-8000-000000000000';

interface Item {
  readonly refusedAt: string;
  readonly userId: string | null;
  readonly code: string;
  readonly revision: number | null;
  readonly takenBy: Readonly<Record<string, unknown>> | null;
  readonly lost: number | null;
}

let door: FrontDoor;
let eventId: string;
let adas: string;
const times: number[] = [];

/** One seat: ada has it; bob and -1 (whom a spreadsheet would calculate) are refused, then ada; then it is called off. */
beforeAll(async () => {
  door = await FrontDoor.open();
  const tick = (): void => void times.push((door.service.time.at += 1_000));
  tick();
  eventId = await door.event();
  tick();
  adas = await door.booking(eventId, 'ada');
  for (const user of ['bob', '-1']) {
    tick();
    await book(user);
  }
  // What happens between the taking and the refusal took nothing.
  await door.ask('PATCH', `/v1/events/${eventId}`, MANAGER, { title: 'Matinee' }, { 'if-match': '*' });
  tick();
  await book('ada');
  await door.ask('POST', `/v1/events/${eventId}/cancel`, MANAGER, { reason: 'storm' });
  tick();
  await book('bob');
  const { refused, time } = door.service;
  refused.kept.push({ kind: 'gap', id: GAP_ID, eventId, refusedAt: time.at, until: time.at + 1_000, lost: 7 });
});
afterAll(() => door.close());

const book = (user: string): Promise<Response> => door.ask('POST', `/v1/events/${eventId}/bookings`, user, {});
const url = (query = '', id = eventId): string => `/v1/events/${id}/refusals${query}`;
const ask = (query = '', accept = 'application/json', as = AUDITOR, headers = {}): Promise<Response> =>
  door.ask('GET', url(query), as, undefined, { accept, ...headers });
const itemsOf = ({ json }: Response) => json['items'] as Item[];
const at = (index: number): string => new Date(times[index]!).toISOString();

describe('the refusals of an event', () => {
  it('say who was refused, why, on which revision, and which domain event had taken the place', async () => {
    const response = await ask();
    expect([response.statusCode, response.headers['vary'], response.json['nextCursor']]).toEqual([200, 'accept', null]);
    const items = itemsOf(response);
    expect(items.map(({ refusedAt, userId, code, revision }) => [refusedAt, userId, code, revision])).toEqual([
      [at(2), 'bob', 'sold-out', 1],
      [at(3), '-1', 'sold-out', 1],
      [at(4), 'ada', 'already-booked', 2],
      [at(5), 'bob', 'event-cancelled', 3],
      [at(5), null, 'not-kept', null],
    ]);
    const { records, identity } = door.service.log;
    const [, booked, , calledOff] = records.filter(({ stream }) => stream.endsWith(eventId));
    const adasPlace = {
      ...{ revision: 1, type: 'BookingConfirmed', recordId: booked!.id, bookingId: adas, userId: 'ada', actor: 'ada' },
      occurredAt: at(1),
    };
    expect(items[0]).toEqual({
      ...{ refusedAt: at(2), userId: 'bob', code: 'sold-out', requested: 1, free: 0, waiting: 0, revision: 1 },
      takenBy: adasPlace,
      ...{ actor: 'bob', command: 'BookPlace', bookingId: null, commandId: expect.any(String) },
      ...{ correlationId: expect.any(String), eventId, id: expect.any(String), lost: null, until: null },
    });
    expect(items[2]!.takenBy).toEqual(adasPlace);
    expect(items[3]!.takenBy).toEqual({
      ...{ revision: 3, type: 'EventCancelled', recordId: calledOff!.id, bookingId: null, userId: null },
      ...{ actor: 'manager', occurredAt: at(4) },
    });
    expect(items[4]).toMatchObject({ lost: 7, until: new Date(times[5]! + 1_000).toISOString(), takenBy: null });
    expect(response.headers['holdfast-position']).toBe(`${identity}-${String(records.length).padStart(20, '0')}`);
  });

  it('can be asked for by user and by code; what is missing is told whatever was asked', async () => {
    const codes = async (query: string) => itemsOf(await ask(query)).map(({ code }) => code);
    expect(await codes('?userId=bob')).toEqual(['sold-out', 'event-cancelled', 'not-kept']);
    expect(await codes('?code=sold-out')).toEqual(['sold-out', 'sold-out', 'not-kept']);
    expect(await codes('?code=sold-out&userId=bob')).toEqual(['sold-out', 'not-kept']);
    expect(await codes('?code=not-kept')).toEqual(['not-kept']);
  });

  it('are for audit:read and nobody else', async () => {
    for (const as of ['bob', 'office booking:any', MANAGER])
      await expectRefused(door, 'forbidden', {}, () => ask('', 'application/json', as));
    expect((await door.ask('GET', url(), null)).statusCode).toBe(401);
  });

  it('come in pages, filtered or not', async () => {
    for (const [filter, expected] of [
      ['', ['bob', '-1', 'ada', 'bob', null]],
      ['&userId=bob', ['bob', 'bob', null]],
    ] as const) {
      const found: (string | null)[] = [];
      let query: string | null = `?limit=2${filter}`;
      while (query !== null) {
        const page: Response = await ask(query);
        expect(itemsOf(page).length).toBeLessThanOrEqual(2);
        found.push(...itemsOf(page).map(({ userId }) => userId));
        const cursor = page.json['nextCursor'] as string | null;
        expect(page.headers['link']).toBe(
          cursor === null ? undefined : `<${url(`?cursor=${cursor}&limit=2`)}>; rel="next"`,
        );
        query = cursor === null ? null : `?cursor=${cursor}&limit=2`;
      }
      expect(found).toEqual(expected);
    }
  });

  it('take no cursor of another event, of another list, or of nobody’s making', async () => {
    const cursor = String((await ask('?limit=2')).json['nextCursor']);
    const elsewhere = await door.event();
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const forged = (at: number, id: unknown) =>
      Buffer.from(JSON.stringify([parts[0], parts[1], at, id, parts[4]])).toString('base64url');
    for (const path of [
      url(`?cursor=${cursor}`, elsewhere),
      `/v1/events/${eventId}/history?cursor=${cursor}`,
      url(`?cursor=${forged(8e15, parts[3])}`),
      url(`?cursor=${forged(-1, parts[3])}`),
      url(`?cursor=${forged(1, String(parts[3]).slice(0, 7))}`),
    ])
      expect((await door.ask('GET', path, AUDITOR)).json).toMatchObject({
        status: 400,
        errors: [{ pointer: '/cursor' }],
      });
  });

  it('are the same as NDJSON and CSV, all at once or a page, and no cell is a formula', async () => {
    const items = itemsOf(await ask());
    const lines = (await ask('', 'application/x-ndjson')).body.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as Item)).toEqual(items);
    const csv = await ask('', 'text/csv');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.headers['content-disposition']).toBe(`attachment; filename="refusals-${eventId}.csv"`);
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[];
    expect(rows.map(({ userId }) => userId)).toEqual(['bob', "'-1", 'ada', 'bob', '']);
    expect(rows[0]).toMatchObject({
      ...{ refusedAt: at(2), code: 'sold-out', requested: '1', free: '0', waiting: '0', revision: '1', lost: '' },
      ...{ 'takenBy.revision': '1', 'takenBy.type': 'BookingConfirmed', 'takenBy.bookingId': adas },
    });
    expect(rows[4]).toMatchObject({ code: 'not-kept', lost: '7', 'takenBy.revision': '' });
    const page = await ask('?limit=3', 'text/csv');
    expect(page.body.trimEnd().split('\r\n')).toHaveLength(4);
    expect(page.headers['link']).toMatch(/cursor=.*&limit=3>; rel="next"/);
  });

  it('are not there for an event that is not, nor at a position that is not', async () => {
    await expectRefused(door, 'not-found', {}, () => door.ask('GET', url('', 'nowhere'), AUDITOR));
    const beyond = { 'holdfast-position': `${door.service.log.identity}-${'9'.repeat(20)}` };
    await expectRefused(door, 'unknown-position', {}, () => ask('', 'text/csv', AUDITOR, beyond));
  });

  it.each([
    ['?code=no', '/code'],
    ['?userId=system:settle', '/userId'],
    ['?limit=0', '/limit'],
    ['?cursor=AAAA', '/cursor'],
    ['?bookingId=1', '/bookingId'],
  ])('name what is wrong with %s', async (query, pointer) => {
    expect((await ask(query)).json).toMatchObject({ status: 400, errors: [{ pointer }] });
  });
});
