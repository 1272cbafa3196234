import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const OPS = 'operator ops';
const PLAN = { places: 20, callers: 8, holdPercent: 50, processes: 2 };

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({}, {}, {}, undefined, undefined, true);
});
afterAll(() => door.close());

const start = (body: unknown): Promise<Response> => door.ask('POST', '/v1/rehearsals', OPS, body);

describe('a rehearsal over HTTP', () => {
  it('is begun, watched, and tells what the log says of it', async () => {
    const begun = await start(PLAN);
    const { location } = begun.headers;
    expect([begun.statusCode, location]).toEqual([202, `/v1/rehearsals/${String(begun.json['rehearsalId'])}`]);
    const { paths } = (await door.ask('GET', '/openapi.json', null)).json as Record<string, Record<string, never>>;
    const { headers } = paths!['/v1/rehearsals']!['post']['responses']['202'] as { headers: object };
    expect(headers).toHaveProperty('Location');
    expect(begun.json).toMatchObject({
      ...PLAN,
      state: 'running',
      locking: 'both',
      startedBy: 'operator',
      isSound: null,
    });
    const second = await start(PLAN);
    expect([second.statusCode, second.json['code']]).toEqual([409, 'rehearsal-running']);
    expect(second.json['rehearsalId']).toBe(begun.json['rehearsalId']);
    await door.rehearsals.ended();
    const { json } = await door.ask('GET', String(location), OPS);
    expect(json).toMatchObject({ state: 'done', isSound: true, failure: null });
    const runs = json['runs'] as { strategy: string; eventId: string; came: number; evidence: object }[];
    expect(runs.map(({ strategy }) => strategy)).toEqual(['optimistic', 'pessimistic']);
    expect((await door.ask('GET', '/v1/rehearsals', OPS)).json).toEqual({ isAllowed: true, items: [json] });
    for (const { eventId, came, evidence } of runs) {
      expect(came).toBe(40);
      expect(evidence).toMatchObject({ capacity: 20, mostTaken: 20, usersTwice: 0, missing: 0, oversold: 0 });
      expect(eventId).toMatch(/^rehearsal-/);
      expect((await door.ask('GET', `/v1/events/${eventId}`, null)).json).toMatchObject({ status: 'cancelled' });
    }
  });

  it.each([
    ['places', 0, 'a whole number from 1 to 5000'],
    ['places', 5_001, 'a whole number from 1 to 5000'],
    ['callers', 257, 'a whole number from 1 to 256'],
    ['holdPercent', 101, 'a whole number from 0 to 100'],
    ['processes', 5, 'a whole number from 1 to 4'],
    ['locking', 'none', 'optimistic or pessimistic or both'],
    ['people', 1, 'no such field'],
  ])('with %s %p is refused by name, and nothing is written', async (field, value, expected) => {
    const errors = [{ pointer: `/${field}`, expected }];
    await expectRefused(door, 'validation-failed', { errors }, () => start({ [field]: value }));
  });

  it('is none where none was begun, or where they are off', async () => {
    const unknown = '/v1/rehearsals/00000000-0000-4000-8000-000000000000';
    await expectRefused(door, 'not-found', {}, () => door.ask('GET', unknown, OPS));
    const off = await FrontDoor.open();
    await expectRefused(off, 'rehearsals-off', {}, () => off.ask('POST', '/v1/rehearsals', OPS, PLAN));
    expect((await off.ask('GET', '/v1/rehearsals', OPS)).json).toEqual({ isAllowed: false, items: [] });
    await off.close();
  });
});

describe('the contention of an event', () => {
  const contention = (eventId: string, as = 'auditor audit:read') =>
    door.ask('GET', `/v1/events/${eventId}/contention`, as);

  it('is what this process has counted: what was asked, how it ended, and how long it took', async () => {
    const eventId = await door.event({ capacity: 2 });
    expect((await contention(eventId)).json).toMatchObject({ attempts: 1, outcomes: { accepted: 1 }, refusals: {} });
    const book = (as: string, key: string) =>
      door.ask('POST', `/v1/events/${eventId}/bookings`, as, {}, { 'idempotency-key': key });
    for (const [as, key] of [
      ['ada', '1'],
      ['ada', '1'],
      ['ada', '2'],
      ['bob', '1'],
      ['cid', '1'],
      ['dan', '1'],
    ] as const)
      await book(as, key);
    const { json, headers } = await contention(eventId, 'office booking:any');
    expect(json).toEqual({
      ...{ eventId, process: 'here:1', since: expect.stringMatching(/^\d{4}-.*Z$/) as string },
      ...{ attempts: 7, outcomes: { accepted: 3, replayed: 1, refused: 3 } },
      ...{ refusals: { 'already-booked': 1, 'sold-out': 2 }, conflicts: 0, retries: 0 },
      ...{ p50Ms: expect.any(Number) as number, p99Ms: expect.any(Number) as number },
    });
    expect(headers['holdfast-position']).toMatch(/^[0-9a-f]{8}-\d{20}$/);
  });

  it('is nothing for an event that nobody asked about here, and for one that is not there', async () => {
    const eventId = await door.event();
    const other = await FrontDoor.open({}, {}, {}, door.service.log);
    const { json } = await other.ask('GET', `/v1/events/${eventId}/contention`, 'auditor audit:read');
    expect(json).toMatchObject({ attempts: 0, outcomes: {}, p50Ms: null, p99Ms: null });
    await other.close();
    await expectRefused(door, 'not-found', {}, () => contention('nothing-here'));
    await expectRefused(door, 'forbidden', {}, () => contention(eventId, 'ada booking'));
  });
});
