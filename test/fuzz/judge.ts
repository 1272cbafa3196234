import { PROBLEM_KINDS } from '../../src/infrastructure/http/problems.js';
import type { Ask } from './ask.js';
import type { Operation, Response } from './description.js';
import { jsonOf } from './memory.js';
import type { Answer } from './wire.js';

/** Said of answers for a program to act on: an answer that has one must be described with it. */
const TOLD_HEADERS = [
  ...['etag', 'location', 'link', 'holdfast-position', 'idempotency-replayed', 'retry-after'],
  ...['www-authenticate', 'allow', 'x-request-id'],
];
const PROBLEM = 'application/problem+json';
const CODES = new Map(PROBLEM_KINDS.map((kind) => [kind.code, kind]));

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with an answer, in a few words each; nothing: it is as it must be. */
export function faultsOf(ask: Ask, answer: Answer): string[] {
  const faults = [statusFault(ask, answer), idFault(ask, answer), repeatFault(ask, answer), problemFault(ask, answer)];
  const { operation } = ask;
  // What is refused unread is no answer of a route.
  if (operation !== null && !ask.isUnread) faults.push(...descriptionFaults(operation, ask, answer));
  return faults.filter((fault) => fault !== null);
}

function statusFault(
  { isUnread, sender, isPublic, expected, mayAsk, kind }: Ask,
  { status, headers }: Answer,
): string | null {
  const only = (right: readonly number[]): string | null =>
    right.includes(status) ? null : `${status} instead of ${right.join(' or ')}`;
  if (status === 503 && !/^[1-9]\d*$/.test(headers.get('retry-after') ?? '')) return '503 without Retry-After';
  if (status >= 500 && status !== 503) return `${status}`;
  const isNobody = sender.caller === null && !isPublic;
  // Where the body is broken, a look at the token may come first.
  if (isUnread) return only([...expected!, ...(isNobody ? [401] : [])]);
  if (isNobody) return only([401]);
  if (kind === 'hostile' && expected !== null) return only(expected);
  if (!mayAsk) return only([403]);
  return expected === null ? null : only(expected);
}

/** Any other id would be the answer to another request. */
const idFault = ({ requestId }: Ask, { headers }: Answer): string | null =>
  requestId === null || headers.get('x-request-id') === requestId ? null : 'X-Request-Id of another request';

function repeatFault({ repeats }: Ask, { status, headers, body }: Answer): string | null {
  if (repeats === null || headers.get('idempotency-replayed') !== 'true') return null;
  return status === repeats.status && body.toString('utf8') === repeats.body ? null : 'another answer on replay';
}

/** Everything that is not a yes is a problem document (RFC 9457), of a kind that there is. */
function problemFault({ request }: Ask, answer: Answer): string | null {
  const { status, headers } = answer;
  if (status < 400) return null;
  if (headers.get('content-type') !== PROBLEM) return `a ${status} that is no problem document`;
  if (request.method === 'HEAD') return null;
  const problem = jsonOf(answer) as Json | null;
  if (problem === null) return 'a problem document that is no JSON';
  const kind = CODES.get(String(problem['code']));
  if (kind === undefined) return `a problem with the unknown code ${String(problem['code'])}`;
  const { type, title, detail, status: said } = problem;
  if (type !== `/problems/${kind.code}` || title !== kind.title || detail !== kind.detail)
    return 'words of another problem';
  if (said !== status || kind.status !== status) return `${kind.code} with the status ${status}`;
  if (kind.code === 'validation-failed' && !hasErrors(problem['errors'])) return 'validation-failed without errors';
  if (status === 401 && !headers.has('www-authenticate')) return '401 without WWW-Authenticate';
  return status === 405 && !headers.has('allow') ? '405 without Allow' : null;
}

const hasErrors = (errors: unknown): boolean =>
  Array.isArray(errors) &&
  errors.every(({ pointer, expected }: Json) => typeof pointer === 'string' && typeof expected === 'string');

/** Status, code, media type, shape and headers are those of the route's description. */
function descriptionFaults(operation: Operation, { request }: Ask, answer: Answer): (string | null)[] {
  const { status, headers } = answer;
  const response = operation.responses.get(String(status));
  if (response === undefined) return [`${status} is not described`];
  const untold = TOLD_HEADERS.filter((name) => headers.has(name) && !response.headers.has(name));
  const code = status >= 400 ? (jsonOf(answer) as Json | null)?.['code'] : undefined;
  return [
    untold.length === 0 ? null : `${status} with ${untold.join(', ')} is not described`,
    typeof code !== 'string' || isTold(response, code) ? null : `${code} is not described`,
    request.method === 'HEAD' || answer.body.length === 0 ? null : contentFault(response, answer),
  ];
}

const isTold = ({ text }: Response, code: string): boolean =>
  text.includes(`"${code}"`) || text.includes(`\`${code}\``);

function contentFault({ content }: Response, { status, headers, body }: Answer): string | null {
  const type = headers.get('content-type')?.split(';', 1)[0]!.trim() ?? 'no type';
  if (!Object.hasOwn(content, type)) return `${status} as ${type} is not described`;
  const isValid = content[type];
  if (isValid == null) return null;
  const text = body.toString('utf8');
  const values: unknown[] = type.endsWith('json')
    ? text
        .split(type.endsWith('ndjson') ? '\n' : '\0')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown)
    : [text];
  const wrong = values.find((value) => isValid(value) !== true);
  if (wrong === undefined) return null;
  isValid(wrong);
  const [error] = isValid.errors ?? [];
  return `${status} is not of its schema: ${error?.instancePath || '/'} ${error?.message}`;
}
