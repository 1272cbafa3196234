import type { FastifyRequest } from 'fastify';
import { BookPlace } from '../../application/commands/book-place.js';
import { CancelBooking } from '../../application/commands/cancel-booking.js';
import { ChangeBooking } from '../../application/commands/change-booking.js';
import { ConfirmBooking } from '../../application/commands/confirm-booking.js';
import { ExtendHold } from '../../application/commands/extend-hold.js';
import type { BookingFilter, Ids } from '../../application/ports.js';
import { GetBooking } from '../../application/queries/get-booking.js';
import { GetCalendarEntry } from '../../application/queries/get-calendar-entry.js';
import { ListBookings } from '../../application/queries/list-bookings.js';
import { isBoxOffice } from './access.js';
import { ChangeBookingFields, ExtendHoldFields, ListBookingsFields, type BookFields } from './booking-fields.js';
import { CancelFields } from './event-fields.js';
import { fieldsOf, noFields } from './fields.js';
import type { ListAsked } from './lists.js';
import { pageAsked } from './pages.js';
import { HttpProblem, invalid } from './problems.js';
import { askedBy, bookingIdOf, callerOf, eventIdOf, ifMatchFor, tokensOf } from './request.js';
import { LOT, formAsked } from './tellings.js';

/** The body has been checked by the route's compiled schema; what depends on two fields is checked here. */
export function bookPlace(request: FastifyRequest, ids: Ids): BookPlace {
  const eventId = eventIdOf(request);
  const { seats = 1, hold = false, holdSeconds, waitlist = false, reference, userId } = request.body as BookFields;
  if (holdSeconds !== undefined && !hold) throw invalid({ pointer: '/holdSeconds', expected: 'hold: true beside it' });
  const asked = askedBy(request, 'BookPlace', ids);
  const caller = callerOf(request);
  if (userId !== undefined && !isBoxOffice(caller)) throw new HttpProblem('forbidden');
  const place = {
    userId: userId ?? caller.userId,
    seats,
    hold,
    waitlist,
    ...(holdSeconds === undefined ? {} : { holdSeconds }),
    ...(reference === undefined ? {} : { reference }),
  };
  return new BookPlace(asked, eventId, place, !isBoxOffice(caller));
}

export function confirmBooking(request: FastifyRequest, ids: Ids): ConfirmBooking {
  const booking = bookingNamed(request);
  noFields(request.body);
  return new ConfirmBooking(askedBy(request, 'ConfirmBooking', ids), eventIdOf(request), booking);
}

export function extendHold(request: FastifyRequest, ids: Ids): ExtendHold {
  const booking = bookingNamed(request);
  const { seconds } = fieldsOf(ExtendHoldFields, request.body);
  return new ExtendHold(askedBy(request, 'ExtendHold', ids), eventIdOf(request), { ...booking, seconds });
}

export function cancelBooking(request: FastifyRequest, ids: Ids): CancelBooking {
  const booking = bookingNamed(request);
  const { reason } = fieldsOf(CancelFields, request.body);
  const cancellation = { ...booking, ...(reason === undefined ? {} : { reason }) };
  return new CancelBooking(askedBy(request, 'CancelBooking', ids), eventIdOf(request), cancellation);
}

export function changeBooking(request: FastifyRequest, ids: Ids): ChangeBooking {
  const booking = bookingNamed(request);
  const { seats, reference } = fieldsOf(ChangeBookingFields, request.body);
  return new ChangeBooking(askedBy(request, 'ChangeBooking', ids), eventIdOf(request), {
    ...booking,
    ...(seats === undefined ? {} : { seats }),
    ...(reference === undefined ? {} : { reference }),
  });
}

export function getBooking(request: FastifyRequest): GetBooking {
  noFields(request.query);
  const { bookingId, owner } = bookingNamed(request);
  return new GetBooking(eventIdOf(request), bookingId, owner, tokensOf(request));
}

export function getCalendarEntry(request: FastifyRequest): GetCalendarEntry {
  noFields(request.query);
  const { bookingId, owner } = bookingNamed(request);
  return new GetCalendarEntry(eventIdOf(request), bookingId, owner, tokensOf(request));
}

export function listBookings(request: FastifyRequest): ListAsked<ListBookings> {
  const { fields, limit: pageSize, after, tokens } = pageAsked(request, 'bookings', ListBookingsFields);
  const caller = callerOf(request);
  if (!isBoxOffice(caller) && fields.userId !== undefined && fields.userId !== caller.userId)
    throw new HttpProblem('forbidden');
  const userId = isBoxOffice(caller) ? fields.userId : caller.userId;
  const { eventId, status, reference } = fields;
  const filter: BookingFilter = {
    ...(userId === undefined ? {} : { userId }),
    ...(eventId === undefined ? {} : { eventId }),
    ...(status === undefined ? {} : { status }),
    ...(reference === undefined ? {} : { reference }),
  };
  const { format, limit } = formAsked(request, pageSize);
  return { query: new ListBookings(filter, limit ?? LOT, after, tokens), format, limit };
}

/** The booking that the path names, and whose it must be: only the box office may touch anybody's. */
function bookingNamed(request: FastifyRequest) {
  eventIdOf(request);
  const bookingId = bookingIdOf(request);
  const caller = callerOf(request);
  return { bookingId, owner: isBoxOffice(caller) ? null : caller.userId, ifMatch: ifMatchFor(request, bookingId) };
}
