import { createReadStream } from 'node:fs';
import { Readable, pipeline } from 'node:stream';
import { TextDecoder } from 'node:util';
import { CsvError, parse, type Info } from 'csv-parse';
import { ScheduleEventFields } from '../../infrastructure/http/event-fields.js';
import { declaredFields } from '../../infrastructure/http/fields.js';
import { parseJsonObject } from '../../infrastructure/http/json-body.js';
import { HttpProblem, type FieldError } from '../../infrastructure/http/problems.js';

export const FORMATS = ['ndjson', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** The fields that a line says, or what is wrong with it as a line. */
type Said = { readonly fields: Readonly<Record<string, unknown>> } | { readonly errors: readonly FieldError[] };

/** One line of a file. */
export type Row = Said & {
  /** From 1; of a record over several lines the last. */
  readonly line: number;
  /** Bytes of the file up to here. */
  readonly upTo: number;
};

/** As much as a request may be long. */
const MAX_BYTES = 65_536;

/** The events in a file, one by one, blank lines left out. Memory is bounded, whatever is in it. */
export const rowsOf = (file: string, format: Format): AsyncGenerator<Row, void> =>
  format === 'csv' ? csvRows(file) : jsonRows(file);

async function* jsonRows(file: string): AsyncGenerator<Row, void> {
  for await (const { line, upTo, bytes } of linesOf(file)) {
    const at = { line, upTo };
    if (bytes === null) yield { ...at, errors: [whole(`a line of at most ${MAX_BYTES} bytes`)] };
    else if (bytes.toString('latin1').trim() !== '') yield { ...at, ...objectIn(bytes) };
  }
}

function objectIn(bytes: Buffer): Said {
  try {
    return { fields: parseJsonObject(bytes) };
  } catch (error) {
    return { errors: errorsIn(error) };
  }
}

/** What a problem of fields says. Throws anything else on. */
export function errorsIn(error: unknown): readonly FieldError[] {
  if (!(error instanceof HttpProblem)) throw error;
  return error.extensions['errors'] as readonly FieldError[];
}

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

interface Line {
  readonly line: number;
  readonly upTo: number;
  /** Null when there were too many. */
  readonly bytes: Buffer | null;
}

async function* linesOf(file: string): AsyncGenerator<Line, void> {
  let parts: Buffer[] = [];
  let size = 0;
  let line = 1;
  let upTo = 0;
  const end = (): Line => {
    const bytes = size > MAX_BYTES ? null : Buffer.concat(parts);
    parts = [];
    size = 0;
    const isMarked = line === 1 && bytes?.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    return { line: line++, upTo, bytes: isMarked ? bytes!.subarray(BYTE_ORDER_MARK.length) : bytes };
  };
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let from = 0; from < chunk.length;) {
      const feed = chunk.indexOf(LINE_FEED, from);
      const part = chunk.subarray(from, feed < 0 ? chunk.length : feed);
      size += part.length;
      // What is too long is counted, and not kept.
      if (size <= MAX_BYTES) parts.push(part);
      upTo += part.length + (feed < 0 ? 0 : 1);
      if (feed >= 0) yield end();
      from += part.length + 1;
    }
  }
  if (size > 0) yield end();
}

/** What a column holds: numbers are written as text in CSV, and read as what the field takes. */
const COLUMNS = new Map(
  declaredFields(ScheduleEventFields).map(({ name, rule }) => [name, rule.schema['type'] === 'integer']),
);
const NEEDED = ['eventId', 'title', 'startsAt'];

async function* csvRows(file: string): AsyncGenerator<Row, void> {
  const options = { info: true, relax_column_count: true, skip_empty_lines: true, max_record_size: MAX_BYTES } as const;
  const parser = parse(options);
  pipeline(Readable.from(textOf(file)), parser, () => undefined); // What goes wrong is thrown below.
  let names: readonly string[] | null = null;
  let at = { line: 1, upTo: 0 };
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: string[] }>) {
      at = { line: info.lines, upTo: info.bytes };
      if (names !== null) yield { ...at, ...fieldsIn(names, record) };
      else {
        names = record.map((name) => name.trim());
        const errors = wrongWithHeader(names);
        if (errors.length === 0) continue;
        yield { ...at, errors };
        return;
      }
    }
    if (names === null) yield { ...at, errors: wrongWithHeader([]) };
  } catch (error) {
    // Where a quote is open nobody knows what is a line: what follows is not read.
    const line = at.line + 1;
    if (error instanceof NotText) yield { ...at, line, errors: [whole('UTF-8')] };
    else if (error instanceof CsvError) yield { ...at, line, errors: [whole(`CSV (RFC 4180): ${error.message}`)] };
    else throw error;
  }
}

class NotText extends Error {}

async function* textOf(file: string): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk: Buffer, stream: boolean): string => {
    try {
      return decoder.decode(chunk, { stream });
    } catch {
      throw new NotText();
    }
  };
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) yield decode(chunk, true);
  yield decode(Buffer.alloc(0), false);
}

function wrongWithHeader(names: readonly string[]): FieldError[] {
  const known = [...COLUMNS.keys()].join(', ');
  return [
    ...names
      .filter((name, n) => !COLUMNS.has(name) || names.indexOf(name) !== n)
      .map((name) => ({ pointer: `/${name}`, expected: `no such column, or one only; there are ${known}` })),
    ...NEEDED.filter((name) => !names.includes(name)).map((name) => ({
      ...{ pointer: `/${name}`, expected: 'a column of this name in the first line' },
    })),
  ];
}

function fieldsIn(names: readonly string[], record: readonly string[]): Said {
  if (record.length !== names.length) return { errors: [whole(`${names.length} columns, as in the first line`)] };
  const entries = names
    .map((name, n) => [name, record[n]!] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => [name, COLUMNS.get(name) && /^-?\d{1,15}$/.test(text) ? Number(text) : text]);
  return { fields: Object.fromEntries(entries) as Record<string, unknown> };
}

const whole = (expected: string): FieldError => ({ pointer: '', expected });
