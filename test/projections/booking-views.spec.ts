import { StoreUnavailable } from '../../src/application/errors.js';
import type { AnyBookingFilter, After, EventFilter } from '../../src/application/ports.js';
import { PostgresBookingViews } from '../../src/infrastructure/read-model/booking-views.js';
import { openClaims } from '../../src/infrastructure/read-model/claims.js';
import {
  HOUR,
  MINUTE,
  NOW,
  STARTS,
  book,
  callOff,
  cancel,
  change,
  changeEvent,
  confirmed,
  held,
  resized,
  rescheduled,
  scheduleIt,
  scheduled,
  settle,
  waitlisted,
} from '../support/facts.js';
import { Story } from './story.js';
import { ReadModel, poolOf } from './tables.js';

let model: ReadModel;
let views: PostgresBookingViews;
beforeAll(async () => {
  model = await ReadModel.open();
  views = new PostgresBookingViews(model.pool);
});
beforeEach(() => model.clear());
afterAll(() => model.close());

async function shown(story: Story): Promise<bigint> {
  await model.fold(story.records(), [100]);
  return BigInt(story.log.records.length);
}

describe('One event', () => {
  it('is shown with its settings, its seats and the position', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 5, resource: 'hall', salesCloseAt: STARTS - HOUR }));
    story.ask('gala', book('ann', { seats: 2 })).ask('gala', book('bob', { seats: 3, hold: true }));
    story.ask('gala', book('cyd', { waitlist: true }));
    const position = await shown(story);
    const value = {
      ...{ eventId: 'gala', title: 'Matinee', startsAt: STARTS, endsAt: null, timeZone: 'UTC', resource: 'hall' },
      ...{ capacity: 5, seatsTaken: 5, seatsHeld: 3, seatsFree: 0, waiting: 1, isBooked: true, status: 'scheduled' },
      ...{ holdSeconds: 600, offerSeconds: 14_400, salesOpenAt: null, salesCloseAt: STARTS - HOUR, cancelUntil: null },
      ...{ maxSeatsPerBooking: 10, waitlistLimit: 10, updatedAt: NOW, revision: 3 },
    };
    expect(await views.event('gala')).toEqual({ value, position });
    expect(await views.position()).toBe(position);
  });

  it('that is not there has a position too', async () => {
    expect(await views.event('gala')).toEqual({ value: null, position: 0n });
    expect(await views.booking('gala', 'b-ann')).toEqual({ value: null, position: 0n });
    expect(await views.calendarEntry('gala', 'b-ann')).toEqual({ value: null, position: 0n });
    expect(await views.events({}, 5, null)).toEqual({ value: [], position: 0n });
    expect(await views.bookings({}, 5, null)).toEqual({ value: [], position: 0n });
  });
});

describe('One booking', () => {
  it('shows until when it is held: its own end, or the end of sales where that came nearer', async () => {
    const story = new Story().plant('gala', scheduled()).plant('gala', held('ann', { expiresAt: NOW + 10 * MINUTE }));
    await shown(story);
    expect((await views.booking('gala', 'b-ann')).value).toMatchObject({
      expiresAt: NOW + 10 * MINUTE,
      status: 'held',
    });
    await model.clear();
    await shown(story.plant('gala', rescheduled(NOW + 5 * MINUTE)));
    expect((await views.booking('gala', 'b-ann')).value).toMatchObject({ expiresAt: NOW + 5 * MINUTE });
    expect((await views.bookings({}, 9, null)).value).toMatchObject([{ expiresAt: NOW + 5 * MINUTE }]);
  });

  it('shows its place in the line, which others leave and in which it may shrink', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 2 })).ask('gala', book('ann', { seats: 2 }));
    for (const user of ['bob', 'cyd', 'dan']) story.ask('gala', book(user, { seats: 2, waitlist: true }));
    story.ask('gala', change('dan', { seats: 1 })).ask('gala', cancel('bob'));
    await shown(story);
    const places = await Promise.all(['ann', 'bob', 'cyd', 'dan'].map((user) => views.booking('gala', `b-${user}`)));
    expect(places.map(({ value }) => value?.waitlistPosition)).toEqual([null, null, 1, 2]);
  });

  it('stands beside its event, of one snapshot, active or ended', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 5, resource: 'hall' }));
    story.ask('gala', book('ann', {})).ask('gala', book('bob', {})).ask('gala', cancel('bob', {}));
    const position = await shown(story);
    const event = {
      ...{ eventId: 'gala', title: 'Matinee', startsAt: STARTS, endsAt: null, timeZone: 'UTC', resource: 'hall' },
      ...{ status: 'scheduled', updatedAt: NOW, revision: 3 },
    };
    for (const bookingId of ['b-ann', 'b-bob']) {
      const booking = (await views.booking('gala', bookingId)).value;
      expect(await views.calendarEntry('gala', bookingId)).toEqual({ value: { event, booking }, position });
    }
  });

  it('that ended is shown with when and why', async () => {
    const story = new Story()
      .ask('gala', scheduleIt())
      .ask('gala', book('ann', { hold: true }))
      .ask('gala', book('bob'));
    story.now += 10 * MINUTE;
    story.ask('gala', settle).ask('gala', callOff());
    await shown(story);
    expect((await views.booking('gala', 'b-ann')).value).toEqual({
      ...{ bookingId: 'b-ann', eventId: 'gala', userId: 'ann', seats: 1, status: 'expired', reference: null },
      ...{ expiresAt: null, offer: false, createdAt: NOW, updatedAt: NOW + 10 * MINUTE, endedReason: 'expired' },
      ...{ revision: 3, waitlistPosition: null },
    });
    const bob = { status: 'cancelled', endedReason: 'event-cancelled', revision: 4, updatedAt: NOW + 10 * MINUTE };
    expect((await views.booking('gala', 'b-bob')).value).toMatchObject(bob);
    expect((await views.booking('quiz', 'b-bob')).value).toBeNull();
  });
});

describe('Lists', () => {
  /** All pages, each asked for by the last row of the one before. */
  async function pages<T>(ask: (after: After | null) => Promise<{ value: readonly T[] }>, key: (row: T) => After) {
    const all: T[] = [];
    for (let after: After | null = null; ; after = key(all.at(-1)!)) {
      const { value } = await ask(after);
      all.push(...value);
      if (value.length < 3) return all;
    }
  }
  const bookings = async (filter: AnyBookingFilter) =>
    (
      await pages(
        (after) => views.bookings(filter, 3, after),
        ({ createdAt: at, bookingId: id }) => ({ at, id }),
      )
    ).map(({ bookingId }) => bookingId);
  const events = async (filter: EventFilter) =>
    (
      await pages(
        (after) => views.events(filter, 3, after),
        ({ startsAt: at, eventId: id }) => ({ at, id }),
      )
    ).map(({ eventId }) => eventId);

  it('of bookings hold active and ended ones, the latest first, in pages without gaps', async () => {
    const story = new Story().ask('gala', scheduleIt()).ask('quiz', scheduleIt());
    for (let i = 0; i < 8; i++) {
      story.now += i % 2;
      const event = i % 3 === 0 ? 'quiz' : 'gala';
      const asked = { bookingId: `b${i}`, hold: i === 1, ...(i > 5 ? { reference: 'tour' } : {}) };
      story.ask(event, book(`user-${i % 4}`, asked));
      if (i < 4) story.ask(event, cancel(`user-${i}`, { bookingId: `b${i}` }));
    }
    story.ask('gala', book('eve', { hold: true, bookingId: 'b8' }));
    await shown(story);
    expect(await bookings({})).toEqual(['b8', 'b7', 'b6', 'b5', 'b4', 'b3', 'b2', 'b1', 'b0']);
    expect(await bookings({ userId: 'user-2' })).toEqual(['b6', 'b2']);
    expect(await bookings({ eventId: 'quiz' })).toEqual(['b6', 'b3', 'b0']);
    expect(await bookings({ status: 'cancelled' })).toEqual(['b3', 'b2', 'b1', 'b0']);
    expect(await bookings({ status: 'held' })).toEqual(['b8']);
    expect(await bookings({ status: 'held', offer: false })).toEqual(['b8']);
    expect(await bookings({ offer: true })).toEqual([]);
    expect(await bookings({ reference: 'tour' })).toEqual(['b7', 'b6']);
    expect(await bookings({ userId: 'user-2', eventId: 'quiz', status: 'confirmed', reference: 'tour' })).toEqual([
      'b6',
    ]);
  });

  it('of events are in order of their start', async () => {
    const story = new Story();
    for (let i = 0; i < 7; i++)
      story.ask(
        `e${i}`,
        scheduleIt({ startsAt: STARTS - (i >> 1) * HOUR, ...(i === 3 ? { resource: 'hall' } : {}), capacity: 1 }),
      );
    story.ask('e2', book('ann')).ask('e5', callOff());
    await shown(story);
    expect(await events({})).toEqual(['e6', 'e4', 'e5', 'e2', 'e3', 'e0', 'e1']);
    expect(await events({ from: STARTS - HOUR })).toEqual(['e2', 'e3', 'e0', 'e1']);
    expect(await events({ to: STARTS - HOUR })).toEqual(['e6', 'e4', 'e5']);
    expect(await events({ resource: 'hall' })).toEqual(['e3']);
    expect(await events({ available: false })).toEqual(['e2']);
    expect(await events({ available: true, status: 'scheduled' })).toEqual(['e6', 'e4', 'e3', 'e0', 'e1']);
    expect(await events({ status: 'cancelled' })).toEqual(['e5']);
  });
});

it('Open holds are overdue at their own end, or at the end of sales where that came nearer', async () => {
  const [past, future] = [Date.UTC(2020, 0), Date.UTC(2100, 0)];
  const open = scheduled({ startsAt: future });
  const story = new Story().plant('gala', open).plant('gala', held('ann', { expiresAt: past }));
  story.plant('gala', held('bob', { expiresAt: future })).plant('gala', waitlisted('cyd'));
  story.plant('quiz', scheduled({ startsAt: future, salesCloseAt: past }));
  story.plant('quiz', held('dan', { expiresAt: future })).plant('quiz', confirmed('eve'));
  await shown(story);
  expect(await openClaims(model.pool)).toEqual({ held: 3, overdue: 2, waiting: 1 });
});

describe('What settle may have to do', () => {
  const due = async (story: Story, now: number, limit = 9) => {
    await shown(story);
    return views.unsettled(now, limit);
  };

  it('is a hold that is due, the most overdue first', async () => {
    const story = new Story().plant('gala', scheduled()).plant('quiz', scheduled()).plant('fair', scheduled());
    story
      .plant('gala', held('ann', { bookingId: 'b1', expiresAt: NOW + 9 }))
      .plant('quiz', held('ann', { bookingId: 'b2', expiresAt: NOW + 5 }));
    story.plant('fair', held('ann', { bookingId: 'b3', expiresAt: NOW + 10 }));
    expect(await due(story, NOW + 9)).toEqual([
      { eventId: 'quiz', revision: 1 },
      { eventId: 'gala', revision: 1 },
    ]);
    expect(await views.unsettled(NOW + 9, 1)).toEqual([{ eventId: 'quiz', revision: 1 }]);
    expect(await views.unsettled(NOW + 4, 9)).toEqual([]);
  });

  it('is a hold on an event whose sales end earlier now', async () => {
    const story = new Story()
      .plant('gala', scheduled())
      .plant('gala', held('ann'))
      .plant('gala', rescheduled(NOW + MINUTE));
    expect(await due(story, NOW + MINUTE)).toEqual([{ eventId: 'gala', revision: 2 }]);
  });

  it('is a line whose first fits, or in which somebody never will', async () => {
    const story = new Story();
    for (const event of ['fits', 'full', 'never']) story.plant(event, scheduled({ capacity: 4 }));
    for (const event of ['fits', 'full', 'never'])
      story.plant(event, confirmed('ann', { bookingId: `a-${event}`, seats: 2 }));
    const wait = (event: string, user: string, seats: number) =>
      story.plant(event, waitlisted(user, { bookingId: `${user}-${event}`, seats }));
    wait('fits', 'bob', 2);
    wait('full', 'bob', 3);
    wait('full', 'cyd', 1);
    wait('never', 'bob', 3);
    wait('never', 'cyd', 4);
    story.plant('never', resized(3));
    expect(await due(story, NOW)).toEqual([
      { eventId: 'fits', revision: 2 },
      { eventId: 'never', revision: 4 },
    ]);
  });

  it('is a line at the end of sales, and nothing on an event that is over and done with', async () => {
    const story = new Story().ask('gala', scheduleIt({ capacity: 1 })).ask('gala', book('ann'));
    story.ask('gala', book('bob', { waitlist: true }));
    story
      .ask('quiz', scheduleIt())
      .ask('quiz', book('ann', { bookingId: 'b-quiz' }))
      .ask('fair', scheduleIt());
    story.ask('fair', book('ann', { bookingId: 'b-fair', hold: true })).ask('fair', callOff());
    story.ask('gala', changeEvent({ title: 'Gala' }));
    expect(await due(story, STARTS - 1)).toEqual([]);
    expect(await views.unsettled(STARTS, 9)).toEqual([{ eventId: 'gala', revision: 3 }]);
  });
});

it('A database that does not answer is unavailable, and nothing else', async () => {
  const gone = new PostgresBookingViews(poolOf('postgres://nobody@127.0.0.1:1/none'));
  await expect(gone.event('gala')).rejects.toBeInstanceOf(StoreUnavailable);
  await expect(gone.bookings({}, 1, null)).rejects.toBeInstanceOf(StoreUnavailable);
});
