import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { JsonLogger } from '../../src/infrastructure/logger.js';
import { Denials, type Denial, type DenialBounds } from '../../src/infrastructure/http/denials.js';
import { Output } from '../../src/infrastructure/output.js';
import { FrontDoor } from '../support/front-door.js';

const MISSING = '00000000-0000-5000-8000-000000000000';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({ publicReads: false });
  await door.event({ eventId: 'gala', capacity: 9 });
});
afterAll(() => door.close());
beforeEach(() => {
  door.requests.length = 0;
  door.denials.length = 0;
});

/** What a request left behind, once it is over. */
async function lineOf(...asked: Parameters<FrontDoor['ask']>): Promise<Record<string, unknown>> {
  await door.ask(...asked);
  await new Promise((resolve) => setImmediate(resolve));
  expect(door.requests).toHaveLength(1);
  return door.requests.pop()!;
}

describe('the line of a request', () => {
  it('says who asked for what, how it ended, how long it took and how much it was', async () => {
    const headers = { 'x-request-id': 'req-1', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    const booked = await lineOf('POST', '/v1/events/gala/bookings', 'ada', {}, headers);
    expect(booked).toEqual({
      ...{ level: 'info', requestId: expect.stringMatching(/^[0-9a-f]{10}-[0-9a-z]+$/), correlationId: 'req-1' },
      ...{ traceId: TRACE, caller: 'ada', method: 'POST', route: '/v1/events/:eventId/bookings', status: 201 },
      ...{ code: null, ms: expect.any(Number), bytes: expect.any(Number) },
    });
    expect(booked['bytes']).toBeGreaterThan(100);
    expect(await lineOf('POST', '/v1/events/gala/bookings', 'ada', {})).toMatchObject({
      ...{ level: 'info', status: 409, code: 'already-booked', traceId: null },
    });
    expect(await lineOf('HEAD', '/v1/events/gala', 'ada')).toMatchObject({ method: 'HEAD', status: 200, bytes: 0 });
    expect(await lineOf('GET', '/no/such/secret', 'ada')).toMatchObject({ route: null, status: 404, caller: 'ada' });
    expect(await lineOf('GET', '/v1/events/%zz', 'ada')).toMatchObject({ route: null, status: 404, caller: 'ada' });
    expect(await lineOf('GET', '/v1/events/gala', null)).toMatchObject({ status: 401, caller: null });
    expect(await lineOf('POST', '/v1/events', 'ada', '{"a":')).toMatchObject({
      status: 400,
      code: 'validation-failed',
    });
  });

  it('has an id of its own, whatever the caller sends, and no trace that is not one', async () => {
    const wrong = [`00-${TRACE}-00f067aa0ba902b7-01x`, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, 'x'.repeat(5_000)];
    const ids = new Set();
    for (const traceparent of wrong) {
      const line = await lineOf('GET', '/health/live', null, undefined, { traceparent, 'x-request-id': 'same' });
      expect([line['traceId'], line['correlationId']]).toEqual([null, 'same']);
      ids.add(line['requestId']);
    }
    expect(ids.size).toBe(wrong.length);
  });

  it('is a warning for "not now" and an error for a fault; with LOG_REQUESTS one may have those only, or none', async () => {
    const written = async (logRequests: 'all' | 'errors' | 'off') => {
      const other = await FrontDoor.open({ logRequests });
      other.checks.push({ name: 'store', code: 'store-unavailable', passes: async () => false });
      Object.assign(other.views, { events: () => Promise.reject(new Error('a bug')) });
      for (const route of ['/health/live', '/health/ready', '/v1/events']) await other.ask('GET', route, 'ada');
      await other.close();
      return other.requests.map(({ level, status }) => [level, status]);
    };
    const faults = [
      ['warn', 503],
      ['error', 500],
    ];
    expect(await written('all')).toEqual([['info', 200], ...faults]);
    expect(await written('errors')).toEqual(faults);
    expect(await written('off')).toEqual([]);
  });

  it('is there for what is not HTTP, and for what was given up', async () => {
    await door.app.listen(0, '127.0.0.1');
    const { port } = door.app.getHttpServer().address() as AddressInfo;
    const send = (text: string) =>
      new Promise((resolve) =>
        connect(port, '127.0.0.1')
          .on('close', resolve)
          .on('data', () => undefined)
          .end(text),
      );
    await send('not HTTP\r\n\r\n');
    expect(door.requests).toMatchObject([{ status: 400, code: 'validation-failed', method: null, route: null }]);
    const arrived = once(door.app.getHttpServer(), 'request');
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /v1/events/gala/bookings HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n');
    socket.write(`authorization: Bearer ${door.tokenFor('ada')}\r\ncontent-type: application/json\r\n\r\n{`);
    // Given up sooner than that, nobody knows of it.
    await arrived;
    socket.destroy();
    while (door.requests.length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(door.requests[1]).toMatchObject({ method: 'POST', caller: 'ada', givenUp: true, status: null });
  });
});

describe('a denied action', () => {
  it.each<[name: string, asked: Parameters<FrontDoor['ask']>, expected: object]>([
    [
      'without a token',
      ['GET', '/v1/bookings', null],
      { who: null, status: 401, reason: 'no-token', what: 'GET /v1/bookings' },
    ],
    ['on no route', ['DELETE', '/secret/path', null], { who: null, status: 401, what: 'DELETE' }],
    ['by a path that is none', ['GET', '/v1/%zz', null], { who: null, status: 401, what: 'GET' }],
    ['without the scope', ['POST', '/v1/events', 'ada', {}], { who: 'ada', status: 403, why: 'forbidden' }],
    ['without the scope for a field', ['POST', '/v1/events/gala/bookings', 'ada', { userId: 'bob' }], { status: 403 }],
    ['as an e-mail address', ['GET', '/v1/bookings', 'ada@home.example'], { who: null, why: 'user-id-not-opaque' }],
    [
      'on what is not theirs',
      ['POST', `/v1/events/gala/bookings/${MISSING}/cancel`, 'eve', {}],
      { who: 'eve', status: 404, why: 'not-found', what: 'POST /v1/events/:eventId/bookings/:bookingId/cancel' },
    ],
    [
      "on somebody's profile",
      ['GET', '/v1/users/ada', 'eve'],
      { who: 'eve', status: 404, what: 'GET /v1/users/:userId' },
    ],
  ])('%s leaves an audit line', async (_, asked, expected) => {
    const { requestId, correlationId } = await lineOf(...asked);
    expect(door.denials).toEqual([
      expect.objectContaining({ audit: true, address: '127.0.0.1', requestId, correlationId, ...expected }),
    ]);
    expect(JSON.stringify(door.denials)).not.toMatch(/secret|home\.example|00000000/);
  });

  it('is none when a condition failed, places are gone or there is no such event, nor for the box office', async () => {
    await door.ask('GET', '/v1/events/none', 'ada');
    await door.ask('PATCH', '/v1/events/gala', 'm event:manage', { title: 'x' }, { 'if-match': '"0-000000"' });
    await door.ask('GET', `/v1/events/gala/bookings/${MISSING}`, 'office booking:any');
    await door.ask('GET', '/nowhere', 'ada');
    expect(door.requests.map(({ status }) => status)).toEqual([404, 412, 404, 404]);
    expect(door.denials).toEqual([]);
  });
});

describe('a flood of denied actions', () => {
  const bounds: DenialBounds = { windowMs: 30, linesEach: 3, lines: 10, remainders: 2, sources: 4 };
  const denial = (who: string | null, address: string): Denial => ({
    ...{ what: 'GET /v1/bookings', who, why: 'unauthenticated', reason: 'signature', status: 401 },
    ...{ requestId: 'r', correlationId: 'c', traceId: null, address },
  });
  const open = (some: Partial<DenialBounds> = {}) => {
    const lines: Record<string, unknown>[] = [];
    const sink = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
    return { denials: new Denials(new JsonLogger('error', sink), { ...bounds, ...some }), lines };
  };

  it('has a few lines, and one that counts the rest, when the minute is over', async () => {
    const { denials, lines } = open();
    for (let asked = 0; asked < 10_000; asked += 1) denials.note(denial(null, '192.0.2.1'));
    denials.note(denial('ada', '192.0.2.1'));
    expect(lines.map(({ who, msg }) => [who, msg])).toEqual([
      ...Array<unknown>(3).fill([null, 'denied']),
      ['ada', 'denied'],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(lines.slice(4)).toMatchObject([{ audit: true, address: '192.0.2.1', who: null, more: 9_997, windowMs: 30 }]);
    denials.note(denial(null, '192.0.2.1'));
    expect(lines).toHaveLength(6);
    denials.tellRest();
    expect(lines).toHaveLength(6);
  });

  it('stays bounded from any number of addresses; a network of IPv6 is one', () => {
    const { denials, lines } = open();
    for (let host = 0; host < 100; host += 1) denials.note(denial(null, `2001:db8:1:2::${host}`));
    expect(lines).toHaveLength(3);
    for (let host = 0; host < 10_000; host += 1) denials.note(denial(null, `10.0.${host >> 8}.${host & 255}`));
    expect(lines.length).toBeLessThanOrEqual(bounds.lines);
    const before = lines.length;
    denials.tellRest();
    const rest = lines.slice(before);
    expect(rest.length).toBeLessThanOrEqual(bounds.remainders + 1);
    expect(before + rest.reduce((sum, { more }) => sum + Number(more), 0)).toBe(10_100);
  });
});

describe('a line', () => {
  it('waits a moment for others, and not for the end: what is urgent takes it along', async () => {
    const writes: string[] = [];
    const output = new Output(1, (_fd, bytes) => writes.push(bytes.toString()) && bytes.length);
    const logger = new JsonLogger('info', output);
    for (let request = 0; request < 3; request += 1) logger.request('info', { request });
    expect(writes).toEqual([]);
    logger.error('The end', { why: 'a\u2028b\u001b[31m\u009b' });
    expect(writes).toHaveLength(1);
    const lines = writes[0]!.trimEnd().split(/[\n\u2028]/);
    expect(lines.map((line) => (JSON.parse(line) as { request?: number }).request)).toEqual([0, 1, 2, undefined]);
    expect(JSON.parse(lines[3]!)).toMatchObject({ why: 'a\u2028b\u001b[31m\u009b' });
    // eslint-disable-next-line no-control-regex
    expect(writes[0]).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    logger.request('info', {});
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(writes).toHaveLength(2);
  });

  it('is written whole to whoever reads slowly, and not at all to whoever has gone', () => {
    let taken = '';
    let calls = 0;
    const slow = new Output(1, (_fd, bytes) => {
      calls += 1;
      if (calls % 2 === 1) throw Object.assign(new Error('later'), { code: 'EAGAIN' });
      taken += bytes.subarray(0, 5).toString();
      return Math.min(5, bytes.length);
    });
    slow.write('a line of some length\n');
    expect(taken).toBe('a line of some length\n');
    const gone = new Output(1, () => {
      throw Object.assign(new Error('gone'), { code: 'EPIPE' });
    });
    expect(() => gone.write('x\n')).not.toThrow();
  });

  it('makes the process wait for a reader that stands still only once, and is whole when it reads again', () => {
    let calls = 0;
    let room = 4;
    let taken = '';
    const still = new Output(1, (_fd, bytes) => {
      calls += 1;
      if (room === 0) throw Object.assign(new Error('later'), { code: 'EAGAIN' });
      const part = bytes.subarray(0, room);
      room -= part.length;
      taken += part.toString();
      return part.length;
    });
    still.write('lost with its end\n');
    calls = 0;
    for (let line = 0; line < 3; line += 1) still.write('lost\n');
    expect(calls).toBe(3);
    room = 100;
    still.write('read\n');
    still.write('and read\n');
    expect(taken).toBe('lost\nread\nand read\n');
  });

  it('shows of an error of the database what cannot quote a row', () => {
    const lines: string[] = [];
    const logger = new JsonLogger('trace', { write: (line) => void lines.push(line) });
    const error = Object.assign(new Error('invalid input: "hidden"'), {
      ...{ severity: 'ERROR', code: '22P02', detail: 'hidden', where: 'hidden', hint: 'hidden', table: 'profiles' },
    });
    logger.error('It failed', { err: new Error('not written', { cause: error }) });
    logger.warn('full', {
      err: Object.assign(new Error('no space left on device'), { severity: 'PANIC', code: '53100' }),
    });
    expect(lines[0]).not.toContain('hidden');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      err: { cause: { code: '22P02', message: 'SQLSTATE 22P02, table profiles' } },
    });
    expect(lines[1]).toContain('no space left on device');
  });
});
