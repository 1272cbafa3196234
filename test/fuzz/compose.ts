import { chosen, isPublic, mayAsk } from './callers.js';
import type { Ask } from './ask.js';
import type { Draft, Flaw } from './drafts.js';
import type { Hostile } from './hostile.js';
import type { Memory } from './memory.js';
import { headerOf, withHeaders, type Header, type Request } from './request.js';

/** Who asks, and for the how manieth time: what makes ids and keys that nobody else has. */
export interface Turn {
  readonly lane: string;
  readonly n: number;
}

const asPath = (text: string): string => encodeURIComponent(text);

/** The request that a draft has become by the time it is sent. */
export function compose(draft: Draft, memory: Memory, turn: Turn): Ask {
  const earlier = draft.twist.kind === 'repeat' ? memory.earlier(draft.picks[0]!) : undefined;
  const ask = earlier === undefined ? composed(draft, memory, turn) : repeated(earlier, turn);
  return draft.twist.kind === 'hostile' ? madeHostile(ask, draft.twist.hostile, turn.n) : ask;
}

function composed(draft: Draft, memory: Memory, turn: Turn): Ask {
  const { operation, picks } = draft;
  const flaw = draft.twist.kind === 'flaw' ? draft.twist : null;
  const names = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  // Now and then something that does not exist, or belongs to something else.
  const thing = picks[0]! % 12 === 0 ? undefined : memory.thing(names, picks[1]!);
  const path = pathOf(draft, flaw, thing ?? {});
  const query = queryOf(draft, memory, flaw, path);
  const target = path + searchOf(query);
  const sender = chosen(draft.choice, operation, query, thing?.['userId']);
  const requestId = `fuzz-${turn.lane}-${turn.n}`;
  const { key, headers } = headersOf(draft, memory, turn, path);
  const authorization: Header[] = sender.authorization === null ? [] : [['Authorization', sender.authorization]];
  const body = bodyOf(draft, flaw);
  const type: Header[] = body === null ? [] : [['Content-Type', 'application/json']];
  const common: Header[] = [['Host', 'localhost'], ['X-Request-Id', requestId], ...authorization, ...type];
  const plain: Request = { method: operation.method, target, headers: [...common, ...headers], body };
  const request = flaw?.place === 'header' ? withHeaders(plain, [flaw.name, String(flaw.value)]) : plain;
  return {
    kind: flaw === null ? 'valid' : 'nearly valid',
    what: flaw === null ? '' : `${flaw.place} ${flaw.name} ${shown(flaw.value)}`,
    ...{ request, operation, sender, requestId, key, isUnread: false, repeats: null },
    expected: flaw === null ? null : [400],
    mayAsk: mayAsk(operation, query, sender),
    isPublic: isPublic(operation, target),
  };
}

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value).slice(0, 40));

function pathOf({ operation, texts }: Draft, flaw: Flaw | null, ids: Readonly<Record<string, string>>): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    asPath(flaw?.place === 'path' && flaw.name === name ? String(flaw.value) : (ids[name] ?? texts[name]!)),
  );
}

/** What can be known is mostly taken from what was answered: ids, cursors and positions made up lead nowhere. */
function queryOf(draft: Draft, memory: Memory, flaw: Flaw | null, path: string): Record<string, string> {
  const known: Readonly<Record<string, () => string | undefined>> = {
    cursor: () => memory.cursor(path, draft.picks[2]!),
    asOf: () => memory.position(draft.picks[2]!),
  };
  const query: Record<string, string> = {};
  for (const name of draft.asked) {
    const found = Object.hasOwn(known, name) ? known[name]!() : memory.thing([name], draft.picks[2]!)?.[name];
    query[name] = found !== undefined && draft.picks[3]! % 6 > 0 ? found : draft.texts[name]!;
  }
  if (flaw?.place !== 'query') return query;
  // Assigned, __proto__ would not become a field.
  return Object.defineProperty({}, flaw.name, { value: String(flaw.value), enumerable: true }) as typeof query;
}

function searchOf(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${asPath(name)}=${asPath(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function headersOf(
  draft: Draft,
  memory: Memory,
  { lane, n }: Turn,
  path: string,
): { key: string | null; headers: Header[] } {
  const { operation, picks, accept } = draft;
  const takes = new Set(operation.parameters.filter((each) => each.in === 'header').map(({ name }) => name));
  const headers: Header[] = accept === null ? [] : [['Accept', accept]];
  const own = takes.has('Idempotency-Key') && draft.key === 'own' ? `key-${lane}-${n}` : null;
  if (own !== null) headers.push(['Idempotency-Key', picks[4]! % 2 === 0 ? own : `"${own}"`]);
  if (takes.has('Idempotency-Key') && draft.key === 'shared')
    headers.push(['Idempotency-Key', `shared-${picks[4]! % 3}`]);
  const tag = takes.has('If-Match') ? tagOf(draft, memory, path) : undefined;
  if (tag !== undefined) headers.push(['If-Match', tag]);
  if (takes.has('If-None-Match') && picks[5]! % 3 === 0) headers.push(['If-None-Match', memory.etag(path) ?? '*']);
  const position = draft.follows === 'position' ? memory.position(picks[4]!) : undefined;
  if (takes.has('Holdfast-Position') && position !== undefined) headers.push(['Holdfast-Position', position]);
  return { key: own, headers };
}

function tagOf({ ifMatch, picks }: Draft, memory: Memory, path: string): string | undefined {
  switch (ifMatch) {
    case 'none':
      return undefined;
    case 'any':
      return '*';
    case 'fresh':
      return memory.etag(path.replace(/\/(confirm|extend|cancel)$/, '')) ?? '*';
    case 'other':
      return memory.anyEtag(picks[4]!) ?? '"0-000000"';
  }
}

function bodyOf({ operation, body }: Draft, flaw: Flaw | null): Buffer | null {
  if (flaw?.place !== 'body') return body === undefined ? null : Buffer.from(JSON.stringify(body));
  const fields = (operation.body === null ? {} : (body ?? {})) as Record<string, unknown>;
  const { [flaw.name]: _, ...others } = fields;
  return Buffer.from(JSON.stringify(flaw.value === undefined ? others : { ...others, [flaw.name]: flaw.value }));
}

/** The same bytes once more, but for the id of the request. */
function repeated({ ask, answer }: NonNullable<ReturnType<Memory['earlier']>>, { lane, n }: Turn): Ask {
  const requestId = `fuzz-${lane}-${n}`;
  return {
    ...ask,
    ...{ kind: 'repeat', what: 'the same with the same key', requestId, expected: null },
    request: withHeaders(ask.request, ['X-Request-Id', requestId]),
    repeats: { status: answer.status, body: answer.body.toString('utf8') },
  };
}

/** The same with something odd about it; as it was, where that cannot be. */
export function madeHostile(ask: Ask, { name, needs, expected, isUnread, of }: Hostile, n: number): Ask {
  const base = needs === 'body' && ask.request.body === null ? withBody(ask.request) : ask.request;
  const request = of(base, n);
  const isElsewhere = request.target !== base.target || request.method !== base.method;
  // Who is asked for no token cannot show a bad one, and not every path can be written in every way.
  if (needs === 'token' && (ask.isPublic || (name.startsWith('path') && !isElsewhere))) return ask;
  const isIdKept = headerOf(request, 'X-Request-Id') === ask.requestId && isUnread !== true;
  return {
    ...ask,
    ...{ kind: 'hostile', what: name, request, expected, isUnread: isUnread === true, repeats: null, key: null },
    operation: isElsewhere ? null : ask.operation,
    requestId: isIdKept ? ask.requestId : null,
  };
}

const withBody = (request: Request): Request => ({
  ...withHeaders(request, ['Content-Type', 'application/json']),
  body: Buffer.from('{}'),
});
