import type { FastifyRequest } from 'fastify';
import type { EventView } from '../../../../application/ports.js';
import { GetContention } from '../../../../application/queries/get-contention.js';
import { GetEvent } from '../../../../application/queries/get-event.js';
import { GetLedgerAt } from '../../../../application/queries/get-ledger-at.js';
import { ListBookings } from '../../../../application/queries/list-bookings.js';
import { ACCESS, isAuditor } from '../../access.js';
import { HttpProblem, invalid } from '../../problems.js';
import { eventIdOf } from '../../request.js';
import type { View, Visit } from '../page.js';
import { courseOf, momentOf } from './moment.js';

const REVISION = /^(0|[1-9]\d{0,8})$/;
const CALENDAR = 'GET /v1/events/:eventId/calendar.ics';
/** Bookings of one's own on one event; more than anybody can have. */
const OWN = 50;

/**
 * One event: as it stands or, with `?revision=`, as it was after that fact; how its places went; who has them; how hard
 * people pressed for them. With `?part=`
 * only what another revision changes, for the slider. What somebody may not see of others is not read.
 */
export async function showEvent(visit: Visit): Promise<View> {
  const { request, caller, queries } = visit;
  const eventId = eventIdOf(request);
  const { revision, isPart } = asked(request);
  const { value: event } = await queries.execute(new GetEvent(eventId, []));
  if (!isAuditor(caller)) return showOwn(visit, event);
  const found = await queries.execute(new GetLedgerAt(eventId, revision, !isPart));
  if (found.kind === 'beyond') throw new HttpProblem('not-found', { endsAt: found.head, eventId });
  const { record } = found.step;
  const head = Math.max(event.revision, found.course?.at(-1)?.revision ?? record.revision);
  const moment = momentOf(found, event.timeZone);
  const model = { event, head, revision: record.revision, isNow: revision === null, moment };
  if (isPart) return { title: event.title, template: 'moment', model, islands: [], isPart };
  const { value: contention } = await queries.execute(new GetContention(eventId, []));
  const page = {
    ...model,
    contention,
    course: courseOf(found.course ?? []),
    hasCalendar: Object.hasOwn(ACCESS, CALENDAR),
  };
  return { title: event.title, template: 'event', model: page, islands: ['event'] };
}

/** The event as everybody may see it, and the visitor's own bookings. */
async function showOwn({ caller, queries }: Visit, event: EventView): Promise<View> {
  const { eventId, title } = event;
  const mayBook = caller.scopes.has('booking');
  const filter = { userId: caller.userId, eventId };
  const own = mayBook ? (await queries.execute(new ListBookings(filter, OWN, null, []))).value.items : [];
  const model = { event, own, mayBook, hasCalendar: Object.hasOwn(ACCESS, CALENDAR) };
  return { title, template: 'event-own', model, islands: ['own'] };
}

function asked(request: FastifyRequest): { revision: number | null; isPart: boolean } {
  const { revision, part, ...rest } = request.query as { revision?: string; part?: string };
  for (const name of Object.keys(rest)) throw invalid({ pointer: `/${name}`, expected: 'no such field' });
  if (revision !== undefined && revision !== '' && !REVISION.test(revision))
    throw invalid({ pointer: '/revision', expected: 'a revision: a whole number from 0' });
  return { revision: revision === undefined || revision === '' ? null : Number(revision), isPart: part !== undefined };
}
