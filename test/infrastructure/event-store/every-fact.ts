import fc from 'fast-check';
import type { BookingData, BookingEvent, RulesChange, ScheduleData } from '../../../src/domain/booking/events.js';
import { FIRST_INSTANT, LAST_INSTANT } from '../../../src/infrastructure/instant.js';
import { codePoint } from '../../support/code-point.js';

/** Every type of fact once with all its fields, once with as few as it can have. */
const claim = { bookingId: '0a8c1c5e-3c2b-5d5e-9b1f-0242ac120002', userId: 'ada', seats: 2, offer: false } as const;
const createdAt = Date.UTC(2027, 2, 1, 18, 0, 0, 7);
const booking = { ...claim, createdAt };
const full = {
  ...booking,
  reference: 'row:7',
  expiresAt: Date.UTC(2027, 2, 1, 18, 10),
  ceilingAt: Date.UTC(2027, 2, 1, 20),
};
const { ceilingAt: _none, ...offer } = full;
const rules = { holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10, waitlistLimit: 50 };
const startsAt = Date.UTC(2028, 1, 29, 23, 59, 59, 999);

export const EVERY_FACT: readonly BookingEvent[] = [
  {
    type: 'EventScheduled',
    data: {
      ...rules,
      title: 'Soirée "Zoë" \\ 𝄞 — première\n€',
      startsAt,
      endsAt: startsAt + 7_200_000,
      timeZone: 'Europe/Paris',
      capacity: 1_000_000,
      resource: 'hall.1:a_b-c',
      salesOpenAt: Date.UTC(2000, 0, 1),
      salesCloseAt: startsAt - 1,
      cancelUntil: startsAt - 86_400_000,
    },
  },
  { type: 'EventScheduled', data: { ...rules, title: 'x', startsAt, timeZone: 'UTC', capacity: 1 } },
  { type: 'EventRenamed', data: { title: '\u007f\u2028 ﬀ \ud83d\ude00' } },
  { type: 'EventRescheduled', data: { startsAt, endsAt: Date.UTC(9998, 11, 31, 23, 59, 59, 999) } },
  { type: 'EventRescheduled', data: { startsAt } },
  { type: 'CapacityChanged', data: { capacity: 0 } },
  { type: 'EventRulesChanged', data: { ...rules, salesOpenAt: startsAt, salesCloseAt: null, cancelUntil: null } },
  { type: 'EventRulesChanged', data: {} },
  { type: 'EventCancelled', data: { reason: 'storm' } },
  { type: 'EventCancelled', data: {} },
  { type: 'BookingWaitlisted', data: { ...booking, status: 'waitlisted' } },
  { type: 'BookingHeld', data: { ...full, status: 'held' } },
  { type: 'BookingHeld', data: { ...offer, offer: true, status: 'held' } },
  { type: 'HoldExtended', data: { ...full, status: 'held' } },
  { type: 'HoldExpired', data: { ...booking, status: 'expired' } },
  { type: 'BookingConfirmed', data: { ...booking, reference: 'r', status: 'confirmed' } },
  { type: 'BookingSeatsChanged', data: { ...booking, seats: 3, status: 'confirmed' } },
  { type: 'BookingReferenceChanged', data: { ...offer, status: 'held' } },
  { type: 'BookingCancelled', data: { ...booking, reason: 'no-longer-fits', status: 'cancelled' } },
  { type: 'BookingCancelled', data: { ...booking, status: 'cancelled' } },
];

const text = fc.string({ unit: codePoint });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const instant = fc.integer({ min: FIRST_INSTANT, max: LAST_INSTANT });
const status = fc.constantFrom('waitlisted', 'held', 'confirmed', 'cancelled', 'expired');

const bookingFields = {
  bookingId: text,
  userId: text,
  seats: count,
  status,
  reference: text,
  offer: fc.boolean(),
  expiresAt: instant,
  createdAt: instant,
};
const bookingRequired = ['bookingId', 'userId', 'seats', 'status', 'offer', 'createdAt'] as const;
const anyBooking = fc.record(bookingFields, { requiredKeys: [...bookingRequired] }) as fc.Arbitrary<BookingData>;
const anyHold = fc.record({ ...bookingFields, ceilingAt: instant }, { requiredKeys: [...bookingRequired] });
const anyCancelled = fc.record({ ...bookingFields, reason: text }, { requiredKeys: [...bookingRequired] });
const ruleFields = {
  holdSeconds: count,
  offerSeconds: count,
  salesOpenAt: instant,
  salesCloseAt: instant,
  cancelUntil: instant,
  maxSeatsPerBooking: count,
  waitlistLimit: count,
};
const anySchedule = fc.record(
  { title: text, startsAt: instant, endsAt: instant, timeZone: text, capacity: count, resource: text, ...ruleFields },
  {
    requiredKeys: [
      'title',
      'startsAt',
      'timeZone',
      'capacity',
      'holdSeconds',
      'offerSeconds',
      'maxSeatsPerBooking',
      'waitlistLimit',
    ],
  },
) as fc.Arbitrary<ScheduleData>;
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const anyRules = fc.record(
  {
    holdSeconds: orNull(count),
    offerSeconds: orNull(count),
    salesOpenAt: orNull(instant),
    salesCloseAt: orNull(instant),
    cancelUntil: orNull(instant),
    maxSeatsPerBooking: orNull(count),
    waitlistLimit: orNull(count),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<RulesChange>;

const fact = (type: BookingEvent['type'], data: fc.Arbitrary<unknown>): fc.Arbitrary<BookingEvent> =>
  data.map((value) => ({ type, data: value }) as unknown as BookingEvent);

/** Any fact that the types allow. */
export const anyFact: fc.Arbitrary<BookingEvent> = fc.oneof(
  fact('EventScheduled', anySchedule),
  fact('EventRenamed', fc.record({ title: text })),
  fact('EventRescheduled', fc.record({ startsAt: instant, endsAt: instant }, { requiredKeys: ['startsAt'] })),
  fact('CapacityChanged', fc.record({ capacity: count })),
  fact('EventRulesChanged', anyRules),
  fact('EventCancelled', fc.record({ reason: text }, { requiredKeys: [] })),
  fact('BookingHeld', anyHold),
  fact('HoldExtended', anyHold),
  fact('BookingCancelled', anyCancelled),
  ...(
    ['BookingWaitlisted', 'HoldExpired', 'BookingConfirmed', 'BookingSeatsChanged', 'BookingReferenceChanged'] as const
  ).map((type) => fact(type, anyBooking)),
);
