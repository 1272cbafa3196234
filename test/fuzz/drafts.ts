import fc from 'fast-check';
import { choices, type Choice } from './callers.js';
import type { ApiDescription, Operation, Parameter } from './description.js';
import type { Hostile } from './hostile.js';
import { HOSTILE } from './hostile-heads.js';
import { Values } from './values.js';

/** A request as it was drawn: what it takes from earlier answers is only chosen when it is sent. */
export interface Draft {
  readonly operation: Operation;
  readonly choice: Choice;
  readonly body: unknown;
  readonly texts: Readonly<Record<string, string>>;
  /** Which of the query's fields are sent. */
  readonly asked: readonly string[];
  readonly picks: readonly number[];
  readonly key: 'none' | 'own' | 'shared';
  readonly ifMatch: 'none' | 'any' | 'fresh' | 'other';
  readonly follows: 'none' | 'position';
  readonly accept: string | null;
  readonly twist:
    | { readonly kind: 'none' }
    | { readonly kind: 'repeat' }
    | Flaw
    | { readonly kind: 'hostile'; readonly hostile: Hostile };
}

/** One thing that the description does not allow. `value` undefined: what must be there is not. */
export interface Flaw {
  readonly kind: 'flaw';
  readonly place: 'body' | 'query' | 'path' | 'header';
  readonly name: string;
  readonly value: unknown;
}

const BAD_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'Idempotency-Key': ['', '""', 'two words', '"a"b', 'x'.repeat(256), '\xf6', '"\\x"'],
  'If-Match': ['W/"1-000000"', '1-000000', '', '"1-000000",', '"', '*, "1-000000"'],
  'Holdfast-Position': ['x', '', '00000000-1', `ffffffff-${'0'.repeat(20)}`, `00000000-${'9'.repeat(20)}`],
};

/** Requests of a whole description: two thirds as it allows them, the others not. */
export function drafts(description: ApiDescription): fc.Arbitrary<Draft> {
  const values = new Values(description);
  const each = description.operations.map((operation) => ({
    // What writes, and what is of one thing, is most of what people do.
    weight: (operation.method === 'GET' ? 2 : 4) + (operation.path.includes('{') ? 1 : 0),
    arbitrary: draftsOf(operation, values),
  }));
  return fc.oneof(...each);
}

function draftsOf(operation: Operation, values: Values): fc.Arbitrary<Draft> {
  const { parameters, body } = operation;
  const texts = Object.fromEntries(
    parameters.filter(isText).map((parameter) => [parameter.name, values.text(parameter)]),
  );
  const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const types = Object.keys(operation.responses.get('200')?.content ?? {});
  const flaws = flawsOf(operation, values);
  const hostile = HOSTILE.filter(({ needs }) => needs !== 'body' || body !== null);
  return fc.record({
    operation: fc.constant(operation),
    choice: choices,
    body: body === null ? fc.constant(undefined) : bodies(values.of(body.schema), body.required),
    texts: fc.record(texts),
    asked: fc.oneof(fc.constant([]), fc.subarray(query, { maxLength: Math.min(2, query.length) })),
    picks: fc.array(fc.nat(1_000), { minLength: 6, maxLength: 6 }),
    key: fc.constantFrom('none', 'own', 'own', 'own', 'shared'),
    ifMatch: fc.constantFrom('none', 'any', 'fresh', 'fresh', 'other'),
    follows: fc.constantFrom('none', 'none', 'none', 'position'),
    accept: types.length < 2 ? fc.constant(null) : fc.constantFrom(null, ...types, '*/*', 'image/png'),
    twist: fc.oneof(
      { weight: 60, arbitrary: fc.constant({ kind: 'none' as const }) },
      { weight: 10, arbitrary: fc.constant({ kind: 'repeat' as const }) },
      ...(flaws.length === 0 ? [] : [{ weight: 15, arbitrary: fc.constantFrom(...flaws) }]),
      {
        weight: 15,
        arbitrary: fc.constantFrom(...hostile).map((each) => ({ kind: 'hostile' as const, hostile: each })),
      },
    ),
  });
}

const isText = ({ in: place }: Parameter): boolean => place === 'path' || place === 'query';

const bodies = (value: fc.Arbitrary<unknown>, required: boolean): fc.Arbitrary<unknown> =>
  required ? value : fc.oneof({ weight: 5, arbitrary: value }, fc.constant(undefined));

/** Everything in which one rule of this route can be broken. */
function flawsOf({ parameters, body, method, path }: Operation, values: Values): Flaw[] {
  const flaw = (place: Flaw['place'], name: string, value: unknown): Flaw => ({ kind: 'flaw', place, name, value });
  const properties = Object.entries((body?.schema['properties'] ?? {}) as Record<string, Record<string, unknown>>);
  const required = (body?.schema['required'] ?? []) as string[];
  const texts = parameters.filter(isText).flatMap((parameter) =>
    values
      .brokenText(parameter)
      // Without it the path is another one.
      .filter((value) => parameter.in === 'query' || !['', '../..'].includes(value))
      .map((value) => flaw(parameter.in as 'path' | 'query', parameter.name, value)),
  );
  const headers = parameters
    .filter((parameter) => parameter.in === 'header')
    .flatMap(({ name }) => (BAD_HEADERS[name] ?? []).map((value) => flaw('header', name, value)));
  const isOwn = path.startsWith('/v1/');
  return [
    ...properties.flatMap(([name, schema]) => values.broken(schema).map((value) => flaw('body', name, value))),
    ...required.map((name) => flaw('body', name, undefined)),
    ...(isOwn && method !== 'GET' && method !== 'DELETE'
      ? [flaw('body', 'unknown', 1), flaw('body', 'toString', {})]
      : []),
    ...(isOwn && method === 'GET' ? [flaw('query', 'unknown', '1'), flaw('query', '__proto__', '1')] : []),
    ...texts,
    ...headers,
  ];
}
