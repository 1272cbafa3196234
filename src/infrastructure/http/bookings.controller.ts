import { Controller, Get, Inject, Patch, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PORTS } from '../../application/envelope.js';
import type { Ids } from '../../application/ports.js';
import type { ListBookings } from '../../application/queries/list-bookings.js';
import { Answers } from './answers.js';
import { BOOK_SCHEMA } from './booking-fields.js';
import * as asks from './booking-requests.js';
import { calendarOfBooking } from './calendar.js';
import * as describe from './descriptions.js';
import { BOOKINGS } from './lists.js';

@Controller('v1')
export class BookingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly answers: Answers,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  @Post('events/:eventId/bookings')
  @RouteSchema({ body: BOOK_SCHEMA })
  @describe.bookPlace()
  book(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.booking(reply, this.commands.execute(asks.bookPlace(request, this.ids)), 201);
  }

  @Get('events/:eventId/bookings/:bookingId')
  @describe.getBooking()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.shownBooking(request, reply, this.queries.execute(asks.getBooking(request)));
  }

  @Get('events/:eventId/bookings/:bookingId/calendar.ics')
  @describe.getBookingCalendar()
  calendar(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const entry = this.queries.execute(asks.getCalendarEntry(request));
    return this.answers.calendar(request, reply, entry, calendarOfBooking);
  }

  @Patch('events/:eventId/bookings/:bookingId')
  @describe.changeBooking()
  change(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.booking(reply, this.commands.execute(asks.changeBooking(request, this.ids)));
  }

  @Post('events/:eventId/bookings/:bookingId/confirm')
  @describe.confirmBooking()
  confirm(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.booking(reply, this.commands.execute(asks.confirmBooking(request, this.ids)));
  }

  @Post('events/:eventId/bookings/:bookingId/extend')
  @describe.extendHold()
  extend(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.booking(reply, this.commands.execute(asks.extendHold(request, this.ids)));
  }

  @Post('events/:eventId/bookings/:bookingId/cancel')
  @describe.cancelBooking()
  cancel(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.booking(reply, this.commands.execute(asks.cancelBooking(request, this.ids)));
  }

  @Get('bookings')
  @describe.listBookings()
  list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const ask = (query: ListBookings) => this.queries.execute(query);
    return this.answers.list(request, reply, BOOKINGS, asks.listBookings(request), ask);
  }
}
