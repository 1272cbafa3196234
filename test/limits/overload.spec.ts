import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SCOPES } from '../../src/infrastructure/http/access.js';
import { Lane } from '../../src/infrastructure/http/admission.js';
import type { HttpAdapter } from '../../src/infrastructure/http/app.js';
import type { Leased, Leases } from '../../src/infrastructure/http/rate-limit.js';
import { pageOf } from '../metrics/scrape.js';
import { BOUNDS, FrontDoor, type Response } from '../support/front-door.js';
import { pipelined } from '../support/raw-http.js';

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
  const ORIGIN = 'https://shop.example';
  let door: FrontDoor;
  beforeAll(async () => {
    door = await FrontDoor.open({ corsOrigins: [ORIGIN], bounds: { ...BOUNDS, requestsInFlight: AT_ONCE } });
  });
  afterAll(() => door.close());

  const figures = (): HttpAdapter['figures'] => (door.app.getHttpAdapter() as unknown as HttpAdapter).figures;

  async function until(is: () => boolean): Promise<void> {
    for (let tries = 0; !is(); tries += 1) {
      if (tries === 500) throw new Error('it did not come to that');
      await sleep(10);
    }
  }

  /** Whatever is appended waits until the answer is called. */
  function hold(): () => void {
    const { store } = door.service;
    const { append } = store;
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    Object.assign(store, {
      append: (...args: Parameters<typeof append>) => held.then(() => append.apply(store, args)),
    });
    return () => {
      letGo();
      Object.assign(store, { append });
    };
  }

  it('refuses what comes at once and does what it took; reads and health go on', async () => {
    const eventId = await door.event({ capacity: 100 });
    const letGo = hold();
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
  });

  it('answers at the socket, before anybody looks at who asks for what, and tells of all of them in one line', async () => {
    await door.app.listen(0, '127.0.0.1');
    const { port } = door.fastify.server.address() as AddressInfo;
    const eventId = await door.event({ capacity: 100 });
    const path = `/v1/events/${eventId}/bookings`;
    const letGo = hold();
    const taken = Array.from({ length: AT_ONCE }, (_, user) => door.ask('POST', path, `user-${user}`));
    await until(() => figures().lanes.write.inFlight === AT_ONCE);
    const [lines, shed] = [door.requests.length, figures().tally.shed];
    const headers = [['x-request-id', 'ask-1']] as const;
    const writes = ['POST', 'PATCH', 'DELETE'].map((method) => ({ method, target: '/no/such/path', headers }));
    const reads = ['/health/live', '/health/live?x=1', `/v1/events/${eventId}`].map((target) => ({
      ...{ method: 'GET', target, headers },
    }));
    const answers = await pipelined(port, [...writes, ...reads]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 200, 200, 200]);
    for (const { head, body } of answers.slice(0, 3)) {
      expect(JSON.parse(body)).toEqual(expect.objectContaining({ status: 503, code: 'overloaded' }));
      for (const line of ['retry-after: 1', 'x-request-id: ask-1', 'cache-control: no-store', 'x-frame-options: DENY'])
        expect(head).toContain(`\r\n${line}\r\n`);
      expect(head).toContain('content-type: application/problem+json\r\n');
    }
    expect(figures().tally.shed - shed).toBe(3);
    await until(() => door.requests.some((line) => line['shed'] === 3));
    const told = door.requests.slice(lines).map(({ status, shed: turnedAway }) => status ?? turnedAway);
    expect(told.sort()).toEqual([200, 200, 200, 3]);
    letGo();
    expect((await Promise.all(taken)).map(({ statusCode }) => statusCode)).toEqual(taken.map(() => 201));
    const [after] = await pipelined(port, [{ method: 'POST', target: path, headers: [] }]);
    expect(after!.status).toBe(401);
  });

  it('lets a page of a named origin read that, and when to come back', async () => {
    const { port } = door.fastify.server.address() as AddressInfo;
    const post = (origin: string) => ({ method: 'POST', target: '/nothing', headers: [['origin', origin]] as const });
    const asked = Array.from({ length: AT_ONCE }, () => post(ORIGIN));
    const answers = await pipelined(port, [...asked, post(ORIGIN), post('https://evil.example')]);
    expect(answers.map(({ status }) => status)).toEqual([...Array(AT_ONCE).fill(401), 503, 503]);
    const [ours, others] = answers.slice(AT_ONCE).map(({ head }) => head.toLowerCase());
    expect(ours).toContain(`\r\naccess-control-allow-origin: ${ORIGIN}\r\n`);
    expect(ours).toMatch(/\r\naccess-control-expose-headers: .*retry-after/);
    expect(others).not.toContain('access-control-allow-origin');
    expect(others).toContain('\r\nvary: origin\r\n');
  });

  it('counts at the door who came in the same turn, though none of them is under way yet', async () => {
    const { port } = door.fastify.server.address() as AddressInfo;
    const post = { method: 'POST', target: '/v1/events/any/bookings', headers: [] };
    const asked = Array.from({ length: 2 * AT_ONCE }, () => post);
    const told = (await pipelined(port, asked)).map(({ status }) => status);
    expect(told).toEqual([...Array(AT_ONCE).fill(401), ...Array(AT_ONCE).fill(503)]);
    // And everybody has come in by then.
    expect((await pipelined(port, asked.slice(AT_ONCE))).map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(401));
  });

  it('counts of one connection only what has no answer yet', async () => {
    const { port } = door.fastify.server.address() as AddressInfo;
    const asked = Array.from({ length: 60 }, () => ({ method: 'GET', target: '/health/live', headers: [] }));
    expect((await pipelined(port, asked, 4)).map(({ status }) => status)).toEqual(Array(60).fill(200));
  });

  it('sheds every route but health and the feed, as the description of each says', async () => {
    type Answers = Record<number, { description: string; headers: object }>;
    const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { responses: Answers }>>;
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => ({ path, method: method.toUpperCase(), responses })),
    );
    const lanes = Object.values(figures().lanes);
    for (const lane of lanes) arrive(lane, AT_ONCE);
    const served: string[] = [];
    for (const { path, method, responses } of operations) {
      const { json } = await door.ask(method, path.replaceAll(/\{\w+\}/g, 'x'), `ada ${SCOPES.join(' ')}`);
      if (json['code'] !== 'overloaded') served.push(path);
      const said = [503, 429].map((status) => responses[status]?.description.match(/overloaded|rate-limited/)?.[0]);
      expect([path, ...said]).toEqual([path, 'overloaded', path.startsWith('/health/') ? undefined : 'rate-limited']);
      expect(responses[503]!.headers).toHaveProperty('Retry-After');
    }
    for (const lane of lanes) answer(lane, AT_ONCE, 1);
    expect(served.sort()).toEqual(['/health/live', '/health/ready', '/v1/feed']);
  });

  it('works on sixteen requests of one connection, and turns the rest away', async () => {
    const { port } = door.fastify.server.address() as AddressInfo;
    const get = { method: 'GET', target: '/health/live', headers: [] };
    const answers = await pipelined(
      port,
      Array.from({ length: 20 }, () => get),
      20,
    );
    expect(answers.map(({ status }) => status)).toEqual([...Array(16).fill(200), ...Array(4).fill(503)]);
  });
});

describe('whoever hangs up while it is asked whether they may', () => {
  it('keeps no place in a lane', async () => {
    let lease: (leased: Leased) => void = () => undefined;
    const asked: Leases = { take: () => new Promise((resolve) => (lease = resolve)) };
    const bounds = { ...BOUNDS, requestsPerMinutePerAddress: 20 };
    const door = await FrontDoor.open({ bounds, leases: asked, limitLoopback: true });
    await door.app.listen(0, '127.0.0.1');
    const { port } = door.fastify.server.address() as AddressInfo;
    const get = { method: 'GET', target: '/v1/events', headers: [] };
    expect((await pipelined(port, [get])).map(({ status }) => status)).toEqual([200]);
    const arrived = once(door.fastify.server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n');
    const [, response] = await arrived;
    socket.destroy();
    await once(response, 'close');
    lease({ grants: [{ granted: 10, left: 0 }], windowLeftMs: 60_000 });
    const { read } = (door.app.getHttpAdapter() as unknown as HttpAdapter).figures.lanes;
    for (let turns = 0; turns < 50; turns += 1) await sleep(1);
    expect(read.inFlight).toBe(0);
    await door.close();
  });
});
