import { FIRST_INSTANT, LAST_INSTANT, textOf } from '../../src/infrastructure/instant.js';
import { STATUSES, type Field, type Shape } from '../../src/infrastructure/event-store/shapes.js';
import type { Meaning } from './meanings.js';

type Json = Readonly<Record<string, unknown>>;

/** What one form of data may be, as JSON Schema: the codec's own table of shapes, in another notation. */
export function schemaOf(name: string, version: number, shape: Shape, { sentence, fields }: Meaning): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: schemaName(name, version),
    title: `${name}, version ${version}`,
    description: sentence,
    type: 'object',
    properties: Object.fromEntries(shape.map((field) => [field.name, property(field, meaningOf(field, fields))])),
    required: shape.filter(({ optional }) => !optional).map((field) => field.name),
    additionalProperties: false,
  };
}

export const schemaName = (name: string, version: number): string => `${name}.v${version}.json`;

/** The sentence of a field that is stored. Throws where the code has none. */
export function meaningOf({ name }: Field, fields: Meaning['fields']): string {
  const sentence = fields.get(name);
  if (sentence === undefined) throw new Error(`${name} is stored, and the types do not say what it means`);
  return sentence;
}

function property(field: Field, description: string): Json {
  const { type, ...rest } = kindSchema(field);
  return { type: field.clearable ? [type, 'null'] : type, ...rest, description };
}

function kindSchema({ kind }: Field): Json {
  switch (kind) {
    case 'text':
      return { type: 'string' };
    case 'status':
      return { type: 'string', enum: STATUSES };
    case 'count':
      return { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
    case 'flag':
      return { type: 'boolean' };
    case 'instant':
      return { type: 'string', format: 'date-time', pattern: INSTANT };
    default:
      return kind satisfies never;
  }
}

/** UTC with milliseconds, and nothing else. */
const INSTANT = String.raw`^[2-9]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`;

/** Each kind in words, for people. */
export const KINDS: Readonly<Record<Field['kind'], string>> = {
  text: 'text',
  count: 'whole number, 0 or more',
  flag: 'true or false',
  instant: 'instant',
  status: STATUSES.map((status) => `\`${status}\``).join(', '),
};

export const INSTANT_BOUNDS = { first: textOf(FIRST_INSTANT), last: textOf(LAST_INSTANT) };
