import { ChangeBookingFields, ExtendHoldFields, ListBookingsFields } from './booking-fields.js';
import { described } from './described.js';
import {
  AvailabilityFields,
  CancelFields,
  ChangeEventFields,
  HistoryFields,
  ListEventsFields,
  RefusalFields,
  ScheduleEventFields,
} from './event-fields.js';
import { FeedFields } from './feed-fields.js';
import { StartRehearsalFields } from './rehearsal-fields.js';
import { ProfileFields } from './user-fields.js';

const ON_SALE = ['event-started', 'event-cancelled', 'sales-not-open', 'sales-closed', 'sold-out', 'too-many-seats'];

const EVENT = { status: 200, schema: 'EventChange', says: 'Done' } as const;
const CALENDAR = { status: 200, schema: 'Calendar', media: 'text/calendar' } as const;
const BOOKING = { status: 200, schema: 'Booking', says: 'The booking after it' } as const;

const WHOLE_LISTS =
  'Accept: `application/json` gives pages, `application/x-ndjson` and `text/csv` everything, or a page where `limit` is ' +
  'said. Everything is read page by page, each row as it then was; a body without its proper end is not the whole.';

export const scheduleEvent = () =>
  described({
    route: 'POST /v1/events',
    tag: 'Events',
    summary: 'Put an event up for booking',
    text: 'With capacity 1 (the default) it is a slot that can be booked once.',
    answer: { ...EVENT, status: 201, says: 'Scheduled' },
    body: ScheduleEventFields,
    problems: ['event-exists', 'starts-in-past'],
  });

export const listEvents = () =>
  described({
    route: 'GET /v1/events',
    tag: 'Events',
    summary: 'Events, the next one first',
    text: WHOLE_LISTS,
    answer: { status: 200, schema: 'EventPage', says: 'One page, or everything' },
    query: ListEventsFields,
  });

export const getEvent = () =>
  described({
    route: 'GET /v1/events/:eventId',
    tag: 'Events',
    summary: 'One event',
    text: 'Send the ETag back as If-None-Match to be answered 304 while nothing has changed.',
    answer: { status: 200, schema: 'Event', says: 'The event' },
    ifNoneMatch: true,
  });

export const getEventCalendar = () =>
  described({
    route: 'GET /v1/events/:eventId/calendar.ics',
    tag: 'Events',
    summary: 'One event, for calendars',
    text: 'RFC 5545. Once the event is called off, the entry cancels itself.',
    answer: { ...CALENDAR, says: 'The event as an entry' },
    ifNoneMatch: true,
  });

export const changeEvent = () =>
  described({
    route: 'PATCH /v1/events/:eventId',
    tag: 'Events',
    summary: 'Change an event',
    text:
      'Absent is unchanged, null clears. If-Match fails only when somebody else changed the event since; bookings made in ' +
      'between do not matter.',
    answer: EVENT,
    body: ChangeEventFields,
    ifMatch: 'required',
    problems: ['event-started', 'event-cancelled', 'starts-in-past', 'capacity-below-taken'],
  });

export const cancelEvent = () =>
  described({
    route: 'POST /v1/events/:eventId/cancel',
    tag: 'Events',
    summary: 'Call an event off, and with it every booking',
    answer: EVENT,
    body: CancelFields,
    ifMatch: 'optional',
    problems: ['event-started'],
  });

export const getAvailability = () =>
  described({
    route: 'GET /v1/events/:eventId/availability',
    tag: 'Events',
    summary: 'How many places are left',
    text: 'With asOf: as it was at that moment, folded from the log (`audit:read`). A hold counts until its end is in the log.',
    query: AvailabilityFields,
    answer: { status: 200, schema: 'Availability', says: 'The places as they are, or were' },
    problems: ['unauthenticated', 'forbidden', 'user-id-not-opaque', 'stream-unreadable'],
  });

export const getHistory = () =>
  described({
    route: 'GET /v1/events/:eventId/history',
    tag: 'Events',
    summary: 'What happened, who did it, and why',
    text:
      'The facts of the log in their order. Users see those of their own bookings; the box office and `audit:read` see all. ' +
      'Accept: `application/json` gives pages, `application/x-ndjson` and `text/csv` everything at once.',
    query: HistoryFields,
    answer: { status: 200, schema: 'HistoryPage', says: 'One page, or everything' },
    problems: ['stream-unreadable'],
  });

export const getRefusals = () =>
  described({
    route: 'GET /v1/events/:eventId/refusals',
    tag: 'Events',
    summary: 'Who was refused, and what had taken the place',
    text:
      'In the order of their time. They are kept beside the log, as well as it goes: an item with the code `not-kept` says ' +
      'how many are missing there. Accept: `application/json` gives pages, `application/x-ndjson` and `text/csv` ' +
      'everything at once.',
    query: RefusalFields,
    answer: { status: 200, schema: 'RefusalPage', says: 'One page, or everything' },
    problems: ['stream-unreadable'],
  });

export const bookPlace = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings',
    tag: 'Bookings',
    summary: 'Book places',
    text:
      'At once, or first as a hold to be confirmed; with waitlist: true a turn in the line when no place can be had. ' +
      'A reference is kept for ever: an order number, never a name.',
    answer: { ...BOOKING, status: 201, says: 'Booked, held, or standing in line: see status' },
    body: 'book',
    problems: [...ON_SALE, 'already-booked', 'too-many-bookings', 'too-many-holds', 'waitlist-full'],
  });

export const getBooking = () =>
  described({
    route: 'GET /v1/events/:eventId/bookings/:bookingId',
    tag: 'Bookings',
    summary: 'One booking',
    text:
      'Send the ETag back as If-None-Match to be answered 304 while nothing has changed. A hold and a turn in the line are ' +
      'always sent: what is left of them changes by itself.',
    answer: { status: 200, schema: 'BookingShown', says: 'The booking' },
    ifNoneMatch: true,
  });

export const getBookingCalendar = () =>
  described({
    route: 'GET /v1/events/:eventId/bookings/:bookingId/calendar.ics',
    tag: 'Bookings',
    summary: 'One booking, for calendars',
    text: 'RFC 5545: tentative while held or waiting; once the booking has ended, the entry cancels itself.',
    answer: { ...CALENDAR, says: 'The booking as an entry' },
    ifNoneMatch: true,
  });

export const changeBooking = () =>
  described({
    route: 'PATCH /v1/events/:eventId/bookings/:bookingId',
    tag: 'Bookings',
    summary: 'Change seats or reference of a booking',
    text: 'Fewer seats are always possible; more only as a booking of that many would be.',
    answer: BOOKING,
    body: ChangeBookingFields,
    ifMatch: 'optional',
    problems: [...ON_SALE, 'booking-ended', 'waitlisted-only-shrinks', 'too-many-changes'],
  });

export const confirmBooking = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings/:bookingId/confirm',
    tag: 'Bookings',
    summary: 'Turn a hold into a booking',
    answer: BOOKING,
    ifMatch: 'optional',
    problems: ['hold-lapsed', 'not-held', 'booking-ended', 'event-cancelled', 'already-booked'],
  });

export const extendHold = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings/:bookingId/extend',
    tag: 'Bookings',
    summary: 'Ask for more time for a hold',
    answer: BOOKING,
    body: ExtendHoldFields,
    ifMatch: 'optional',
    problems: ['hold-ceiling', 'not-extendable', 'hold-lapsed', 'not-held', 'booking-ended', 'event-cancelled'],
  });

export const cancelBooking = () =>
  described({
    route: 'POST /v1/events/:eventId/bookings/:bookingId/cancel',
    tag: 'Bookings',
    summary: 'Give the places, or the turn in the line, back',
    answer: BOOKING,
    body: CancelFields,
    ifMatch: 'optional',
    problems: ['cancellation-closed'],
  });

export const listBookings = () =>
  described({
    route: 'GET /v1/bookings',
    tag: 'Bookings',
    summary: 'Bookings, the latest first',
    text: `Your own, unless you are the box office. ${WHOLE_LISTS}`,
    answer: { status: 200, schema: 'BookingPage', says: 'One page, or everything' },
    query: ListBookingsFields,
  });

export const followFeed = () =>
  described({
    route: 'GET /v1/feed',
    tag: 'Feed',
    summary: 'What is committed, as it is committed',
    text:
      'Server-sent events, in the order of the log: `id` is the position, `event` the type of the domain event, `data` a ' +
      '`FeedFact`. Last-Event-ID resumes after a position, without loss or repeat; without it: from now on. ' +
      'Users see facts about events and about their own bookings; the box office and `audit:read` see all. ' +
      'Heart-beats move the id along. A last message `bye` says why the stream ends, at the latest with the token.',
    query: FeedFields,
    answer: { status: 200, schema: 'FeedFact', says: 'The stream; it does not end by itself' },
    isFeed: true,
    problems: ['feed-too-old'],
  });

export const getContention = () =>
  described({
    route: 'GET /v1/events/:eventId/contention',
    tag: 'Events',
    summary: 'How hard people press for its places',
    text:
      'What one process has counted of the commands on this event: another one has figures of its own, and a restart ' +
      'begins again. `since` says from when on.',
    answer: { status: 200, schema: 'Contention', says: 'What was counted' },
  });

export const startRehearsal = () =>
  described({
    route: 'POST /v1/rehearsals',
    tag: 'Rehearsals',
    summary: 'Rehearse a flash sale',
    text:
      'Everybody at once for the places of a scratch event, with either locking strategy; then the log is read and it is ' +
      'counted whether a place was sold twice. It writes to the log, so in production it is off unless REHEARSALS=on. One ' +
      'at a time in each process.',
    answer: { status: 202, schema: 'Rehearsal', says: 'It has begun' },
    body: StartRehearsalFields,
    problems: ['rehearsals-off', 'rehearsal-running'],
  });

export const listRehearsals = () =>
  described({
    route: 'GET /v1/rehearsals',
    tag: 'Rehearsals',
    summary: 'Rehearsals, the latest first',
    text: 'The last 20 of the process that is asked.',
    answer: { status: 200, schema: 'RehearsalList', says: 'As they stand, and whether another may be begun' },
  });

export const getRehearsal = () =>
  described({
    route: 'GET /v1/rehearsals/:rehearsalId',
    tag: 'Rehearsals',
    summary: 'How a rehearsal goes, or went',
    text: 'Asked of the process that plays it; it remembers the last 20.',
    answer: { status: 200, schema: 'Rehearsal', says: 'As it stands' },
  });

export const putProfile = () =>
  described({
    route: 'PUT /v1/users/:userId',
    tag: 'People',
    summary: 'Say what a person is called',
    text: 'Your own, unless you are the box office. All of it is replaced; the same once more changes nothing.',
    answer: { status: 200, schema: 'Profile', says: 'The profile as it is now', orCreated: true },
    body: ProfileFields,
    ifMatch: 'optional',
  });

export const getProfile = () =>
  described({
    route: 'GET /v1/users/:userId',
    tag: 'People',
    summary: 'What is known of a person',
    text: 'Your own, unless you are the box office. Names and e-mail addresses are here and nowhere else.',
    answer: { status: 200, schema: 'Profile', says: 'The profile' },
  });

export const eraseUser = () =>
  described({
    route: 'DELETE /v1/users/:userId',
    tag: 'People',
    summary: 'Forget a person',
    text:
      'Name and e-mail are deleted, and that they were is recorded. Bookings stay as they are, under an id that now leads ' +
      'to nobody. Again is quiet.',
    answer: { status: 204, schema: null, says: 'Nothing is known of them now' },
  });

export const live = () =>
  described({
    route: 'GET /health/live',
    tag: 'Operations',
    summary: 'Whether the process runs',
    text: '503 says only that sixteen requests of this connection are without an answer.',
    answer: { status: 200, schema: 'Health', says: 'It does' },
  });

export const metrics = () =>
  described({
    route: 'GET /metrics',
    tag: 'Operations',
    summary: 'What this process counts, for Prometheus',
    text: 'METRICS_TOKEN, where it is set, is taken as a bearer token too.',
    answer: { status: 200, schema: null, says: 'Figures in the text format of Prometheus' },
  });

export const ready = () =>
  described({
    route: 'GET /health/ready',
    tag: 'Operations',
    summary: 'Whether requests should be sent here',
    answer: { status: 200, schema: 'Health', says: 'They should' },
    problems: ['store-unavailable', 'clock-skew', 'overloaded', 'stream-unreadable'],
  });
