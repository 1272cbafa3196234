import { CHOICES, type Plan, planReplay } from '../../bench/replay/plan.js';
import { quantile, skewed } from '../../bench/replay/chance.js';
import { seededRandom } from '../../bench/support/measure.js';
import { inLanes } from '../../bench/replay/lanes.js';
import { Asker } from '../../bench/replay/asking.js';
import { UnreadableFile, readReservations } from '../../bench/replay/reservations.js';
import { NoAnswer } from '../../bench/support/http-client.js';
import { madeUpRows, readRows, reply, row } from './paper.js';

const NOW = Date.UTC(2027, 0, 1, 9);
const DAY_MS = 86_400_000;

describe('the file of reservations', () => {
  it('tells when each was booked, when it was cancelled, and for whom', async () => {
    const [first, second] = await readRows([row(20, 19, '2', '1', true), row(21, 0, '1', 'NA', false)]);
    const june = Date.UTC(2016, 5, 1) / DAY_MS;
    const [arrival, bookedOn, cancelledOn] = [june + 19, june, june + 1];
    const hotel = 'Inn at the Ford';
    expect(first).toEqual({ line: 2, hotel, arrival, bookedOn, cancelledOn, adults: 2, children: 1 });
    expect(second).toMatchObject({ line: 3, bookedOn: june + 20, cancelledOn: null, adults: 1, children: null });
  });

  it('is read up to a limit', async () => {
    expect(await readRows(madeUpRows, 3)).toHaveLength(3);
  });

  it.each([
    ['a month that is none', row(20, 1, '2', '0', false).replace('June', 'Juni'), /line 2: .*Juni.* month/],
    ['a number that is none', row(20, 1, 'two', '0', false), /line 2: "two" is no adults/],
    [
      'another status',
      row(20, 1, '2', '0', false).replace('Check-Out', 'Gone'),
      /line 2: "Gone" is no reservation_status/,
    ],
    ['too few columns', 'Inn at the Ford,0,1', /CSV|Column/i],
  ])('is refused as a whole for %s', async (_what, line, expected) => {
    await expect(readRows([line])).rejects.toThrow(expected);
    await expect(readRows([line])).rejects.toBeInstanceOf(UnreadableFile);
  });

  it('is missed when it is absent', async () => {
    await expect(readReservations('no/such/file.csv', Infinity)).rejects.toThrow(/no\/such\/file.csv cannot be opened/);
  });
});

describe('the plan', () => {
  let plan: Plan;
  beforeAll(async () => {
    plan = planReplay(await readRows(madeUpRows), 1, NOW, 'x1');
  });

  it('has one event per hotel and day, weeks in the future, all of the same size', () => {
    expect(plan.slots).toHaveLength(10);
    expect(plan.shiftDays % 7).toBe(0);
    for (const { startsAt, capacity } of plan.slots) {
      expect(Date.parse(startsAt) - NOW).toBeGreaterThanOrEqual(7 * DAY_MS);
      expect(capacity).toBe(plan.capacities.get('Inn at the Ford'));
    }
  });

  it('has a capacity that some days exceed, and half of them do not', () => {
    const asked = plan.slots.map((_, slot) =>
      plan.guests.reduce((sum, guest) => sum + (guest.slot === slot ? guest.seats : 0), 0),
    );
    const [capacity] = plan.capacities.values();
    const above = asked.filter((seats) => seats > capacity!).length;
    expect(above).toBeGreaterThan(2);
    expect(above).toBeLessThanOrEqual(5);
  });

  it('goes by day, and books before it cancels', () => {
    const days = plan.groups.map(({ day }) => day);
    expect(days).toEqual([...days].sort((a, b) => a - b));
    const booked = new Set<number>();
    const cancelled: number[] = [];
    for (const group of plan.groups) {
      for (const n of group.bookings) booked.add(n);
      for (const n of group.cancellations) expect(booked.has(n)).toBe(true);
      cancelled.push(...group.cancellations);
    }
    expect(booked.size).toBe(200);
    expect(new Set(cancelled).size).toBe(plan.cancellations);
    expect(plan.cancellations).toBe(40);
  });

  it('clamps parties and counts how many', async () => {
    const rows = [row(20, 1, '0', '0', false), row(20, 1, '26', '0', false), row(20, 1, '9', '1', false)];
    const { guests, clamped } = planReplay(await readRows(rows), 1, NOW, 'x1');
    expect(guests.map(({ seats }) => seats)).toEqual([1, 10, 10]);
    expect(clamped).toEqual({ toOne: 1, toTen: 1, unstated: 0 });
  });

  it('is the same for the same seed, and another for another', async () => {
    const reservations = await readRows(madeUpRows);
    expect(planReplay(reservations, 1, NOW, 'x1')).toEqual(plan);
    expect(planReplay(reservations, 2, NOW, 'x1').guests).not.toEqual(plan.guests);
  });

  it('leaves days that lie far enough in the future where they are', async () => {
    const { shiftDays } = planReplay(await readRows(madeUpRows), 1, Date.UTC(2016, 0, 1), 'x1');
    expect(shiftDays).toBe(0);
  });
});

describe('chance', () => {
  it('draws few often and most hardly ever', () => {
    const draw = skewed(CHOICES.users, CHOICES.skew, seededRandom(1));
    const drawn = Array.from({ length: 20_000 }, draw);
    const share = (upTo: number) => drawn.filter((k) => k < upTo).length / drawn.length;
    expect(Math.max(...drawn)).toBeLessThan(CHOICES.users);
    expect(share(1)).toBeGreaterThan(0.015);
    expect(share(500)).toBeGreaterThan(0.3);
    expect(share(500)).toBeLessThan(0.5);
  });

  it('takes the value that so many do not exceed', () => {
    expect(quantile([5, 1, 4, 2, 3, 6, 7, 8, 9, 10], 0.7)).toBe(7);
    expect(quantile([3], 0.7)).toBe(3);
  });
});

describe('lanes', () => {
  const groups = Array.from({ length: 60 }, (_, n) => ({ lane: n % 7, n }));
  const turn = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));

  it('keep the order within a lane, and no more than the window begun', async () => {
    const ended: number[][] = Array.from({ length: 7 }, () => []);
    let busy = 0;
    let most = 0;
    const work = async ({ lane, n }: { lane: number; n: number }) => {
      most = Math.max(most, ++busy);
      await turn();
      ended[lane]!.push(n);
      busy -= 1;
    };
    await inLanes(groups, ({ lane }) => lane, 5, work);
    for (const [lane, order] of ended.entries()) {
      expect(order).toEqual(groups.filter((group) => group.lane === lane).map(({ n }) => n));
    }
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
  });

  it('stop at the first failure', async () => {
    let begun = 0;
    const work = async ({ n }: { n: number }) => {
      begun += 1;
      await turn();
      if (n === 10) throw new Error('enough');
    };
    await expect(inLanes(groups, ({ lane }) => lane, 3, work)).rejects.toThrow('enough');
    expect(begun).toBeLessThan(20);
  });
});

describe('asking', () => {
  const request = { method: 'POST', path: '/v1/events', key: 'k' } as const;

  it('asks again with the same key when told "not now", and counts it', async () => {
    const keys: (string | undefined)[] = [];
    const asker = new Asker(
      async ({ key }) => {
        keys.push(key);
        return keys.length < 3 ? { ...reply(503, { code: 'overloaded' }), retryAfterMs: 1 } : reply(201, {});
      },
      1,
      1,
    );
    expect(await asker.command(request)).toMatchObject({ reply: { status: 201 }, isUnsure: true });
    expect(keys).toEqual(['k', 'k', 'k']);
    expect(asker).toMatchObject({ retries: 2, yes: 1, unanswered: 0 });
  });

  it('does not take a refusal for the whole truth after a silence', async () => {
    let tries = 0;
    const asker = new Asker(
      async () => {
        tries += 1;
        if (tries === 1) throw new NoAnswer('cut off', true);
        return reply(409, { code: 'sold-out' });
      },
      1,
      1,
    );
    expect(await asker.command(request)).toMatchObject({ reply: { status: 409 }, isUnsure: true });
    expect(asker.unanswered).toBe(1);
    expect([...asker.refusals]).toEqual([['sold-out', 1]]);
  });

  it('knows that a request which nobody took had no effect', async () => {
    let tries = 0;
    const refused = new NoAnswer('refused', false);
    const asker = new Asker(() => (++tries === 1 ? Promise.reject(refused) : Promise.resolve(reply(409, {}))), 1, 0);
    expect(await asker.command(request)).toMatchObject({ isUnsure: false });
  });

  it('gives up when nobody answers any more', async () => {
    const asker = new Asker(() => Promise.reject(new NoAnswer('gone', false)), 100, 0);
    const asking = Promise.all(Array.from({ length: 100 }, () => asker.command(request)));
    await expect(asking).rejects.toThrow(/64 requests in a row/);
  });

  it('has no more requests in flight than it may', async () => {
    let busy = 0;
    let most = 0;
    const asker = new Asker(
      async () => {
        most = Math.max(most, ++busy);
        await new Promise((resolve) => setTimeout(resolve, 2));
        busy -= 1;
        return reply(201, {});
      },
      4,
      1,
    );
    await Promise.all(Array.from({ length: 30 }, () => asker.command(request)));
    expect(most).toBe(4);
  });
});
