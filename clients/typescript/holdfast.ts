import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema.js';

/** What a refusal, a fault or a mistake is answered with (RFC 9457). Act on `code`. */
export type Problem = components['schemas']['Problem'];
export type Event = components['schemas']['Event'];
export type Booking = components['schemas']['Booking'];

/** One function for each method, typed by path: `client.POST('/v1/events/{eventId}/bookings', …)`. */
export type Holdfast = Client<paths, `${string}/${string}`>;

export interface HoldfastOptions {
  /** Where the service is, without a path: `https://booking.example.org`. */
  readonly url: string;
  /** A token, or where the present one comes from: asked before every request. Absent: only what is public. */
  readonly token?: string | (() => string | Promise<string>);
  /** How often a request is sent at most; the default is 5. */
  readonly tries?: number;
  /** Of one pause between two tries at most, in milliseconds, whatever the service asks for; the default is 5,000. */
  readonly mostPauseMs?: number;
  /** What sends the requests; the default is the platform's. */
  readonly fetch?: typeof fetch;
}

const POSITION = 'Holdfast-Position';
const KEY = 'Idempotency-Key';
const PASSING: readonly number[] = [429, 503];
const TRIES = 5;
const MOST_PAUSE_MS = 5_000;
const FIRST_PAUSE_MS = 100;

/**
 * A client of one service. It sends again what is safe to send again: reads, and commands with an Idempotency-Key, when
 * there was no answer or the service said "not now" (429, 503), after as long as Retry-After says. And it reads what it
 * has written: the position of each answer goes along with the next read; where nobody knows that position any more, it is
 * forgotten, and the read sent once more without it. Never throws for what the service answers: `error` is then its
 * problem document; throws what fetch throws when nothing answers.
 */
export function holdfast({ url, token, ...how }: HoldfastOptions): Holdfast {
  const client: Holdfast = createClient<paths>({ baseUrl: url, fetch: patient(how) });
  let seen: string | null = null;
  /** What was sent with a position by our doing, by its options: one object from the request to its answer. */
  const ours = new WeakSet<object>();
  client.use({
    async onRequest({ request, options }) {
      const present = typeof token === 'function' ? await token() : token;
      if (present !== undefined) request.headers.set('Authorization', `Bearer ${present}`);
      if (seen === null || !isRead(request) || request.headers.has(POSITION)) return request;
      request.headers.set(POSITION, seen);
      ours.add(options);
      return request;
    },
    async onResponse({ request, response, options }) {
      let answer = response;
      if (ours.has(options) && (await isUnknownPosition(response))) {
        const bare = request.clone();
        bare.headers.delete(POSITION);
        answer = await options.fetch(bare);
        // Unless it was another one that nobody knows: in a cursor, or in Last-Event-ID.
        if (request.headers.get(POSITION) === seen && !(await isUnknownPosition(answer))) seen = null;
      }
      const position = answer.headers.get(POSITION);
      // In one log the text of positions has their order; another log's replaces it.
      if (position !== null && (seen === null || position > seen || !isOfSameLog(position, seen))) seen = position;
      return answer;
    },
  });
  return client;
}

/** For a command that is to take effect once however often it is sent: `headers: { 'Idempotency-Key': newKey() }`. */
export const newKey = (): string => crypto.randomUUID();

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

/** Lists come in other forms too, for whoever asks with another Accept. */
type ItemOf<Data> = Extract<Data, Page>['items'][number];

/** Every item of a list, page by page: `pages((cursor) => client.GET('/v1/bookings', { params: { query: { cursor } } }))`. */
export async function* pages<Data>(
  page: (cursor?: string) => Promise<{ readonly data?: Data; readonly error?: unknown }>,
): AsyncGenerator<ItemOf<Data>, void> {
  for (let cursor: string | undefined; ;) {
    const { data, error } = await page(cursor);
    if (!isPage(data)) throw new Error('a page of the list was not answered', { cause: error });
    yield* data.items as Iterable<ItemOf<Data>>;
    if (data.nextCursor === null) return;
    cursor = data.nextCursor;
  }
}

const isPage = (data: unknown): data is Page => typeof data === 'object' && data !== null && 'nextCursor' in data;

/** Sends a request again as long as that is safe and there is hope. */
function patient({
  tries = TRIES,
  mostPauseMs = MOST_PAUSE_MS,
  fetch: send = fetch,
}: Omit<HoldfastOptions, 'url' | 'token'>): (request: Request) => Promise<Response> {
  return async (request) => {
    const isSafe = isRead(request) || request.headers.has(KEY);
    for (let tried = 1; ; tried += 1) {
      const isLast = !isSafe || tried >= tries;
      const answer = await send(request.clone()).catch((error: unknown) => {
        if (isLast || request.signal.aborted) throw error;
        return null;
      });
      if (answer !== null && (isLast || !PASSING.includes(answer.status))) return answer;
      const askedMs = Number(answer?.headers.get('Retry-After') ?? NaN) * 1_000;
      const ownMs = FIRST_PAUSE_MS * 2 ** (tried - 1) * (0.5 + Math.random());
      await answer?.body?.cancel();
      await new Promise((wake) => setTimeout(wake, Math.min(mostPauseMs, Math.max(ownMs, askedMs || 0))));
    }
  };
}

/** Another log has taken the place of the one that gave the position, or the same one as it was earlier. */
async function isUnknownPosition(answer: Response): Promise<boolean> {
  if (answer.status !== 400) return false;
  const copy = answer.clone();
  const problem = (await copy.json().catch(() => null)) as Partial<Problem> | null;
  return problem?.code === 'unknown-position';
}

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD';
const isOfSameLog = (one: string, other: string): boolean => one.split('-', 1)[0] === other.split('-', 1)[0];
