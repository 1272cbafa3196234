import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RecordedEvent } from '../../application/ports.js';
import { positionToken } from '../../application/position-token.js';
import { GetHistory, type History } from '../../application/queries/get-history.js';
import { reasonOf, type HistoryFilter } from '../../application/queries/replay.js';
import { isAuditor } from './access.js';
import { wireOf } from './answers.js';
import { cursorText } from './cursor.js';
import { HistoryFields } from './event-fields.js';
import { RULES } from './fields.js';
import { textOf } from './instants.js';
import { pageAsked } from './pages.js';
import { HttpProblem, invalid } from './problems.js';
import { callerOf, eventIdOf } from './request.js';

/** Facts that leave together; between two lots the reader may be slower than the log. */
const LOT = 200;

type Format = 'json' | 'ndjson' | 'csv';

const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** What an Accept header may name, and what it gets. */
const ACCEPTED: Readonly<Record<string, Format>> = {
  ...{ 'application/json': 'json', 'application/*': 'json', '*/*': 'json' },
  ...{ 'application/x-ndjson': 'ndjson', 'application/ndjson': 'ndjson', 'application/jsonl': 'ndjson' },
  ...{ 'text/csv': 'csv', 'text/*': 'csv' },
};

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
  const format = formatOf(request.headers.accept);
  const isPage = format === 'json' || (request.query as HistoryFields).limit !== undefined;
  const limit = isPage ? page.limit : null;
  const after = page.after?.at ?? -1;
  const query = new GetHistory(eventId, filter, after, limit === null ? null : limit + 1, page.tokens);
  return { query, format, limit, filter };
}

/** The best that is asked for and that we have; JSON for everything that we do not have. */
function formatOf(accept = '*/*'): Format {
  let best: { readonly format: Format; readonly weight: number } = { format: 'json', weight: 0 };
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    const weight = Number(parameters.find((word) => word.startsWith('q='))?.slice(2) ?? 1);
    const format = Object.hasOwn(ACCEPTED, type) ? ACCEPTED[type] : undefined;
    if (format !== undefined && weight > best.weight) best = { format, weight };
  }
  return best.format;
}

export async function answerHistory(
  request: FastifyRequest,
  reply: FastifyReply,
  { query, format, limit, filter }: HistoryAsked,
  answer: Promise<History>,
): Promise<void> {
  const { records, logId, position } = await answer;
  const token = positionToken(logId, position);
  const facts = factsOf(records, query.eventId, logId);
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'accept' : `${String(vary)}, accept`);
  reply.header('content-type', MEDIA_TYPES[format]).header('holdfast-position', token);
  if (format === 'csv') reply.header('content-disposition', `attachment; filename="history-${query.eventId}.csv"`);
  if (limit === null) return void (await reply.send(Readable.from(linesOf(facts, format))));

  const page: Fact[] = [];
  for await (const fact of facts) page.push(fact);
  const items = page.slice(0, limit);
  let nextCursor: string | null = null;
  if (page.length > limit) {
    const after = { at: items.at(-1)!.revision, id: query.eventId };
    nextCursor = cursorText({ list: 'history', filters: { ...filter }, after, token });
    const size = (request.query as HistoryFields).limit === undefined ? '' : `&limit=${limit}`;
    reply.header('link', `</v1/events/${query.eventId}/history?cursor=${nextCursor}${size}>; rel="next"`);
  }
  await reply.send(format === 'json' ? { items, nextCursor } : lotOf(items, format, true));
}

/** A domain event as it leaves the service, whatever the door. */
interface Fact {
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
    ...{ id, type: event.type, schemaVersion, eventId, revision },
    position: positionToken(logId, position),
    occurredAt: textOf(occurredAt),
    ...{ actor, reason: reasonOf(record), correlationId, causationId, commandId },
    data: wireOf(event.data),
  };
}

async function* factsOf(records: AsyncIterable<RecordedEvent>, eventId: string, logId: string): AsyncGenerator<Fact> {
  for await (const record of records) yield factOf(record, eventId, logId);
}

async function* linesOf(facts: AsyncIterable<Fact>, format: Format): AsyncGenerator<string> {
  let lot: Fact[] = [];
  let isFirst = true;
  for await (const fact of facts) {
    if (lot.push(fact) < LOT) continue;
    yield lotOf(lot, format, isFirst);
    isFirst = false;
    lot = [];
  }
  yield lotOf(lot, format, isFirst);
}

/** The columns of CSV. Of the data those that most facts have; all of it is in the last. */
const CSV_COLUMNS = [
  ...['revision', 'position', 'occurredAt', 'actor', 'type', 'reason', 'bookingId', 'userId', 'seats', 'status'],
  ...['causationId', 'correlationId', 'commandId', 'id', 'schemaVersion', 'eventId', 'data'],
];

function lotOf(facts: readonly Fact[], format: Format, isFirst: boolean): string {
  if (format !== 'csv') return facts.map((fact) => `${JSON.stringify(fact)}\n`).join('');
  const rows = facts.map((fact) => {
    const cells: Readonly<Record<string, unknown>> = { ...fact.data, ...fact, data: JSON.stringify(fact.data) };
    return CSV_COLUMNS.map((name) => cells[name]);
  });
  return [...(isFirst ? [CSV_COLUMNS] : []), ...rows].map((cells) => `${cells.map(csvCell).join()}\r\n`).join('');
}

/** RFC 4180; and what a spreadsheet would take for a formula is text for it. */
function csvCell(value: unknown): string {
  const text = String(value ?? '');
  const safe = /^[-=+@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
