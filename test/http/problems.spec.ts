import { OutcomeUnknown, StoreUnavailable } from '../../src/application/errors.js';
import { LIMITS } from '../../src/domain/booking/policy.js';
import { PROBLEM_KINDS } from '../../src/infrastructure/http/problems.js';
import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const MANAGER = 'manager event:manage';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let door: FrontDoor;
const seen = new Set<unknown>();

beforeAll(async () => {
  door = await FrontDoor.open({}, { outcomeDeadlineMs: 300 });
});
afterAll(() => door.close());

const at = (ms: number): string => new Date(door.service.time.at + ms).toISOString();
const bookings = (eventId: string): string => `/v1/events/${eventId}/bookings`;

async function refused(code: string, members: object, ask: () => Promise<Response>): Promise<void> {
  await expectRefused(door, code, members, ask);
  seen.add(code);
}

describe('every refusal', () => {
  it('is a problem document with what the caller needs', async () => {
    const eventId = await door.event({
      capacity: 4,
      maxSeatsPerBooking: 3,
      waitlistLimit: 1,
      salesCloseAt: at(20 * DAY),
    });
    const own = await door.booking(eventId, 'ada', { seats: 2 });
    const path = `${bookings(eventId)}/${own}`;
    const book = (as: string, fields: object = {}) => door.ask('POST', bookings(eventId), as, fields);
    const patchEvent = (fields: object) =>
      door.ask('PATCH', `/v1/events/${eventId}`, MANAGER, fields, { 'if-match': '*' });
    await refused('already-booked', { bookingId: own }, () => book('ada'));
    await refused('sold-out', { requested: 3, free: 2, waiting: 0 }, () => book('bob', { seats: 3 }));
    await refused('too-many-seats', { max: 3 }, () => book('bob', { seats: 4 }));
    await refused('not-held', {}, () => door.ask('POST', `${path}/extend`, 'ada', { seconds: 60 }));
    await refused('capacity-below-taken', { taken: 2 }, () => patchEvent({ capacity: 1 }));
    await refused('starts-in-past', {}, () => patchEvent({ startsAt: at(-HOUR) }));
    const contradiction = [{ pointer: '/endsAt', expected: 'an instant after startsAt' }];
    await refused('validation-failed', { errors: contradiction }, () => patchEvent({ endsAt: at(DAY) }));
    await refused('event-exists', {}, () =>
      door.ask('POST', '/v1/events', MANAGER, { title: 'x', startsAt: at(DAY), eventId }),
    );

    const waiting = await book('cid', { seats: 3, waitlist: true });
    await refused('waitlist-full', {}, () => book('dan', { waitlist: true, seats: 3 }));
    const inLine = String(waiting.headers['location']);
    await refused('waitlisted-only-shrinks', {}, () => door.ask('PATCH', inLine, 'cid', { seats: 4 }));
    await door.ask('POST', `${inLine}/cancel`, 'cid');
    await refused('booking-ended', {}, () => door.ask('POST', `${inLine}/confirm`, 'cid'));

    const changes = { path, seats: 1 };
    for (let change = 0; change < LIMITS.changesPerBooking; change += 1)
      await door.ask('PATCH', changes.path, 'ada', { reference: `r${change}` });
    await refused('too-many-changes', {}, () => door.ask('PATCH', path, 'ada', { seats: 1 }));
    for (let booking = 0; booking < LIMITS.bookingsPerUser; booking += 1) {
      const again = await door.booking(eventId, 'eve');
      await door.ask('POST', `${bookings(eventId)}/${again}/cancel`, 'eve');
    }
    await refused('too-many-bookings', {}, () => book('eve'));
  });

  it('that comes with time is one too', async () => {
    const { time } = door.service;
    const eventId = await door.event({
      capacity: 2,
      salesOpenAt: at(HOUR),
      salesCloseAt: at(4 * HOUR),
      startsAt: at(5 * HOUR),
    });
    const book = (as: string, fields: object = {}) => door.ask('POST', bookings(eventId), as, fields);
    await refused('sales-not-open', { salesOpenAt: at(HOUR) }, () => book('ada'));
    time.at += HOUR;
    const held = await book('ada', { hold: true, holdSeconds: 7_200 });
    const path = String(held.headers['location']);
    await refused('hold-ceiling', { ceilingAt: at(2 * HOUR) }, () =>
      door.ask('POST', `${path}/extend`, 'ada', { seconds: 7_200 }),
    );
    time.at += 2 * HOUR;
    await book('bob', { seats: 2 });
    await refused('hold-lapsed', {}, () => door.ask('POST', `${path}/confirm`, 'ada'));
    time.at += HOUR;
    await refused('sales-closed', {}, () => book('cid'));
    time.at += HOUR;
    await refused('event-started', {}, () => book('cid'));
  });

  it('of an offer says that offers are not extended', async () => {
    const eventId = await door.event({ capacity: 1 });
    const first = await door.booking(eventId, 'ada');
    const waiting = await door.ask('POST', bookings(eventId), 'bob', { waitlist: true });
    await door.ask('POST', `${bookings(eventId)}/${first}/cancel`, 'ada');
    await refused('not-extendable', {}, () =>
      door.ask('POST', `${waiting.headers['location']}/extend`, 'bob', { seconds: 60 }),
    );
  });

  it('was met above, every one', () => {
    // Those of requests that name what is not there, or a copy that is out of date, are told with the routes; too many
    // holds with the limits, too many webhooks with these, those of keys and rehearsals in files of their own.
    const elsewhere = [
      'not-found',
      'key-reused',
      'request-in-flight',
      'precondition-failed',
      'precondition-required',
      'cancellation-closed',
      'event-cancelled',
      'too-many-webhooks',
      'rehearsals-off',
      'rehearsal-running',
      'operation-refused',
      'feed-too-old',
      'too-many-holds',
    ];
    const business = PROBLEM_KINDS.filter(({ status }) => [404, 409, 412, 422, 428].includes(status)).map(
      ({ code }) => code,
    );
    expect(business.filter((code) => !seen.has(code)).sort()).toEqual(elsewhere.sort());
  });
});

describe('faults', () => {
  it('of the store are 503 with the time to come back', async () => {
    const eventId = await door.event();
    const { store } = door.service;
    const { append } = store;
    const failing = (error: Error) => Object.assign(store, { append: () => Promise.reject(error) });
    failing(new StoreUnavailable('secret details'));
    await refused('store-unavailable', {}, () => door.ask('POST', bookings(eventId), 'ada', {}));
    failing(new OutcomeUnknown('secret details'));
    await refused('outcome-unknown', {}, () => door.ask('POST', bookings(eventId), 'ada', {}));
    Object.assign(store, { append });
    door.views.fault = new StoreUnavailable('secret details');
    await refused('store-unavailable', {}, () => door.ask('GET', `/v1/events/${eventId}`, null));
    door.views.fault = null;
    door.service.time.trusted = false;
    await refused('clock-skew', {}, () => door.ask('POST', bookings(eventId), 'ada', {}));
    door.service.time.trusted = true;
  });

  it('that are bugs are logged and not told', async () => {
    door.views.fault = new TypeError('secret details');
    await refused('internal', {}, () => door.ask('GET', '/v1/events', null, undefined, { 'x-request-id': 'find-me' }));
    door.views.fault = null;
    expect(door.logged.at(-1)).toMatchObject({ fields: { correlationId: 'find-me' } });
  });
});
