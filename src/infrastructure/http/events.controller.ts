import { Controller, Get, Inject, Patch, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PORTS } from '../../application/envelope.js';
import type { Ids } from '../../application/ports.js';
import { GetAvailabilityAsOf } from '../../application/queries/get-availability-as-of.js';
import type { ListEvents } from '../../application/queries/list-events.js';
import { Answers } from './answers.js';
import { calendarOfEvent } from './calendar.js';
import * as asks from './event-requests.js';
import * as describe from './descriptions.js';
import { answerHistory, historyAsked } from './history.js';
import { EVENTS } from './lists.js';
import { answerRefusals, refusalsAsked } from './refusals.js';

@Controller('v1/events')
export class EventsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly answers: Answers,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  @Post()
  @describe.scheduleEvent()
  schedule(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.event(reply, this.commands.execute(asks.scheduleEvent(request, this.ids)), 201);
  }

  @Get()
  @describe.listEvents()
  list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const ask = (query: ListEvents) => this.queries.execute(query);
    return this.answers.list(request, reply, EVENTS, asks.listEvents(request), ask);
  }

  @Get(':eventId')
  @describe.getEvent()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.shownEvent(request, reply, this.queries.execute(asks.getEvent(request)));
  }

  @Patch(':eventId')
  @describe.changeEvent()
  change(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.event(reply, this.commands.execute(asks.changeEvent(request, this.ids)));
  }

  @Post(':eventId/cancel')
  @describe.cancelEvent()
  cancel(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.event(reply, this.commands.execute(asks.cancelEvent(request, this.ids)));
  }

  @Get(':eventId/calendar.ics')
  @describe.getEventCalendar()
  calendar(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.calendar(request, reply, this.queries.execute(asks.getEvent(request)), calendarOfEvent);
  }

  @Get(':eventId/availability')
  @describe.getAvailability()
  availability(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const asked = asks.getAvailability(request);
    const answer = asked instanceof GetAvailabilityAsOf ? this.queries.execute(asked) : this.queries.execute(asked);
    return this.answers.availability(reply, answer);
  }

  @Get(':eventId/history')
  @describe.getHistory()
  history(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const asked = historyAsked(request);
    return answerHistory(request, reply, asked, this.queries.execute(asked.query));
  }

  @Get(':eventId/contention')
  @describe.getContention()
  contention(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.contention(reply, this.queries.execute(asks.getContention(request)));
  }

  @Get(':eventId/refusals')
  @describe.getRefusals()
  refusals(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const asked = refusalsAsked(request);
    return answerRefusals(request, reply, asked, this.queries.execute(asked.query));
  }
}
