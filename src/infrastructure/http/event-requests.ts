import type { FastifyRequest } from 'fastify';
import { CancelEvent } from '../../application/commands/cancel-event.js';
import { ChangeEvent } from '../../application/commands/change-event.js';
import { ScheduleEvent } from '../../application/commands/schedule-event.js';
import type { EventFilter, Ids } from '../../application/ports.js';
import { GetAvailability } from '../../application/queries/get-availability.js';
import { GetAvailabilityAsOf } from '../../application/queries/get-availability-as-of.js';
import { GetContention } from '../../application/queries/get-contention.js';
import { GetEvent } from '../../application/queries/get-event.js';
import { ListEvents } from '../../application/queries/list-events.js';
import type { RulesChange } from '../../domain/booking/events.js';
import { LIMITS } from '../../domain/booking/policy.js';
import {
  AvailabilityFields,
  CancelFields,
  ChangeEventFields,
  ListEventsFields,
  ScheduleEventFields,
} from './event-fields.js';
import { POSITION, fieldsOf, noFields } from './fields.js';
import { instantOf } from './instants.js';
import type { ListAsked } from './lists.js';
import { pageAsked } from './pages.js';
import { askedBy, eventIdOf, ifMatchFor, tokensOf } from './request.js';
import { LOT, formAsked } from './tellings.js';

export function scheduleEvent(request: FastifyRequest, ids: Ids): ScheduleEvent {
  const { eventId, schedule } = scheduleIn(request.body);
  return new ScheduleEvent(askedBy(request, 'ScheduleEvent', ids), eventId, schedule);
}

/** What is said of an event to be scheduled, with the defaults of the house. Throws 400 naming every field that is wrong. */
export function scheduleIn(body: unknown): Pick<ScheduleEvent, 'eventId' | 'schedule'> {
  const fields = fieldsOf(ScheduleEventFields, body);
  const { eventId = null, startsAt, endsAt, salesOpenAt, salesCloseAt, cancelUntil, ...rest } = fields;
  const schedule = {
    capacity: LIMITS.capacity.default,
    timeZone: 'UTC',
    holdSeconds: LIMITS.holdSeconds.default,
    offerSeconds: LIMITS.offerSeconds.default,
    maxSeatsPerBooking: LIMITS.seatsPerBooking.default,
    ...rest,
    startsAt: instantOf(startsAt),
    ...instantsIn({ endsAt, salesOpenAt, salesCloseAt, cancelUntil }),
  };
  return { eventId, schedule };
}

export function changeEvent(request: FastifyRequest, ids: Ids): ChangeEvent {
  const eventId = eventIdOf(request);
  const { title, startsAt, endsAt, capacity, ...settings } = fieldsOf(ChangeEventFields, request.body);
  const { salesOpenAt, salesCloseAt, cancelUntil, ...numbers } = settings;
  const rules: RulesChange = { ...numbers, ...instantsIn({ salesOpenAt, salesCloseAt, cancelUntil }) };
  return new ChangeEvent(askedBy(request, 'ChangeEvent', ids), eventId, {
    ifMatch: ifMatchFor(request, eventId),
    ...(title === undefined ? {} : { title }),
    ...(startsAt === undefined ? {} : { startsAt: instantOf(startsAt) }),
    ...instantsIn({ endsAt }),
    ...(capacity === undefined ? {} : { capacity }),
    rules,
  });
}

export function cancelEvent(request: FastifyRequest, ids: Ids): CancelEvent {
  const eventId = eventIdOf(request);
  const { reason } = fieldsOf(CancelFields, request.body);
  return new CancelEvent(askedBy(request, 'CancelEvent', ids), eventId, {
    ifMatch: ifMatchFor(request, eventId),
    ...(reason === undefined ? {} : { reason }),
  });
}

export function getEvent(request: FastifyRequest): GetEvent {
  noFields(request.query);
  return new GetEvent(eventIdOf(request), tokensOf(request));
}

export function getContention(request: FastifyRequest): GetContention {
  noFields(request.query);
  return new GetContention(eventIdOf(request), tokensOf(request));
}

export function getAvailability(request: FastifyRequest): GetAvailability | GetAvailabilityAsOf {
  const eventId = eventIdOf(request);
  const { asOf } = fieldsOf(AvailabilityFields, request.query);
  if (asOf === undefined) return new GetAvailability(eventId, tokensOf(request));
  const asked = POSITION.test(asOf) ? { token: asOf } : { at: instantOf(asOf) };
  return new GetAvailabilityAsOf(eventId, asked, tokensOf(request));
}

export function listEvents(request: FastifyRequest): ListAsked<ListEvents> {
  const { fields, limit: pageSize, after, tokens } = pageAsked(request, 'events', ListEventsFields);
  const { from, to, resource, available, status } = fields;
  const filter: EventFilter = {
    ...(from === undefined ? {} : { from: instantOf(from) }),
    ...(to === undefined ? {} : { to: instantOf(to) }),
    ...(resource === undefined ? {} : { resource }),
    ...(available === undefined ? {} : { available: available === 'true' }),
    ...(status === undefined ? {} : { status }),
  };
  const { format, limit } = formAsked(request, pageSize);
  return { query: new ListEvents(filter, limit ?? LOT, after, tokens), format, limit };
}

type InstantField = 'endsAt' | 'salesOpenAt' | 'salesCloseAt' | 'cancelUntil';

/** Absent stays absent, null stays null. */
function instantsIn<Text extends string | null | undefined, Name extends InstantField>(
  fields: Readonly<Record<Name, Text>>,
): { [Field in Name]?: number | Extract<Text, null> } {
  const entries = Object.entries<Text>(fields).filter(([, text]) => text !== undefined);
  return Object.fromEntries(
    entries.map(([name, text]) => [name, text === null ? null : instantOf(text as string)]),
  ) as {
    [Field in Name]?: number | Extract<Text, null>;
  };
}
