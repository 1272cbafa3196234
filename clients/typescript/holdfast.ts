/** A typed client: the routes as `openapi.json` tells them, and what a careful caller does around them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema.js';

export type Schemas = components['schemas'];
/** What every refusal and fault is told as (RFC 9457); some codes bring members of their own. */
export type Problem = Schemas['Problem'] & Readonly<Record<string, unknown>>;

export interface HoldfastOptions {
  readonly url: string;
  /** A bearer token, or what gets one for each request. */
  readonly token?: string | (() => string | Promise<string>);
  /** How often a request that may be repeated is sent, the first time included. 503 only, after its Retry-After. */
  readonly attempts?: number;
  /** The longest Retry-After that is waited for, in milliseconds; a longer one is for the caller to decide on. */
  readonly longestWaitMs?: number;
  readonly fetch?: (request: Request) => Promise<Response>;
}

const ATTEMPTS = 4;
const LONGEST_WAIT_MS = 10_000;

/** A refusal or fault where an answer was needed. */
export class HoldfastProblem extends Error {
  override readonly name = 'HoldfastProblem';

  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
  }
}

export type Holdfast = Client<paths>;

/**
 * `client.GET('/v1/events/{eventId}', …)` and so on: each answers with `data` or, typed, with `error`. A 503 is asked
 * again after its Retry-After when that is safe: reads, and commands with an Idempotency-Key, which stays the same.
 */
export function holdfast(options: HoldfastOptions): Holdfast {
  const { url, token, attempts = ATTEMPTS, longestWaitMs = LONGEST_WAIT_MS } = options;
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const client = createClient<paths>({
    baseUrl: url,
    fetch: async (request) => {
      for (let attempt = 1; ; attempt += 1) {
        const response = await send(request.clone());
        const waitMs = retryAfterMs(response);
        if (attempt >= attempts || waitMs === null || waitMs > longestWaitMs || !isRepeatable(request)) return response;
        await response.body?.cancel();
        await sleep(waitMs);
      }
    },
  });
  if (token !== undefined) client.use(bearer(token));
  return client;
}

const bearer = (token: NonNullable<HoldfastOptions['token']>): Middleware => ({
  async onRequest({ request }) {
    if (!request.headers.has('authorization'))
      request.headers.set('authorization', `Bearer ${typeof token === 'string' ? token : await token()}`);
    return request;
  },
});

/** Null: not a 503 that says when to come back. */
function retryAfterMs({ status, headers }: Response): number | null {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return status === 503 && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}

/** A command without a key may have had its effect: nobody repeats it unasked. */
const isRepeatable = ({ method, headers }: Request): boolean => method === 'GET' || headers.has('idempotency-key');

/** The header of a command that takes effect once, however often it is sent: a new key, or one of yours. */
export const onceOnly = (key: string = randomUUID()) => ({ 'Idempotency-Key': key });

/** The header of a read that waits for what an answer has shown: read what you have just written. */
export function notBefore({ headers }: Response): { 'Holdfast-Position'?: string } {
  const position = headers.get('holdfast-position');
  return position === null ? {} : { 'Holdfast-Position': position };
}

interface Answered<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer, or null where there is none. Throws HoldfastProblem. */
export function answerOf<Data>({ data, error, response }: Answered<Data>): Data {
  if (response.ok) return data as Data;
  throw new HoldfastProblem(problemIn({ error, response }));
}

/** The problem document as a value; of an answer that brings none, by a proxy say, one with its status. */
export function problemIn({ error, response: { status } }: Answered<unknown>): Problem {
  if (typeof error === 'object' && error !== null && 'code' in error) return error as Problem;
  const detail = `An answer without a problem document: ${String(error)}`;
  return { type: 'about:blank', title: 'Not from the service', status, code: 'internal', detail };
}

/** Every item of a list, page after page: `ask` sends one request with the cursor that it is given. Throws HoldfastProblem. */
export async function* everyItem<Item>(
  ask: (cursor: { cursor?: string }) => Promise<Answered<{ items: Item[]; nextCursor: string | null }>>,
): AsyncGenerator<Item> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = answerOf(await ask(cursor === undefined ? {} : { cursor }));
    yield* page.items;
    cursor = page.nextCursor;
  }
}
