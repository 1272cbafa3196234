import type { Transaction, Value } from './database.js';

/** A parameter as the driver takes it. */
export type Parameter = Value | readonly Value[];
export type Values = readonly Parameter[];
/** As the driver gives it: a Date for each `timestamptz`. */
export type Answer = Readonly<Record<string, Value | Date>>;

/** The server's, as it writes instants. */
export type Clock = () => string;

export interface Result {
  readonly rows: readonly Answer[];
  readonly rowCount: number;
}

export interface Program {
  /** Waits for the row of the checkpoint. */
  readonly isLocking: boolean;
  run(transaction: Transaction, values: Values, now: Clock): Result;
}

export function elements(parameter: Parameter, type: string): readonly Value[] {
  if (Array.isArray(parameter)) return parameter as readonly Value[];
  const text = parameter as string;
  if (text.length === 2) return [];
  if (type === 'text') return texts(text);
  return text
    .slice(1, -1)
    .split(',')
    .map((part) => scalar(part, type));
}

const ESCAPED = /"((?:[^"\\]|\\.)*)"|NULL/g;

/** Every text is quoted, so that NULL is no text. */
function texts(text: string): readonly Value[] {
  if (text.includes('\\')) return [...text.matchAll(ESCAPED)].map(([, own]) => own?.replace(/\\(.)/g, '$1') ?? null);
  const found: Value[] = [];
  for (let at = 1; at < text.length - 1;) {
    const end = text[at] === '"' ? text.indexOf('"', at + 1) : -1;
    found.push(end < 0 ? null : text.slice(at + 1, end));
    at = end < 0 ? at + 5 : end + 2;
  }
  return found;
}

function scalar(text: string, type: string): Value {
  if (text === 'NULL') return null;
  if (type === 'integer' || type === 'bigint') return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}

export type Term = (values: Values, now: Clock) => Value;

/** A literal, a parameter with or without a cast, or the server's clock. */
export function term(text: string): Term {
  const parameter = /^\$(\d+)(?:::(\w+))?$/.exec(text);
  if (parameter !== null) {
    const at = Number(parameter[1]) - 1;
    const type = parameter[2];
    if (type === 'bigint' || type === 'integer') return (values) => (values[at] == null ? null : Number(values[at]));
    return (values) => values[at] as Value;
  }
  if (text === 'clock_timestamp()' || text === 'now()') return (_values, now) => now();
  const quoted = /^'([^']*)'$/.exec(text);
  if (quoted !== null) return () => quoted[1]!;
  if (/^\d+$/.test(text)) return () => Number(text);
  const constant = { NULL: null, true: true, false: false }[text];
  if (constant === undefined) throw new Error(`the simulated database does not know the value ${text}`);
  return () => constant;
}

const INSTANT = /_at$|^valid_|^booking_time$|^cancel_until$/;
export const given = (column: string, value: Value | undefined): Value | Date =>
  value == null ? null : INSTANT.test(column) ? new Date(value as string) : value;
