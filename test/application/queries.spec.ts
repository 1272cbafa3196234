import { NotFound, ReadModelBehind, UnknownPosition } from '../../src/application/errors.js';
import { positionIn, positionToken } from '../../src/application/position-token.js';
import { GetAvailability, GetAvailabilityHandler } from '../../src/application/queries/get-availability.js';
import { GetBooking, GetBookingHandler } from '../../src/application/queries/get-booking.js';
import { GetEvent, GetEventHandler } from '../../src/application/queries/get-event.js';
import { ListBookings, ListBookingsHandler } from '../../src/application/queries/list-bookings.js';
import { ListEvents, ListEventsHandler, pageOf } from '../../src/application/queries/list-events.js';
import { ReadPosition, ReadSettings } from '../../src/application/queries/read-position.js';
import { InMemoryEventFeed } from '../../src/infrastructure/event-store/in-memory.js';
import { FoldedViews } from '../support/folded-views.js';
import { BriskTime } from '../support/brisk-time.js';
import { receiptOf, serviceInMemory } from '../support/service.js';

const READ_WAIT_MS = 100;
const DAY_MS = 86_400_000;

/** A service and its read model; `sleeps` counts how often a reader waited, and `whileAsleep` is what happens then. */
function office() {
  const service = serviceInMemory();
  const feed = new InMemoryEventFeed(service.log, service.codec);
  const views = new FoldedViews(feed, service.streams);
  const waits = { sleeps: 0, slept: [] as number[], whileAsleep: (): void => undefined };
  // A clock of the readers' own: the service's has to go on ticking.
  const time = new BriskTime((ms) => {
    waits.sleeps += 1;
    waits.slept.push(ms);
    waits.whileAsleep();
  });
  const positions = new ReadPosition(service.store, feed, views, time, new ReadSettings(READ_WAIT_MS));
  return { service, views, feed, positions, waits, time };
}

async function withBookings(users: readonly string[] = ['ada']) {
  const here = office();
  const { service } = here;
  receiptOf(await service.schedule('opera', { capacity: 2, waitlistLimit: 5 }));
  const bookingIds: string[] = [];
  for (const user of users) {
    service.time.at += 1;
    bookingIds.push(receiptOf(await service.book('opera', user, { hold: true, waitlist: true })).bookingId);
  }
  return { ...here, bookingIds };
}

describe('one event, one booking', () => {
  test('are shown as they stand, with the position that this rests on', async () => {
    const { views, positions, bookingIds } = await withBookings(['ada', 'bob', 'cid']);
    const event = await new GetEventHandler(views, positions).execute(new GetEvent('opera', []));
    expect(event.value).toMatchObject({ eventId: 'opera', capacity: 2, seatsTaken: 2, waiting: 1, isBooked: true });
    expect(event.position).toBe(4n);
    const get = new GetBooking('opera', bookingIds[2]!, 'cid', []);
    const booking = await new GetBookingHandler(views, positions).execute(get);
    expect(booking).toMatchObject({ value: { userId: 'cid', waitlistPosition: 1 }, position: 4n });
  });

  test('how many places are left is part of it', async () => {
    const { views, positions } = await withBookings(['ada', 'bob', 'cid']);
    const left = await new GetAvailabilityHandler(views, positions).execute(new GetAvailability('opera', []));
    const value = { eventId: 'opera', capacity: 2, taken: 2, held: 2, waiting: 1, free: 0, isBooked: true };
    expect(left).toEqual({ value, position: 4n });
  });

  test('that do not exist are not found, and neither is another user’s booking', async () => {
    const { views, positions, bookingIds } = await withBookings();
    const [bookingId] = bookingIds;
    const handler = new GetBookingHandler(views, positions);
    const get = (eventId: string, id: string, owner: string | null) =>
      handler.execute(new GetBooking(eventId, id, owner, []));
    expect((await get('opera', bookingId!, null)).value.userId).toBe('ada');
    for (const missing of [
      get('opera', bookingId!, 'bob'),
      get('opera', 'b-x', null),
      get('ballet', bookingId!, 'ada'),
    ])
      await expect(missing).rejects.toThrow(new NotFound('no such booking'));
    const event = new GetEventHandler(views, positions).execute(new GetEvent('ballet', []));
    await expect(event).rejects.toThrow(new NotFound('no such event'));
    const availability = new GetAvailabilityHandler(views, positions).execute(new GetAvailability('ballet', []));
    await expect(availability).rejects.toThrow(new NotFound('no such event'));
  });
});

describe('a list', () => {
  test('of events is of those that are scheduled, from now on, unless asked otherwise', async () => {
    const { service, views, positions } = office();
    const { at: now } = service.time;
    for (const [id, days] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ] as const)
      receiptOf(await service.schedule(id, { startsAt: now + days * DAY_MS }));
    service.time.at = now + 1.5 * DAY_MS;
    const handler = new ListEventsHandler(views, service.time, positions);
    const page = await handler.execute(new ListEvents({}, 10, null, []));
    expect(page.value.items.map(({ eventId }) => eventId)).toEqual(['c', 'b']);
    expect(page.value).toMatchObject({ next: null, filter: { from: service.time.at, status: 'scheduled' } });
    const all = await handler.execute(new ListEvents({ from: 0 }, 2, null, []));
    expect(all.value.items.map(({ eventId }) => eventId)).toEqual(['a', 'c']);
    expect(all.value.next).toEqual({ at: now + 2 * DAY_MS, id: 'c' });
    const rest = await handler.execute(new ListEvents(all.value.filter, 2, all.value.next, []));
    expect(rest.value).toMatchObject({ items: [{ eventId: 'b' }], next: null });
  });

  test('of bookings is the latest first, page after page', async () => {
    const { views, positions, bookingIds } = await withBookings(['ada', 'bob', 'cid']);
    const handler = new ListBookingsHandler(views, positions);
    const first = await handler.execute(new ListBookings({ eventId: 'opera' }, 2, null, []));
    expect(first.value.items.map(({ bookingId }) => bookingId)).toEqual([bookingIds[2], bookingIds[1]]);
    expect(first.value).toMatchObject({ next: { id: bookingIds[1] }, filter: { eventId: 'opera' } });
    expect(first.position).toBe(4n);
    const { next, filter } = first.value;
    const second = await handler.execute(new ListBookings(filter, 2, next, []));
    expect(second.value).toMatchObject({ items: [{ bookingId: bookingIds[0] }], next: null });
  });

  test('has a next page only when a row is left over', () => {
    const keyOf = (at: number) => ({ at, id: 'x' });
    expect(pageOf([1, 2], 2, keyOf)).toEqual({ items: [1, 2], next: null });
    expect(pageOf([1, 2, 3], 2, keyOf)).toEqual({ items: [1, 2], next: { at: 2, id: 'x' } });
    expect(pageOf([1, 2, 3, 4], 3, keyOf)).toEqual({ items: [1, 2, 3], next: { at: 3, id: 'x' } });
    expect(pageOf([1], 0, keyOf)).toEqual({ items: [], next: null });
  });
});

describe('a read that names a position', () => {
  const read = (here: ReturnType<typeof office>, ...tokens: string[]) =>
    here.positions.read(tokens, () => here.views.event('opera'));

  test('is answered at once when the tables are there, whichever of several positions is the last', async () => {
    const here = await withBookings();
    const [early, late] = [await here.positions.token(1n), await here.positions.token(2n)];
    const event = here.views.event.bind(here.views);
    let asked = 0;
    here.views.event = (eventId) => {
      asked += 1;
      return event(eventId);
    };
    expect((await read(here, late, early)).position).toBe(2n);
    expect((await read(here, early, late)).position).toBe(2n);
    expect([asked, here.waits.sleeps]).toEqual([2, 0]);
  });

  test('waits for the latest of them, and no longer than that', async () => {
    const here = await withBookings();
    await read(here);
    here.views.isPaused = true;
    await here.service.book('opera', 'bob');
    const tokens = [await here.positions.token(1n), await here.positions.token(3n), await here.positions.token(2n)];
    here.waits.whileAsleep = () => (here.views.isPaused = here.waits.sleeps < 2);
    expect((await read(here, ...tokens)).position).toBe(3n);
    expect(here.waits.slept).toEqual([20, 20]);
  });

  test('is told that the tables are behind after the wait, and not before', async () => {
    const here = await withBookings();
    await read(here);
    here.views.isPaused = true;
    await here.service.book('opera', 'bob');
    const token = await here.positions.token(3n);
    await expect(read(here, token)).rejects.toThrow(
      new ReadModelBehind('the read model has not reached the position yet'),
    );
    expect(here.waits.sleeps).toBe(READ_WAIT_MS / 20);
    here.waits.sleeps = 0;
    here.waits.whileAsleep = () => (here.views.isPaused = here.waits.sleeps < READ_WAIT_MS / 20 - 1);
    expect((await read(here, token)).position).toBe(3n);
  });

  test('is told so in time where the tables do not answer', async () => {
    const here = await withBookings();
    await read(here);
    here.views.isPaused = true;
    await here.service.book('opera', 'bob');
    const token = await here.positions.token(3n);
    here.views.position = () => {
      void here.time.sleep(READ_WAIT_MS);
      return new Promise(() => undefined);
    };
    await expect(read(here, token)).rejects.toBeInstanceOf(ReadModelBehind);
  });

  test('of another log, or beyond the end of this one, is refused', async () => {
    const here = await withBookings();
    await expect(read(here, await here.positions.token(3n))).rejects.toThrow('a position beyond the end of the log');
    await expect(read(here, positionToken('ffffffff', 1n))).rejects.toThrow('a position of another log');
    await expect(read(here, 'nonsense')).rejects.toThrow(new UnknownPosition('not a position of this service'));
    expect(here.waits.sleeps).toBe(0);
  });

  test('asks the log who it is until it was answered once, and the tables one question at a time', async () => {
    const here = await withBookings();
    const { store } = here.service;
    const identity = store.identity.bind(store);
    let asked = 0;
    store.identity = async () => {
      asked += 1;
      if (asked === 1) throw new Error('away');
      return identity();
    };
    await expect(here.positions.token(1n)).rejects.toThrow('away');
    expect(await here.positions.token(1n)).toBe(await here.positions.token(1n));
    expect(asked).toBe(2);
    here.views.isPaused = true;
    await here.service.book('opera', 'bob');
    const token = await here.positions.token(3n);
    let looks = 0;
    const position = here.views.position.bind(here.views);
    here.views.position = async () => {
      looks += 1;
      await here.time.turn();
      return position();
    };
    here.waits.whileAsleep = () => (here.views.isPaused = false);
    await Promise.all([read(here, token), read(here, token), read(here, token)]);
    expect(looks).toBe(2);
  });
});

describe('the token of a position', () => {
  test('is the id of the log and twenty digits, and nothing else is one', () => {
    const token = positionToken('0badcafe', 42n);
    expect(token).toBe('0badcafe-00000000000000000042');
    expect(positionIn(token, '0badcafe')).toBe(42n);
    const wrong = [`${token}0`, `x${token}`, token.slice(0, -1), token.toUpperCase(), token.replace('-', ''), ''];
    for (const text of wrong) expect(() => positionIn(text, '0badcafe')).toThrow('not a position of this service');
    expect(() => positionIn(token, 'deadbeef')).toThrow(new UnknownPosition('a position of another log'));
  });
});
