import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { After } from '../../application/ports.js';
import { cursorText, type Cursor, type Filters } from './cursor.js';

/** Items that leave together; between two lots the reader may be slower than the log. */
export const LOT = 200;

export type Format = 'json' | 'ndjson' | 'csv';

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

/** A list, in the form that was asked for. */
interface Telling<Item> {
  readonly list: Cursor['list'];
  readonly path: string;
  /** Without its ending; of letters, digits, "_" and "-". */
  readonly fileName: string;
  readonly format: Format;
  readonly filters: Filters;
  /** Of the position that the answer shows. */
  readonly token: string;
  /** Of CSV, and what stands in them. */
  readonly columns: readonly string[];
  readonly cellsOf: (item: Item) => Readonly<Record<string, unknown>>;
}

/** What happened at one event. */
interface Story<Item> extends Omit<Telling<Item>, 'path' | 'fileName'> {
  /** The last word of the path. */
  readonly list: Extract<Cursor['list'], 'history' | 'refusals'>;
  readonly eventId: string;
  /** Items on a page; null: all at once. */
  readonly limit: number | null;
  /** One more than the page has, if there is one. */
  readonly items: AsyncIterable<Item>;
  readonly afterOf: (item: Item) => After;
}

/** The form in which somebody wants it, and how much at once. */
export function formAsked(request: FastifyRequest, pageSize: number): { format: Format; limit: number | null } {
  const { format: named, limit: pages } = request.query as { format?: Format; limit?: string };
  const format = named ?? formatOf(request.headers.accept);
  const isPage = format === 'json' || pages !== undefined;
  return { format, limit: isPage ? pageSize : null };
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

export async function tell<Item>(request: FastifyRequest, reply: FastifyReply, story: Story<Item>): Promise<void> {
  const { list, eventId, limit, items: all, afterOf } = story;
  const telling = { ...story, path: `/v1/events/${eventId}/${list}`, fileName: `${list}-${eventId}` };
  if (limit === null) return tellAll(request, reply, telling, all);
  const page: Item[] = [];
  for await (const item of all) page.push(item);
  const items = page.slice(0, limit);
  return tellPage(request, reply, telling, items, page.length > limit ? afterOf(items.at(-1)!) : null);
}

/** One page; the next one has the same filters, and the same page size unless said. `next` null: it is the last. */
export async function tellPage<Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  telling: Telling<Item>,
  items: readonly Item[],
  next: After | null,
): Promise<void> {
  const { list, path, format, filters, token } = telling;
  setHeaders(reply, telling);
  const nextCursor = next === null ? null : cursorText({ list, filters, after: next, token });
  if (nextCursor !== null) {
    const asked = request.query as { limit?: string; format?: string };
    const size = asked.limit === undefined ? '' : `&limit=${asked.limit}`;
    const form = asked.format === undefined ? '' : `&format=${asked.format}`;
    reply.header('link', `<${path}?cursor=${nextCursor}${size}${form}>; rel="next"`);
  }
  await reply.send(format === 'json' ? { items, nextCursor } : lotOf(items, telling, true));
}

/**
 * Everything, a lot when the connection has taken the one before. When the items end in a fault, so does the connection,
 * before the end of the body: nobody takes a part for the whole. When the reader goes away, nothing more is read.
 */
export async function tellAll<Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  telling: Telling<Item>,
  items: AsyncIterable<Item>,
): Promise<void> {
  setHeaders(reply, telling);
  // Fastify reads to its end what it will not send.
  await reply.send(Readable.from(request.method === 'HEAD' ? [] : linesOf(items, telling)));
}

function setHeaders<Item>(reply: FastifyReply, { format, token, fileName }: Telling<Item>): void {
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'accept' : `${String(vary)}, accept`);
  reply.header('content-type', MEDIA_TYPES[format]).header('holdfast-position', token);
  if (format === 'csv') reply.header('content-disposition', `attachment; filename="${fileName}.csv"`);
}

async function* linesOf<Item>(items: AsyncIterable<Item>, telling: Telling<Item>): AsyncGenerator<string> {
  let lot: Item[] = [];
  let isFirst = true;
  for await (const item of items) {
    if (lot.push(item) < LOT) continue;
    yield lotOf(lot, telling, isFirst);
    isFirst = false;
    lot = [];
  }
  yield lotOf(lot, telling, isFirst);
}

function lotOf<Item>(items: readonly Item[], { format, columns, cellsOf }: Telling<Item>, isFirst: boolean): string {
  if (format !== 'csv') return items.map((item) => `${JSON.stringify(item)}\n`).join('');
  const rows = items.map((item) => {
    const cells = cellsOf(item);
    return columns.map((name) => cells[name]);
  });
  return [...(isFirst ? [columns] : []), ...rows].map((cells) => `${cells.map(csvCell).join()}\r\n`).join('');
}

/** RFC 4180; and what a spreadsheet would take for a formula is text for it. */
function csvCell(value: unknown): string {
  const text = String(value ?? '');
  const safe = /^[-=+@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
