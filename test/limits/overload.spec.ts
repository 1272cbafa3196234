import { Lane } from '../../src/infrastructure/http/admission.js';
import { pageOf } from '../metrics/scrape.js';
import { BOUNDS, FrontDoor, type Response } from '../support/front-door.js';

const LATENCY_MS = 1_000;

/** So many come at once; answers how many were let in. */
function arrive(lane: Lane, requests: number): number {
  let entered = 0;
  for (let at = 0; at < requests; at += 1) entered += Number(lane.enter());
  return entered;
}

function answer(lane: Lane, requests: number, tookMs: number): void {
  for (let at = 0; at < requests; at += 1) lane.leave(tookMs);
}

describe('a lane', () => {
  it('lets fewer in when even the fastest took too long, and never none', () => {
    const lane = new Lane(10_000, LATENCY_MS);
    const admitted: number[] = [];
    for (let tick = 0; tick < 30; tick += 1) {
      admitted.push(arrive(lane, 5_000));
      answer(lane, admitted.at(-1)!, 1_500);
      lane.adjust(0);
    }
    expect(admitted.slice(0, 3)).toEqual([500, 375, 281]);
    expect(admitted.at(-1)).toBe(16);
  });

  it('counts what a request waited before anybody looked at it', () => {
    const lane = new Lane(10_000, LATENCY_MS);
    answer(lane, arrive(lane, 500), 400);
    lane.adjust(700);
    expect(arrive(lane, 5_000)).toBe(375);
  });

  it('lets more in, as many as the bound says, while they are fast', () => {
    const lane = new Lane(3_000, LATENCY_MS);
    for (let tick = 0; tick < 60; tick += 1) {
      answer(lane, arrive(lane, 5_000), 50);
      lane.adjust(0);
    }
    expect(arrive(lane, 5_000)).toBe(3_000);
  });

  it('is not slowed down by what hangs, as long as something else is fast', () => {
    const lane = new Lane(10_000, LATENCY_MS);
    arrive(lane, 100);
    for (let tick = 0; tick < 50; tick += 1) {
      arrive(lane, 10);
      answer(lane, 9, 5_000);
      answer(lane, 1, 20);
      lane.adjust(0);
    }
    expect(arrive(lane, 2_000)).toBeGreaterThanOrEqual(400);
  });

  it('comes back after an overload', () => {
    const lane = new Lane(10_000, LATENCY_MS);
    for (let tick = 0; tick < 40; tick += 1) lane.adjust(2_000);
    expect(arrive(lane, 100)).toBe(16);
    answer(lane, 16, 10);
    for (let tick = 0; tick < 50; tick += 1) lane.adjust(0);
    expect(arrive(lane, 2_000)).toBeGreaterThanOrEqual(500);
  });
});

describe('a process with more to do than it can', () => {
  const AT_ONCE = 5;
  let door: FrontDoor;
  beforeAll(async () => (door = await FrontDoor.open({ bounds: { ...BOUNDS, requestsInFlight: AT_ONCE } })));
  afterAll(() => door.close());

  it('refuses what comes at once and does what it took; reads and health go on', async () => {
    const eventId = await door.event({ capacity: 100 });
    const { store } = door.service;
    const { append } = store;
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    Object.assign(store, {
      append: (...args: Parameters<typeof append>) => held.then(() => append.apply(store, args)),
    });
    const before = door.written;
    const book = (user: number): Promise<Response> =>
      door.ask('POST', `/v1/events/${eventId}/bookings`, `user-${user}`);
    const asked = Array.from({ length: 4 * AT_ONCE }, (_, user) => book(user));
    const shed = await Promise.all(asked.slice(AT_ONCE));
    for (const { statusCode, json, headers } of shed)
      expect([statusCode, json['code'], headers['retry-after']]).toEqual([503, 'overloaded', '1']);
    expect((await door.ask('GET', `/v1/events/${eventId}`, null)).statusCode).toBe(200);
    expect((await door.ask('GET', '/health/live', null)).statusCode).toBe(200);
    const { of } = pageOf((await door.ask('GET', '/metrics', 'op ops')).body);
    const counts = ['http_shed_total', 'http_problems_total{code="overloaded"}'].map((name) => of(`holdfast_${name}`));
    expect(counts).toEqual([shed.length, shed.length]);
    const waiting = ['mailbox_commands', 'mailbox_depth_max', 'http_in_flight{kind="write"}'];
    expect(waiting.map((name) => of(`holdfast_${name}`))).toEqual([AT_ONCE, AT_ONCE, AT_ONCE]);
    expect(of('holdfast_http_in_flight_limit{kind="write"}')).toBe(AT_ONCE);
    letGo();
    const taken = await Promise.all(asked.slice(0, AT_ONCE));
    expect(taken.map(({ statusCode }) => statusCode)).toEqual(taken.map(() => 201));
    expect(door.written - before).toBe(AT_ONCE);
    expect((await book(99)).statusCode).toBe(201);
    Object.assign(store, { append });
  });
});
