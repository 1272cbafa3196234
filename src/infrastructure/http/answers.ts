import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProfilePut } from '../../application/commands/put-profile.js';
import type { BookingView, EventView, Profile, Shown } from '../../application/ports.js';
import type { NoSuchMoment } from '../../application/queries/as-of.js';
import type { PastAvailability } from '../../application/queries/get-availability-as-of.js';
import type { Availability } from '../../application/queries/get-availability.js';
import type { ContentionTold } from '../../application/queries/get-contention.js';
import type { Page } from '../../application/queries/list-events.js';
import { ReadPosition } from '../../application/queries/read-position.js';
import type { Answer, BookingReceipt, Done, EventReceipt } from '../../application/receipts.js';
import type { Calendar } from './calendar.js';
import { etagOf, isNoneMatch } from './etag.js';
import { PROBLEM_TYPE } from './headers.js';
import { textOf } from '../instant.js';
import {
  BOOKING_FIELDS,
  EVENT_FIELDS,
  RECEIPT_FIELDS,
  pagesOf,
  type List,
  type ListAsked,
  type ListQuery,
} from './lists.js';
import { invalid, problemOfRefusal, type Problem } from './problems.js';
import { toHundredths } from './rehearsals.js';
import { tellAll, tellPage } from './tellings.js';

/** Fields that are instants, wherever they stand; they leave as RFC 3339. */
const INSTANTS: ReadonlySet<string> = new Set([
  ...['startsAt', 'endsAt', 'salesOpenAt', 'salesCloseAt', 'cancelUntil'],
  ...['expiresAt', 'ceilingAt', 'createdAt', 'updatedAt', 'occurredAt'],
]);

/** What a command may have written of an event; in this order too, for the log gives it back in another one. */
const CHANGE_FIELDS = [
  ...(['title', 'startsAt', 'endsAt', 'timeZone', 'resource', 'capacity'] as const),
  ...(['holdSeconds', 'offerSeconds', 'salesOpenAt', 'salesCloseAt', 'cancelUntil'] as const),
  ...(['maxSeatsPerBooking', 'waitlistLimit', 'reason'] as const),
] as const;

const PROFILE_FIELDS = [
  'userId',
  'name',
  'email',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof Profile)[];

/** The last step of every route: receipts, views and refusals become responses. */
@Injectable()
export class Answers {
  constructor(private readonly positions: ReadPosition) {}

  async event(reply: FastifyReply, answer: Promise<Answer<EventReceipt>>, status: 200 | 201 = 200): Promise<void> {
    const ended = await answer;
    if (!ended.accepted) return sendProblem(reply, problemOfRefusal(ended.refusal));
    const { eventId, revision, status: stands, data } = ended.receipt;
    if (status === 201) reply.header('location', `/v1/events/${eventId}`);
    await this.done(reply, ended, etagOf(eventId, revision));
    const written = CHANGE_FIELDS.filter((name) => Object.hasOwn(data, name));
    await reply.code(status).send({ eventId, status: stands, revision, ...wire(data, written) });
  }

  async booking(reply: FastifyReply, answer: Promise<Answer<BookingReceipt>>, status: 200 | 201 = 200): Promise<void> {
    const ended = await answer;
    if (!ended.accepted) return sendProblem(reply, problemOfRefusal(ended.refusal));
    const { receipt } = ended;
    if (status === 201) reply.header('location', `/v1/events/${receipt.eventId}/bookings/${receipt.bookingId}`);
    await this.done(reply, ended, etagOf(receipt.bookingId, receipt.revision));
    await reply.code(status).send(wire(receipt, RECEIPT_FIELDS));
  }

  /** The tag is of all that is shown, so a reader who has it needs no body. */
  async shownEvent(request: FastifyRequest, reply: FastifyReply, shown: Promise<Shown<EventView>>): Promise<void> {
    const { value, position } = await shown;
    const etag = etagOf(value.eventId, value.revision);
    reply.header('etag', etag).header('cache-control', 'no-cache');
    reply.header('holdfast-position', await this.positions.token(position));
    if (isNoneMatch(request.headers['if-none-match'], etag)) return void (await reply.code(304).send());
    await reply.send(wire(value, EVENT_FIELDS));
  }

  /**
   * The tag says whether the booking has changed; its turn in the line moves without, and so does the end of a hold when
   * sales end earlier. Where neither is shown, a reader who has the tag needs no body.
   */
  async shownBooking(request: FastifyRequest, reply: FastifyReply, shown: Promise<Shown<BookingView>>): Promise<void> {
    const { value, position } = await shown;
    const etag = etagOf(value.bookingId, value.revision);
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    reply.header('holdfast-position', await this.positions.token(position));
    const isAllInTag = value.waitlistPosition === null && value.expiresAt === null;
    if (isAllInTag && isNoneMatch(request.headers['if-none-match'], etag)) return void (await reply.code(304).send());
    await reply.send(wire(value, BOOKING_FIELDS));
  }

  async availability(
    reply: FastifyReply,
    answer: Promise<Shown<Availability | PastAvailability> | NoSuchMoment>,
  ): Promise<void> {
    const shown = await answer;
    if ('expected' in shown) throw invalid({ pointer: '/asOf', expected: shown.expected });
    const { value } = shown;
    const token = await this.positions.token(shown.position);
    reply.header('cache-control', 'no-cache').header('holdfast-position', token);
    const asOf = 'asOf' in value ? { asOf: { ...wireOf(value.asOf), position: token } } : {};
    await reply.send({ ...value, ...asOf });
  }

  async contention(reply: FastifyReply, shown: Promise<Shown<ContentionTold>>): Promise<void> {
    const { value, position } = await shown;
    reply.header('cache-control', 'no-cache').header('holdfast-position', await this.positions.token(position));
    await reply.send(contentionShown(value));
  }

  /** Personal data: `Cache-Control` stays at no-store, and there is no position, for none of it comes from the log. */
  async profile(reply: FastifyReply, shown: Promise<Profile>): Promise<void> {
    await sendProfile(reply, await shown);
  }

  async profilePut(reply: FastifyReply, answer: Promise<ProfilePut>): Promise<void> {
    const ended = await answer;
    if (!ended.accepted) return sendProblem(reply, problemOfRefusal(ended.refusal));
    const { profile, isNew } = ended;
    if (isNew) reply.code(201).header('location', `/v1/users/${profile.userId}`);
    await sendProfile(reply, profile);
  }

  async nothing(reply: FastifyReply, done: Promise<void>): Promise<void> {
    await done;
    await reply.code(204).send();
  }

  /** An entry for calendars. Its tag is of all that is in it, so a calendar that asks again needs no body. */
  async calendar<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    shown: Promise<Shown<T>>,
    calendarOf: (value: T) => Calendar,
  ): Promise<void> {
    const { value, position } = await shown;
    const { uid, revision, method, fileName, text } = calendarOf(value);
    const etag = etagOf(uid, revision);
    reply.header('etag', etag).header('holdfast-position', await this.positions.token(position));
    if (request.caller === null) reply.header('cache-control', 'no-cache');
    if (isNoneMatch(request.headers['if-none-match'], etag)) return void (await reply.code(304).send());
    reply.header('content-type', `text/calendar; charset=utf-8; method=${method}`);
    await reply.header('content-disposition', `attachment; filename="${fileName}"`).send(text);
  }

  /**
   * One page or, page by page, all there is: then each row is as it was when its page was read, which is at or after the
   * position that the answer shows.
   */
  async list<Item extends object, Filter, Query extends ListQuery<Filter, Query>>(
    request: FastifyRequest,
    reply: FastifyReply,
    { list, fields, filtersOf }: List<Item, Filter>,
    { query, format, limit }: ListAsked<Query>,
    ask: (query: Query) => Promise<Shown<Page<Item, Filter>>>,
  ): Promise<void> {
    const { value, position } = await ask(query);
    const token = await this.positions.token(position);
    const telling = { list, path: `/v1/${list}`, fileName: list, format, filters: filtersOf(value.filter), token };
    const columns = { columns: fields, cellsOf: (row: Record<string, unknown>) => row };
    if (limit === null) {
      const pages = pagesOf(value, (after) => ask(query.beyond(after, value.filter, token)));
      return tellAll(request, reply, { ...telling, ...columns }, rowsOf(pages, fields));
    }
    const rows = value.items.map((item) => wire(item, fields));
    return tellPage(request, reply, { ...telling, ...columns }, rows, value.next);
  }

  private async done(reply: FastifyReply, done: Done<unknown>, etag: string): Promise<void> {
    reply.header('etag', etag).header('holdfast-position', await this.positions.token(done.position));
    if (done.replayed) reply.header('idempotency-replayed', 'true');
  }
}

/** As it leaves the service. */
const contentionShown = ({ since, p50Ms, p99Ms, ...told }: ContentionTold) => ({
  ...{ ...told, since: textOf(since), p50Ms: toHundredths(p50Ms), p99Ms: toHundredths(p99Ms) },
});

async function sendProfile(reply: FastifyReply, profile: Profile): Promise<void> {
  reply.header('etag', etagOf(profile.userId, profile.revision));
  await reply.send(wire(profile, PROFILE_FIELDS));
}

export function sendProblem(reply: FastifyReply, { status, headers, body }: Problem): void {
  reply.problem = String(body['code']);
  reply.code(status).headers(headers).header('content-type', PROBLEM_TYPE);
  // As bytes: to text Fastify adds a charset, which this media type does not have.
  void reply.send(Buffer.from(JSON.stringify(body)));
}

/** All of it, instants as text. */
export const wireOf = (data: object): Record<string, unknown> => wire(data, Object.keys(data));

async function* rowsOf(
  pages: AsyncIterable<readonly object[]>,
  fields: readonly string[],
): AsyncGenerator<Record<string, unknown>> {
  for await (const page of pages) for (const item of page) yield wire(item, fields);
}

function wire(view: object, names: readonly string[]): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of names) {
    const value = (view as Record<string, unknown>)[name];
    shown[name] = INSTANTS.has(name) && typeof value === 'number' ? textOf(value) : value;
  }
  return shown;
}
