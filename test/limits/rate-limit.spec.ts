import {
  RateLimiter,
  addressKey,
  type LeaseAsk,
  type Leased,
  type Leases,
  type Verdict,
} from '../../src/infrastructure/http/rate-limit.js';
import { BOUNDS, FrontDoor } from '../support/front-door.js';

const WINDOW_MS = 60_000;

/** What processes share, in memory: with a clock that the test sets, and a switch that takes it away. */
class SharedLeases implements Leases {
  now = 0;
  trips = 0;
  mostAtOnce = 0;
  isAway = false;
  private window = 0;
  private readonly taken = new Map<string, number>();

  async take(asks: readonly LeaseAsk[]): Promise<Leased> {
    this.trips += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, asks.length);
    if (this.isAway) throw new Error('away');
    const window = Math.floor(this.now / WINDOW_MS);
    if (window !== this.window) this.taken.clear();
    this.window = window;
    const grants = asks.map(({ key, spent, wanted, most }) => {
      const before = (this.taken.get(key) ?? 0) + spent;
      const granted = Math.max(0, Math.min(wanted, most - before));
      this.taken.set(key, before + granted);
      return { granted, left: Math.max(0, most - before - granted) };
    });
    return { grants, windowLeftMs: WINDOW_MS - (this.now % WINDOW_MS) };
  }
}

const processOver = (leases: SharedLeases, most: number) => new RateLimiter(most, leases, () => leases.now, WINDOW_MS);

/** How many of so many requests got through. */
async function passing(limiters: readonly RateLimiter[], key: string, requests: number): Promise<number> {
  let passed = 0;
  for (let at = 0; at < requests; at += 1) passed += Number((await limiters[at % limiters.length]!.take(key)).passes);
  return passed;
}

describe('a limit', () => {
  it.each([1, 2, 3, 7, 100, 1_200])('of %i is exact for one process', async (most) => {
    const leases = new SharedLeases();
    expect(await passing([processOver(leases, most)], 'ada', 3 * most)).toBe(most);
    expect(leases.trips).toBeLessThanOrEqual(12);
  });

  it('holds over processes, but for the share that each lets through before it asks', async () => {
    const leases = new SharedLeases();
    const four = Array.from({ length: 4 }, () => processOver(leases, 1_200));
    const passed = await passing(four, 'ada', 8_000);
    expect(passed).toBeGreaterThanOrEqual(1_200);
    expect(passed).toBeLessThanOrEqual(1_200 + 4 * 60);
    // Not one for each request: blocks of a tenth, and one more for each process that hears that nothing is left.
    expect(leases.trips).toBeLessThanOrEqual(10 + 2 * 4);
  });

  it('is everybody’s own, and costs nothing while it is far', async () => {
    const leases = new SharedLeases();
    const limiter = processOver(leases, 1_200);
    for (let user = 0; user < 1_000; user += 1) expect(await passing([limiter], `user-${user}`, 5)).toBe(5);
    expect(leases.trips).toBe(0);
  });

  it('is asked for in one round trip for all who need it at a time', async () => {
    const leases = new SharedLeases();
    const limiter = processOver(leases, 40);
    const asked = Array.from({ length: 500 }, (_, user) => passing([limiter], `user-${user}`, 3));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 500 }, () => 3));
    expect(leases.trips).toBeLessThanOrEqual(4);
  });

  it('is asked for of a thousand at most in one round trip, and of all in the end', async () => {
    const leases = new SharedLeases();
    const limiter = processOver(leases, 40);
    const asked = Array.from({ length: 2_500 }, (_, user) => passing([limiter], `user-${user}`, 3));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 2_500 }, () => 3));
    expect(leases.mostAtOnce).toBe(1_000);
  });

  it('is kept of 50,000 at a time: who was not seen for longest is forgotten, and begins anew', () => {
    const limiter = new RateLimiter(1, null, () => 0);
    const passes = (key: string): boolean => (limiter.take(key) as Verdict).passes;
    expect([passes('seen again'), passes('forgotten')]).toEqual([true, true]);
    for (let other = 0; other < 49_998; other += 1) void limiter.take(`user-${other}`);
    expect(passes('seen again')).toBe(false);
    void limiter.take('one too many');
    expect([passes('seen again'), passes('forgotten')]).toEqual([false, true]);
  });

  it('says what is left and when there is more, and begins anew then', async () => {
    const leases = new SharedLeases();
    leases.now = WINDOW_MS / 4;
    const limiter = processOver(leases, 3);
    expect(await limiter.take('ada')).toMatchObject({ passes: true, left: 2 });
    expect(await limiter.take('ada')).toEqual({ passes: true, left: 1, resetMs: 45_000 });
    expect(await passing([limiter], 'ada', 5)).toBe(1);
    leases.now += 30_000;
    expect(await limiter.take('ada')).toEqual({ passes: false, left: 0, resetMs: 15_000 });
    leases.now += 15_000;
    expect(await passing([limiter], 'ada', 5)).toBe(3);
  });

  it('loses with a process no more than its blocks, and these until the window ends', async () => {
    const leases = new SharedLeases();
    const [dies, lives] = [processOver(leases, 100), processOver(leases, 100)];
    await passing([dies], 'ada', 5);
    expect(await passing([lives], 'ada', 200)).toBeGreaterThanOrEqual(85);
    leases.now += WINDOW_MS;
    expect(await passing([lives], 'ada', 200)).toBe(100);
  });

  it('is each process’s own while leases cannot be had, and the shared one again afterwards', async () => {
    const leases = new SharedLeases();
    leases.isAway = true;
    const limiter = processOver(leases, 100);
    expect(await passing([limiter], 'ada', 300)).toBe(100);
    expect(await passing([limiter], 'bob', 300)).toBe(100);
    // Bob was not asked for: the first failure is enough for a second.
    expect(leases.trips).toBe(1);
    leases.isAway = false;
    leases.now += WINDOW_MS;
    expect(await passing([limiter, processOver(leases, 100)], 'ada', 400)).toBeLessThanOrEqual(110);
    expect(leases.trips).toBeGreaterThan(1);
  });

  it('is the same for all addresses of one network of IPv6', () => {
    expect(addressKey('192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('2001:db8:0:1:2:3:4:5')).toBe(addressKey('2001:DB8::1:ffff:0:0:1'));
    expect(addressKey('2001:db8:0:1::')).not.toBe(addressKey('2001:db8:0:2::'));
    expect(addressKey('::1')).toBe('0:0:0:0::/64');
    expect(addressKey('no address'.repeat(100))).toBe('unknown');
  });
});

describe('over HTTP', () => {
  let door: FrontDoor;
  afterEach(() => door.close());

  const open = (settings: Parameters<typeof FrontDoor.open>[0] = {}, bounds = {}) =>
    FrontDoor.open({ limitLoopback: true, ...settings, bounds: { ...BOUNDS, ...bounds } });
  const list = (as: string | null, headers = {}) => door.ask('GET', '/v1/bookings', as, undefined, headers);

  it('each caller has so many requests a minute, and 429 says when to come back', async () => {
    door = await open({}, { requestsPerMinute: 3 });
    for (const left of [2, 1, 0]) {
      const { statusCode, headers } = await list('ada');
      expect([statusCode, headers['ratelimit-policy']]).toEqual([200, '"caller";q=3;w=60']);
      expect(headers['ratelimit']).toMatch(new RegExp(`^"caller";r=${left};t=[0-9]+$`));
    }
    const { statusCode, json, headers } = await list('ada');
    expect([statusCode, json['code']]).toEqual([429, 'rate-limited']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await list('bob')).statusCode).toBe(200);
    const { body } = await door.ask('GET', '/metrics', 'op ops');
    expect(body).toContain('\nholdfast_http_problems_total{code="rate-limited"} 1\n');
  });

  it('each address has, whatever its tokens are and wherever it goes; health never', async () => {
    door = await open({}, { requestsPerMinutePerAddress: 4 });
    expect((await list('ada')).statusCode).toBe(200);
    expect((await list(null, { authorization: 'Bearer x.y.z' })).statusCode).toBe(401);
    expect((await door.ask('GET', '/nothing', 'ada')).statusCode).toBe(404);
    expect((await door.ask('GET', '/v1/%ff', null)).statusCode).toBe(401);
    for (const url of ['/v1/bookings', '/nothing', '/v1/%ff', '/v1/events']) {
      const { statusCode, headers } = await door.ask('GET', url, 'ada');
      expect([url, statusCode]).toEqual([url, 429]);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await door.ask('GET', '/health/live', null)).statusCode).toBe(200);
  });

  it.each(['requestsPerMinute', 'requestsPerMinutePerAddress'])(
    'a page of a named origin can read that it is over %s, and until when',
    async (bound) => {
      const origin = 'https://shop.example';
      door = await open({ corsOrigins: [origin] }, { [bound]: 1 });
      await list('ada', { origin });
      const { statusCode, headers } = await list('ada', { origin });
      expect([statusCode, headers['access-control-allow-origin'], headers['vary']]).toEqual([429, origin, 'origin']);
      expect(headers['access-control-expose-headers']).toContain('Retry-After');
    },
  );

  it('X-Forwarded-For says nothing unless a proxy is trusted, and then only what that proxy added', async () => {
    door = await open({}, { requestsPerMinutePerAddress: 1 });
    const statuses = async (...forwarded: string[]): Promise<number[]> => {
      const answers = [];
      for (const value of forwarded) answers.push((await list('ada', { 'x-forwarded-for': value })).statusCode);
      return answers;
    };
    expect(await statuses('192.0.2.1', '192.0.2.2')).toEqual([200, 429]);
    await door.close();
    door = await open({}, { requestsPerMinutePerAddress: 1, trustedProxies: 1 });
    expect(await statuses('192.0.2.1', '192.0.2.2', '198.51.100.9, 192.0.2.1')).toEqual([200, 200, 429]);
  });

  it('the machine itself is exempt unless it is said, and nobody else can say to be it', async () => {
    door = await open({ limitLoopback: false }, { requestsPerMinutePerAddress: 1, requestsPerMinute: 1 });
    for (let asked = 0; asked < 3; asked += 1) expect((await list('ada')).statusCode).toBe(200);
    const from = (remoteAddress: string) => door.fastify.inject({ method: 'GET', url: '/v1/events', remoteAddress });
    expect((await from('192.0.2.1')).statusCode).toBe(200);
    expect((await from('192.0.2.1')).statusCode).toBe(429);
  });

  it('two processes that share their leases share the limit', async () => {
    const leases = new SharedLeases();
    door = await open({ leases }, { requestsPerMinute: 40 });
    const other = await open({ leases }, { requestsPerMinute: 40 });
    let passed = 0;
    for (let asked = 0; asked < 60; asked += 1)
      for (const { statusCode } of [await list('ada'), await other.ask('GET', '/v1/bookings', 'ada')])
        passed += Number(statusCode === 200);
    await other.close();
    expect(passed).toBeGreaterThanOrEqual(40);
    expect(passed).toBeLessThanOrEqual(44);
  });
});
