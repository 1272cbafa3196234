import type { FastifyReply, FastifyRequest } from 'fastify';
import type { After, RefusalFilter } from '../../application/ports.js';
import { positionToken } from '../../application/position-token.js';
import { GetRefusals, type Refusals, type TakenBy, type ToldRefusal } from '../../application/queries/get-refusals.js';
import { NOT_KEPT } from '../../application/refusals.js';
import { digestOf } from './etag.js';
import { RefusalFields } from './event-fields.js';
import { RULES } from './fields.js';
import { textOf } from '../instant.js';
import { pageAsked } from './pages.js';
import { invalid } from './problems.js';
import { eventIdOf } from './request.js';
import { formAsked, tell, type Format } from './tellings.js';

interface RefusalsAsked {
  readonly query: GetRefusals;
  readonly format: Format;
  /** Refusals on a page; null: all at once. */
  readonly limit: number | null;
  readonly filter: RefusalFilter;
}

/** The query for a page, of one refusal more than fits, or for everything. Throws 400. */
export function refusalsAsked(request: FastifyRequest): RefusalsAsked {
  const eventId = eventIdOf(request);
  const page = pageAsked(request, 'refusals', RefusalFields);
  const { userId, code } = page.fields;
  const filter: RefusalFilter = {
    ...(userId === undefined ? {} : { userId }),
    ...(code === undefined ? {} : { code }),
  };
  const { format, limit } = formAsked(request, page.limit);
  const after = page.after === null ? null : afterIn(page.after, eventId);
  const query = new GetRefusals(eventId, filter, after, limit === null ? null : limit + 1, page.tokens);
  return { query, format, limit, filter };
}

/** Where a page begins, in a cursor of this event's refusals. */
const afterOf = (eventId: string, { refusedAt, id }: Told): After => ({
  at: Date.parse(refusedAt),
  id: `${digestOf(eventId)}-${id}`,
});

function afterIn({ at, id }: After, eventId: string): After {
  const [digest, row] = [id.slice(0, 6), id.slice(7)];
  if (digest !== digestOf(eventId) || !RULES.bookingId.test(row))
    throw invalid({ pointer: '/cursor', expected: RULES.cursor.expected });
  return { at, id: row };
}

export async function answerRefusals(
  request: FastifyRequest,
  reply: FastifyReply,
  { query, format, limit, filter }: RefusalsAsked,
  answer: Promise<Refusals>,
): Promise<void> {
  const { refusals, logId, position } = await answer;
  const { eventId } = query;
  await tell(request, reply, {
    ...{ list: 'refusals', eventId, format, limit, filters: { ...filter }, token: positionToken(logId, position) },
    items: toldOf(refusals),
    afterOf: (told) => afterOf(eventId, told),
    columns: CSV_COLUMNS,
    cellsOf: ({ takenBy, ...told }) => ({
      ...told,
      ...Object.fromEntries(Object.entries(takenBy ?? {}).map(([name, value]) => [`takenBy.${name}`, value])),
    }),
  });
}

/** A refusal as it leaves the service. One with the code `not-kept` says how many are missing there, and nothing else. */
interface Told {
  readonly refusedAt: string;
  readonly userId: string | null;
  readonly code: string;
  readonly requested: number | null;
  readonly free: number | null;
  readonly waiting: number | null;
  readonly revision: number | null;
  readonly takenBy: Readonly<Record<keyof TakenBy, unknown>> | null;
  readonly actor: string | null;
  readonly command: string | null;
  readonly bookingId: string | null;
  readonly commandId: string | null;
  readonly correlationId: string | null;
  readonly eventId: string | null;
  readonly id: string;
  /** Only with `not-kept`: how many, and when the last of them was. */
  readonly lost: number | null;
  readonly until: string | null;
}

export function refusalTold(refusal: ToldRefusal): Told {
  const { id, eventId } = refusal;
  const refusedAt = textOf(refusal.refusedAt);
  if (refusal.kind === 'gap') {
    const { lost, until } = refusal;
    const asked = { actor: null, command: null, bookingId: null, commandId: null, correlationId: null };
    const numbers = { requested: null, free: null, waiting: null, revision: null, takenBy: null };
    return { refusedAt, userId: null, code: NOT_KEPT, ...numbers, ...asked, eventId, id, lost, until: textOf(until) };
  }
  const { userId, code, requested, free, waiting, revision } = refusal;
  const { actor, command, bookingId, commandId, correlationId } = refusal;
  const takenBy =
    refusal.takenBy === null ? null : { ...refusal.takenBy, occurredAt: textOf(refusal.takenBy.occurredAt) };
  return {
    ...{ refusedAt, userId, code, requested, free, waiting, revision, takenBy },
    ...{ actor, command, bookingId, commandId, correlationId, eventId, id, lost: null, until: null },
  };
}

async function* toldOf(refusals: AsyncIterable<ToldRefusal>): AsyncGenerator<Told> {
  for await (const refusal of refusals) yield refusalTold(refusal);
}

const TAKEN_BY: readonly (keyof TakenBy)[] = [
  ...(['revision', 'type', 'recordId', 'bookingId', 'userId', 'actor', 'occurredAt'] as const),
];

const CSV_COLUMNS = [
  ...['refusedAt', 'userId', 'code', 'requested', 'free', 'waiting', 'revision'],
  ...TAKEN_BY.map((name) => `takenBy.${name}`),
  ...['actor', 'command', 'bookingId', 'commandId', 'correlationId', 'eventId', 'id', 'lost', 'until'],
];
