import fc from 'fast-check';
import type { ApiDescription, Parameter, Schema } from './description.js';

const DAY_MS = 86_400_000;
const MOST_ITEMS = 3;
const MAX_DEPTH = 5;

/** Near enough that sales are on and far enough that they last; now and then any instant at all. */
const instants = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 400 }).map((days) => instantIn(days * DAY_MS)) },
  { weight: 1, arbitrary: fc.integer({ min: -40, max: 0 }).map((days) => instantIn(days * DAY_MS)) },
  {
    weight: 1,
    arbitrary: fc
      .date({ min: new Date('2000-01-01'), max: new Date('9998-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
);

const instantIn = (ms: number): string => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + ms).toISOString();

const BY_FORMAT: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'date-time': instants,
  date: instants.map((text) => text.slice(0, 10)),
  email: fc.constantFrom('ada@example.org', 'bob+tag@example.org', 'x.y@sub.example.org'),
  // Whatever is told an address may call it: these lead nowhere.
  uri: fc.constantFrom('http://127.0.0.1:9/hook', 'https://hooks.invalid/a', 'https://hooks.invalid/b?x=1'),
  uuid: fc.uuid(),
};

/** Text that people might send, in every alphabet. */
const lines = fc.oneof(
  fc.constantFrom('Piano recital', 'Öl & Maß', '<script>alert(1)</script>', "Robert'); DROP TABLE log.events;--", '😀'),
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
);

/** Of any kind of thing something that it may not be, or may only just not be. */
const ODD_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 1.5, 2 ** 31, 1_000_001, 7_201, 604_801],
  ...[
    '',
    ' ',
    'ö',
    'a b',
    '../x',
    'x'.repeat(65),
    'x'.repeat(129),
    'x'.repeat(255),
    'tomorrow',
    '2030-02-30T00:00:00Z',
  ],
  ...['2030-06-01T18:00:00', '@', 'a@b', 'system:settle', [], ['x'], {}, { x: 1 }],
];
const ODD_TEXTS: readonly string[] = [
  ...['', ' ', 'ö', 'a b', 'a.b', '-1', '0', '1e1', '1.5', '201', '999999999999', 'true ', 'x'.repeat(65)],
  ...['x'.repeat(129), '2030', '2030-02-30T00:00:00Z', 'null', '[]', "' OR 1=1 --", '../..', 'system:settle'],
];

/** Makes what a schema allows, and what it does not. */
export class Values {
  constructor(private readonly description: ApiDescription) {}

  of(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
    const resolved = this.description.resolved(schema);
    const { type, const: only, enum: choices, anyOf, oneOf, allOf } = resolved as Record<string, unknown[]>;
    if ('const' in resolved) return fc.constant(only);
    if (choices !== undefined) return fc.constantFrom(...choices);
    const alternatives = anyOf ?? oneOf;
    if (alternatives !== undefined) return fc.oneof(...alternatives.map((each) => this.of(each as Schema, depth)));
    if (allOf !== undefined) return this.of(Object.assign({}, ...allOf.map((each) => this.resolvedOf(each))), depth);
    if (Array.isArray(type)) return fc.oneof(...type.map((each) => this.of({ ...resolved, type: each }, depth)));
    const value = this.ofType(String(type), resolved, depth);
    return resolved['nullable'] === true ? fc.oneof({ weight: 4, arbitrary: value }, fc.constant(null)) : value;
  }

  /** The values of the list of odd ones that the schema refuses. */
  broken(schema: Schema): readonly unknown[] {
    const isValid = this.description.validator(schema);
    const mayBeNull = schema['nullable'] === true;
    return ODD_VALUES.filter((value) => !(mayBeNull && value === null) && !isValid(value));
  }

  /** A path's or query's value: there, everything is text. */
  text(parameter: Parameter): fc.Arbitrary<string> {
    return this.of(parameter.schema).map(String);
  }

  brokenText({ schema }: Parameter): readonly string[] {
    const isValid = this.description.validator(schema);
    const isNumber = schema['type'] === 'integer' || schema['type'] === 'number';
    const isFlag = schema['type'] === 'boolean';
    const valueOf = (text: string): unknown => {
      if (isNumber && /^-?\d+$/.test(text)) return Number(text);
      return isFlag && (text === 'true' || text === 'false') ? text === 'true' : text;
    };
    return ODD_TEXTS.filter((text) => !isValid(valueOf(text)));
  }

  private resolvedOf(schema: unknown): Schema {
    return this.description.resolved(schema as Schema);
  }

  private ofType(type: string, schema: Schema, depth: number): fc.Arbitrary<unknown> {
    switch (type) {
      case 'string':
        return textOf(schema);
      case 'integer':
      case 'number':
        return numberOf(schema);
      case 'boolean':
        // What is off unless said is off often enough.
        return fc.constantFrom(true, true, true, false);
      case 'null':
        return fc.constant(null);
      case 'array':
        if (depth >= MAX_DEPTH) return fc.constant([]);
        return fc.array(this.of((schema['items'] ?? {}) as Schema, depth + 1), {
          minLength: (schema['minItems'] as number | undefined) ?? 0,
          maxLength: Math.max((schema['minItems'] as number | undefined) ?? 0, MOST_ITEMS),
        });
      case 'object':
        return depth >= MAX_DEPTH ? fc.constant({}) : this.objectOf(schema, depth);
      default:
        return fc.constantFrom('x', 1, true);
    }
  }

  /** Every field that must be there, and each of the others now and then: with all of them most requests contradict themselves. */
  private objectOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
    const required = new Set((schema['required'] ?? []) as string[]);
    const fields = properties.map(([name, each]) => {
      const value = this.of(each, depth + 1).map((made): [string, unknown][] => [[name, made]]);
      return required.has(name) ? value : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, value);
    });
    return fc.tuple(...fields).map((made) => Object.fromEntries(made.flat()));
  }
}

function numberOf(schema: Schema): fc.Arbitrary<number> {
  const min = (schema['minimum'] as number | undefined) ?? 0;
  const max = (schema['maximum'] as number | undefined) ?? 1_000_000;
  const low = fc.integer({ min, max: Math.min(max, min + 4) });
  const whole = fc.integer({ min, max });
  return fc.oneof({ weight: 3, arbitrary: low }, { weight: 2, arbitrary: whole }, fc.constantFrom(min, max));
}

function textOf(schema: Schema): fc.Arbitrary<string> {
  const { format, pattern, minLength = 0, maxLength = 100 } = schema as Record<string, never>;
  if (pattern !== undefined) return matching(pattern);
  if (format !== undefined && format in BY_FORMAT) return BY_FORMAT[format]!;
  const examples = [schema['examples'] ?? [], schema['example'] ?? []].flat() as string[];
  const text = lines.filter((line) => [...line].length >= minLength && [...line].length <= maxLength);
  return examples.length === 0
    ? text
    : fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...examples.map(String)) }, text);
}

/** Looking ahead is more than the generator can; what it makes without is looked at afterwards. */
function matching(pattern: string): fc.Arbitrary<string> {
  const whole = new RegExp(pattern, 'u');
  return fc.stringMatching(new RegExp(pattern.replace(/\(\?!.*?\)/g, ''))).filter((text) => whole.test(text));
}
