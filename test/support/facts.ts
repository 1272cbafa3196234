import type {
  BookPlace,
  CancelBooking,
  CancelEvent,
  ChangeBooking,
  ChangeEvent,
  ConfirmBooking,
  ExtendHold,
  ScheduleEvent,
  Settle,
} from '../../src/domain/booking/commands.js';
import type { BookingData, BookingEvent, RulesChange, ScheduleData } from '../../src/domain/booking/events.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** When the stories begin: every given fact happened at this instant. */
export const NOW = Date.UTC(2027, 2, 1, 12);
/** When the event of the stories starts. */
export const STARTS = NOW + 24 * HOUR;

export const schedule: ScheduleData = {
  title: 'Matinee',
  startsAt: STARTS,
  timeZone: 'UTC',
  capacity: 10,
  holdSeconds: 600,
  offerSeconds: 14_400,
  maxSeatsPerBooking: 10,
  waitlistLimit: 10,
};

type Fact<Type extends BookingEvent['type']> = Extract<BookingEvent, { type: Type }>;
type Told<Type extends BookingEvent['type']> = Partial<Fact<Type>['data']>;

export const scheduled = (told: Partial<ScheduleData> = {}): Fact<'EventScheduled'> => ({
  type: 'EventScheduled',
  data: { ...schedule, ...told },
});
export const renamed = (title: string): Fact<'EventRenamed'> => ({ type: 'EventRenamed', data: { title } });
export const rescheduled = (startsAt: number, endsAt?: number): Fact<'EventRescheduled'> => ({
  type: 'EventRescheduled',
  data: { startsAt, ...(endsAt === undefined ? {} : { endsAt }) },
});
export const resized = (capacity: number): Fact<'CapacityChanged'> => ({ type: 'CapacityChanged', data: { capacity } });
export const ruled = (rules: RulesChange): Fact<'EventRulesChanged'> => ({ type: 'EventRulesChanged', data: rules });
export const calledOff = (reason?: string): Fact<'EventCancelled'> => ({
  type: 'EventCancelled',
  data: reason === undefined ? {} : { reason },
});

/** Each user's booking is called after the user, unless the story needs a second one. */
const claim = (userId: string) => ({ bookingId: `b-${userId}`, userId, seats: 1, offer: false, createdAt: NOW });
const hold = { status: 'held', expiresAt: NOW + 10 * MINUTE } as const;

export const waitlisted = (userId: string, told: Told<'BookingWaitlisted'> = {}): Fact<'BookingWaitlisted'> => ({
  type: 'BookingWaitlisted',
  data: { ...claim(userId), status: 'waitlisted', ...told },
});
export const held = (userId: string, told: Told<'BookingHeld'> = {}): Fact<'BookingHeld'> => ({
  type: 'BookingHeld',
  data: { ...claim(userId), ...hold, ceilingAt: NOW + 2 * HOUR, ...told },
});
/** A hold from the waitlist. */
export const offered = (userId: string, told: Told<'BookingHeld'> = {}): Fact<'BookingHeld'> => ({
  type: 'BookingHeld',
  data: { ...claim(userId), status: 'held', offer: true, expiresAt: NOW + 4 * HOUR, ...told },
});
export const extended = (userId: string, told: Told<'HoldExtended'> = {}): Fact<'HoldExtended'> => ({
  type: 'HoldExtended',
  data: { ...claim(userId), ...hold, ceilingAt: NOW + 2 * HOUR, ...told },
});
export const expired = (userId: string, told: Partial<BookingData> = {}): Fact<'HoldExpired'> => ({
  type: 'HoldExpired',
  data: { ...claim(userId), status: 'expired', ...told },
});
export const confirmed = (userId: string, told: Partial<BookingData> = {}): Fact<'BookingConfirmed'> => ({
  type: 'BookingConfirmed',
  data: { ...claim(userId), status: 'confirmed', ...told },
});
export const seatsChanged = (userId: string, told: Partial<BookingData> = {}): Fact<'BookingSeatsChanged'> => ({
  type: 'BookingSeatsChanged',
  data: { ...claim(userId), status: 'confirmed', ...told },
});
export const referenceChanged = (userId: string, told: Partial<BookingData> = {}): Fact<'BookingReferenceChanged'> => ({
  type: 'BookingReferenceChanged',
  data: { ...claim(userId), status: 'confirmed', ...told },
});
export const cancelled = (userId: string, told: Told<'BookingCancelled'> = {}): Fact<'BookingCancelled'> => ({
  type: 'BookingCancelled',
  data: { ...claim(userId), status: 'cancelled', ...told },
});

type Asked<Command> = Partial<Omit<Command, 'type'>>;

const on = (userId: string) => ({ bookingId: `b-${userId}`, owner: userId, ifMatch: null });

export const scheduleIt = (told: Partial<ScheduleData> = {}): ScheduleEvent => ({
  type: 'ScheduleEvent',
  schedule: { ...schedule, ...told },
});
export const changeEvent = (asked: Asked<ChangeEvent>): ChangeEvent => ({
  type: 'ChangeEvent',
  ifMatch: 'exists',
  rules: {},
  ...asked,
});
export const callOff = (asked: Asked<CancelEvent> = {}): CancelEvent => ({
  type: 'CancelEvent',
  ifMatch: null,
  ...asked,
});
export const book = (userId: string, asked: Asked<BookPlace> = {}): BookPlace => ({
  type: 'BookPlace',
  bookingId: `b-${userId}`,
  userId,
  seats: 1,
  hold: false,
  waitlist: false,
  ...asked,
});
export const confirm = (userId: string, asked: Asked<ConfirmBooking> = {}): ConfirmBooking => ({
  type: 'ConfirmBooking',
  ...on(userId),
  ...asked,
});
export const extend = (userId: string, seconds: number, asked: Asked<ExtendHold> = {}): ExtendHold => ({
  type: 'ExtendHold',
  ...on(userId),
  seconds,
  ...asked,
});
export const cancel = (userId: string, asked: Asked<CancelBooking> = {}): CancelBooking => ({
  type: 'CancelBooking',
  ...on(userId),
  ...asked,
});
export const change = (userId: string, asked: Asked<ChangeBooking>): ChangeBooking => ({
  type: 'ChangeBooking',
  ...on(userId),
  ...asked,
});
export const settle: Settle = { type: 'Settle' };
