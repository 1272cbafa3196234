import type { Transaction, Value } from './database.js';

/** A parameter as the driver takes it. */
export type Parameter = Value | Buffer | readonly Value[];
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

/** An array as the driver takes it, or in the server's own form: its head, then the length and the bytes of each value. */
export function elements(parameter: Parameter, type: string): readonly Value[] {
  if (!Buffer.isBuffer(parameter)) return parameter as readonly Value[];
  const form = FORMS[type];
  if (form === undefined || parameter.readInt32BE(8) !== form.oid)
    throw new Error(`an array of another type than ${type}`);
  const values: Value[] = [];
  for (let at = 20; at < parameter.length;) {
    const length = parameter.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : form.read(parameter, at, at + length));
    at += Math.max(length, 0);
  }
  if (values.length !== parameter.readInt32BE(12)) throw new Error('an array that says it has more or fewer values');
  return values;
}

interface Form {
  readonly oid: number;
  readonly read: (array: Buffer, at: number, end: number) => Value;
}

const FORMS: Readonly<Record<string, Form>> = {
  text: { oid: 25, read: (array, at, end) => array.toString('utf8', at, end) },
  integer: { oid: 23, read: (array, at) => array.readInt32BE(at) },
  bigint: { oid: 20, read: (array, at) => Number(array.readBigInt64BE(at)) },
  boolean: { oid: 16, read: (array, at) => array[at] === 1 },
  timestamptz: {
    oid: 1184,
    read: (array, at) => new Date(Number(array.readBigInt64BE(at) / 1_000n) + Date.UTC(2000, 0, 1)).toISOString(),
  },
};

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
