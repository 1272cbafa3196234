import type { Row } from './rows.js';

const PAGE = 200;
const RETRY_MS = 2_000;
/** More events than that are not kept in a browser. */
const MOST_EVENTS = 50_000;

export class SignedOut extends Error {}

interface ListPage {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
}

/**
 * Every event of a list, page by page; `take` gets each page with its position. Tries again for as long as the service is
 * away, saying so each time. Throws SignedOut. Answers the position of the first page: from there on the feed goes on.
 */
export async function readAll(
  query: string,
  take: (rows: readonly Row[], position: string) => void,
  away: () => void,
): Promise<string> {
  let first: string | null = null;
  let taken = 0;
  for (let url = `/v1/events?${query}&limit=${PAGE}`; ;) {
    const response = await getPatiently(url, away);
    const position = response.headers.get('holdfast-position')!;
    const { items, nextCursor } = (await response.json()) as ListPage;
    first ??= position;
    taken += items.length;
    take(items, position);
    if (nextCursor === null || taken >= MOST_EVENTS) return first;
    url = `/v1/events?cursor=${encodeURIComponent(nextCursor)}&limit=${PAGE}`;
  }
}

/** One event, as it is at a position or after; null: it cannot be read now. */
export async function readOne(eventId: string, position: string): Promise<Row | 'gone' | null> {
  const headers = { 'holdfast-position': position };
  const response = await fetch(`/v1/events/${eventId}`, { headers, cache: 'no-store' }).catch(() => null);
  if (response?.status === 404) return 'gone';
  return response?.ok === true ? ((await response.json()) as Row) : null;
}

async function getPatiently(url: string, away: () => void): Promise<Response> {
  for (;;) {
    const response = await fetch(url, { cache: 'no-store' }).catch(() => null);
    if (response?.ok === true) return response;
    if (response?.status === 401 || response?.status === 403) throw new SignedOut();
    away();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
