import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RecordedEvent } from '../../application/ports.js';
import { positionToken } from '../../application/position-token.js';
import { GetHistory, type History } from '../../application/queries/get-history.js';
import { reasonOf, type HistoryFilter } from '../../application/queries/replay.js';
import { isAuditor } from './access.js';
import { wireOf } from './answers.js';
import { HistoryFields } from './event-fields.js';
import { RULES } from './fields.js';
import { textOf } from '../instant.js';
import { pageAsked } from './pages.js';
import { HttpProblem, invalid } from './problems.js';
import { callerOf, eventIdOf } from './request.js';
import { formAsked, tell, type Format } from './tellings.js';

interface HistoryAsked {
  readonly query: GetHistory;
  readonly format: Format;
  /** Facts on a page; null: all at once. */
  readonly limit: number | null;
  readonly filter: HistoryFilter;
}

/** The query for a page, of one fact more than fits, or for everything. Throws 400 and 403. */
export function historyAsked(request: FastifyRequest): HistoryAsked {
  const eventId = eventIdOf(request);
  const page = pageAsked(request, 'history', HistoryFields);
  if (page.after !== null && (page.after.id !== eventId || page.after.at < 0))
    throw invalid({ pointer: '/cursor', expected: RULES.cursor.expected });
  const caller = callerOf(request);
  const { bookingId, userId = isAuditor(caller) ? undefined : caller.userId } = page.fields;
  if (!isAuditor(caller) && userId !== caller.userId) throw new HttpProblem('forbidden');
  const filter: HistoryFilter = {
    ...(bookingId === undefined ? {} : { bookingId }),
    ...(userId === undefined ? {} : { userId }),
  };
  const { format, limit } = formAsked(request, page.limit);
  const after = page.after?.at ?? -1;
  const query = new GetHistory(eventId, filter, after, limit === null ? null : limit + 1, page.tokens);
  return { query, format, limit, filter };
}

export async function answerHistory(
  request: FastifyRequest,
  reply: FastifyReply,
  { query, format, limit, filter }: HistoryAsked,
  answer: Promise<History>,
): Promise<void> {
  const { records, logId, position } = await answer;
  const { eventId } = query;
  await tell(request, reply, {
    ...{ list: 'history', eventId, format, limit, filters: { ...filter }, token: positionToken(logId, position) },
    items: factsOf(records, eventId, logId),
    afterOf: ({ revision }) => ({ at: revision, id: eventId }),
    columns: CSV_COLUMNS,
    cellsOf: (fact) => ({ ...fact.data, ...fact, data: JSON.stringify(fact.data) }),
  });
}

/** A domain event as it leaves the service, whatever the door. */
export interface Fact {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly eventId: string;
  readonly revision: number;
  readonly position: string;
  readonly occurredAt: string;
  readonly actor: string;
  readonly reason: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly commandId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function factOf(record: RecordedEvent, eventId: string, logId: string): Fact {
  const { id, event, revision, position, metadata } = record;
  const { schemaVersion, occurredAt, actor, correlationId, causationId, commandId } = metadata;
  return {
    id,
    type: event.type,
    schemaVersion,
    eventId,
    revision,
    position: positionToken(logId, position),
    occurredAt: textOf(occurredAt),
    actor,
    reason: reasonOf(record),
    correlationId,
    causationId,
    commandId,
    data: wireOf(event.data),
  };
}

async function* factsOf(records: AsyncIterable<RecordedEvent>, eventId: string, logId: string): AsyncGenerator<Fact> {
  for await (const record of records) yield factOf(record, eventId, logId);
}

/** The columns of CSV. Of the data those that most facts have; all of it is in the last. */
const CSV_COLUMNS = [
  ...['revision', 'position', 'occurredAt', 'actor', 'type', 'reason', 'bookingId', 'userId', 'seats', 'status'],
  ...['causationId', 'correlationId', 'commandId', 'id', 'schemaVersion', 'eventId', 'data'],
];
