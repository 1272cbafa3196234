import { createRequire } from 'node:module';
import { applyDecorators, type Type } from '@nestjs/common';
import type * as classValidator from 'class-validator';
import { REFUSAL_CODES } from '../../application/refusals.js';
import { LIMITS } from '../../domain/booking/policy.js';
import { USER_ID } from './access.js';
import { instantIn } from './instants.js';
import { escapePointer } from './json-body.js';
import { invalid, type FieldError } from './problems.js';

/**
 * The parts of class-validator that we use. Its front door also loads a hundred ready-made checks, with the telephone
 * numbers of the world: a seventh of a process's start, and of how long it is away after a crash.
 */
const part = createRequire(import.meta.url);
const { ValidateBy } = part('class-validator/cjs/decorator/common/ValidateBy.js') as typeof classValidator;
const { ValidateIf } = part('class-validator/cjs/decorator/common/ValidateIf.js') as typeof classValidator;
const { isEmail } = part('class-validator/cjs/decorator/string/IsEmail.js') as typeof classValidator;
const { Validator } = part('class-validator/cjs/validation/Validator.js') as typeof classValidator;
const validator = new Validator();

/** What one kind of field takes: said in words, as JSON schema, and as a test. Nothing is ever turned into the right kind. */
export interface Rule {
  readonly expected: string;
  readonly schema: Readonly<Record<string, unknown>>;
  test(value: unknown): boolean;
}

const textRule = (pattern: string, expected: string, example: string): Rule => {
  const compiled = new RegExp(pattern, 'u');
  return {
    expected,
    schema: { type: 'string', pattern, description: expected, examples: [example] },
    test: (value) => typeof value === 'string' && compiled.test(value),
  };
};

export const oneOf = (...choices: readonly string[]): Rule => ({
  expected: choices.join(' or '),
  schema: { type: 'string', enum: choices, description: choices.join(' or ') },
  test: (value) => typeof value === 'string' && choices.includes(value),
});

export const whole = ({ min, max, default: usual }: { min: number; max: number; default?: number }): Rule => ({
  expected: `a whole number from ${min} to ${max}`,
  schema: {
    type: 'integer',
    minimum: min,
    maximum: max,
    description: `a whole number from ${min} to ${max}`,
    ...(usual === undefined ? {} : { examples: [usual] }),
  },
  test: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
});

/** The same in a query, where everything is text. */
const wholeText = (min: number, max: number): Rule => ({
  expected: `a whole number from ${min} to ${max}`,
  schema: { type: 'integer', minimum: min, maximum: max, description: `a whole number from ${min} to ${max}` },
  test: (value) =>
    typeof value === 'string' && /^(0|[1-9]\d{0,8})$/.test(value) && Number(value) >= min && Number(value) <= max,
});

/** The form of a position; whether there is such a one is for the log to say. */
export const POSITION = /^[0-9a-f]{8}-\d{20}$/;

const CONTROL = /\p{Cc}/u;

/** Text for people to read. */
const lineOf = ({ min, max }: { min: number; max: number }, example: string): Rule => ({
  expected: `text of ${min} to ${max} characters, without control characters and not blank`,
  schema: { type: 'string', minLength: min, maxLength: max, examples: [example] },
  test: (value) => typeof value === 'string' && value.trim() !== '' && [...value].length <= max && !CONTROL.test(value),
});

export const RULES = {
  title: lineOf(LIMITS.titleLength, 'Piano recital'),
  name: lineOf({ min: 1, max: 200 }, 'Ada Lovelace'),
  email: {
    expected: 'an e-mail address of at most 254 characters',
    schema: { type: 'string', format: 'email', maxLength: 254, examples: ['ada@example.org'] },
    // A quoted local part may have control characters by the RFC; nobody's has.
    test: (value) => isEmail(value) && !CONTROL.test(value as string),
  },
  instant: {
    expected: 'an RFC 3339 instant with an offset, in the UTC years 2000 to 9998',
    schema: { type: 'string', format: 'date-time', examples: ['2027-03-01T18:00:00Z'] },
    test: (value) => typeof value === 'string' && instantIn(value) !== null,
  },
  asOf: {
    expected: 'a position as Holdfast-Position gave it, or an RFC 3339 instant with an offset, not in the future',
    schema: { type: 'string', examples: ['2027-02-01T12:00:00Z', '0f92efe2-00000000000000000002'] },
    test: (value) => typeof value === 'string' && (POSITION.test(value) || instantIn(value) !== null),
  },
  timeZone: {
    expected: 'an IANA time zone such as Europe/Berlin',
    schema: { type: 'string', examples: ['Europe/Berlin'] },
    test: isTimeZone,
  },
  eventId: textRule('^[A-Za-z0-9_-]{1,64}$', '1 to 64 of A-Z a-z 0-9 _ -', 'recital'),
  bookingId: textRule(
    '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    'a UUID in lower case',
    '4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11',
  ),
  code: textRule('^[A-Za-z0-9_.:-]{1,64}$', '1 to 64 of A-Z a-z 0-9 _ . : -', 'room-7'),
  userId: textRule(USER_ID, '1 to 128 of A-Z a-z 0-9 . _ | : - and not beginning with system:', 'ada'),
  boolean: {
    expected: 'true or false',
    schema: { type: 'boolean', description: 'true or false' },
    test: (value) => typeof value === 'boolean',
  },
  booleanText: oneOf('true', 'false'),
  format: oneOf('json', 'ndjson', 'csv'),
  eventStatus: oneOf('scheduled', 'cancelled'),
  bookingStatus: oneOf('waitlisted', 'held', 'confirmed', 'cancelled', 'expired'),
  refusalCode: oneOf(...REFUSAL_CODES),
  pageSize: wholeText(1, 200),
  cursor: textRule('^[A-Za-z0-9_-]{1,4096}$', 'a nextCursor as it was given', 'eyJ...'),
} as const satisfies Readonly<Record<string, Rule>>;

/** The IANA's names of three letters. ICU knows more, such as IST; some of them Postgres takes for other zones. */
const OF_THREE_LETTERS = ['CET', 'EET', 'EST', 'GMT', 'HST', 'MET', 'MST', 'PRC', 'ROC', 'ROK', 'UCT', 'UTC', 'WET'];
/** What else ICU has and the IANA has not, or no longer. */
const OF_ICU = /^(systemv\/.*|us\/pacific-new|canada\/east-saskatchewan)$/i;

/** The IANA names only: Intl also takes offsets, which know no daylight saving, and names of ICU's own. */
function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(value)) return false;
  if (value.length === 3 ? !OF_THREE_LETTERS.includes(value.toUpperCase()) : OF_ICU.test(value)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

type Presence = 'required' | 'optional' | 'nullable';

/** What is told of a field beside its rule. */
interface About {
  readonly description?: string;
  readonly example?: unknown;
}

export interface DeclaredField extends About {
  readonly name: string;
  readonly rule: Rule;
  readonly presence: Presence;
}

/** By the prototype of the DTO, in their order. */
export const DECLARED_FIELDS = new Map<object, DeclaredField[]>();

/** The fields of a DTO, in their order. */
export const declaredFields = (dto: Type): readonly DeclaredField[] =>
  DECLARED_FIELDS.get(dto.prototype as object) ?? [];

/** Declares a field of a DTO: checked by the rule, and described to the API's readers in the same words. */
export function Field(rule: Rule, presence: Presence, about: About = {}): PropertyDecorator {
  const isAbsent = (value: unknown): boolean =>
    presence !== 'required' && (value === undefined || (presence === 'nullable' && value === null));
  return applyDecorators(
    ValidateBy({
      name: 'rule',
      validator: { validate: (value) => rule.test(value), defaultMessage: () => rule.expected },
    }),
    ValidateIf((_, value) => !isAbsent(value)),
    (dto: object, name: string | symbol) => {
      const before = DECLARED_FIELDS.get(dto) ?? [];
      DECLARED_FIELDS.set(dto, [...before, { name: String(name), rule, presence, ...about }]);
    },
  );
}

const MAX_ERRORS = 20;
const NO_FIELD = 'no such field';

const noSuchField = (name: string): FieldError => ({ pointer: `/${escapePointer(name)}`, expected: NO_FIELD });

/** The fields as a DTO. Throws 400 naming every field that is wrong or unknown. */
export function fieldsOf<Dto extends object>(dto: new () => Dto, fields: unknown): Dto {
  const known = new Set(declaredFields(dto).map(({ name }) => name));
  // The validator takes what every object inherits, such as `constructor`, for its own or for declared: it sees no such name.
  const said = Object.entries(fields as object).filter(([name]) => known.has(name));
  const unknown = Object.keys(fields as object).filter((name) => !known.has(name));
  const filled = Object.assign(new dto(), Object.fromEntries(said));
  const wrong = validator.validateSync(filled, { validationError: { target: false, value: false } });
  const errors = [
    ...unknown.map(noSuchField),
    ...wrong.map(({ property, constraints }) => ({
      pointer: `/${escapePointer(property)}`,
      expected: constraints!['rule']!,
    })),
  ];
  if (errors.length > 0) throw invalid(...errors.slice(0, MAX_ERRORS));
  return filled;
}

/** For a body or query where nothing may be said. Throws 400. */
export function noFields(fields: unknown): void {
  const errors = Object.keys(fields as object).map(noSuchField);
  if (errors.length > 0) throw invalid(...errors.slice(0, MAX_ERRORS));
}

/** One value from a path or a header, named as a field. Throws 400. */
export function valueOf(rule: Rule, value: unknown, pointer: string): string {
  if (!rule.test(value)) throw invalid({ pointer, expected: rule.expected });
  return value as string;
}

/** What a compiled validator says, in the same words. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: { readonly description?: string };
}

export function fieldErrorsOf(errors: readonly SchemaError[]): FieldError[] {
  const byPointer = new Map<string, string>();
  for (const { instancePath, keyword, params, parentSchema } of errors) {
    const unknown = keyword === 'additionalProperties';
    const pointer = unknown ? `/${escapePointer(String(params['additionalProperty']))}` : instancePath;
    byPointer.set(pointer, unknown ? NO_FIELD : (parentSchema?.description ?? 'something else'));
  }
  return [...byPointer].slice(0, MAX_ERRORS).map(([pointer, expected]) => ({ pointer, expected }));
}
