import type { DatedRecord } from './log-walk.js';

/** The log as files, byte by byte: parts of NDJSON, a record a line, and a manifest. */

/** A folder with a file of this name holds a whole export. */
export const MANIFEST = 'manifest.json';

/** A part is read at once: nothing larger is written, or taken. */
export const MOST_BYTES = 64 * 1_024 * 1_024;

export interface Part {
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  /** Positions of its first and its last record in the log it came from. */
  readonly first: string;
  readonly last: string;
  readonly sha256: string;
}

/** Of an export from its beginning on. */
export interface Draft {
  readonly format: 'holdfast-log';
  readonly version: 1;
  readonly logId: string;
  readonly streamPrefix: string;
  /** Positions are 1, 2, 3 …; elsewhere they only rise. */
  readonly gapless: boolean;
  readonly beganAt: string;
  /** Where the log ended when the export began: later records are not in it. */
  readonly position: string;
  readonly parts: readonly Part[];
}

export interface Manifest extends Draft {
  readonly records: number;
  /** SHA-256 over the hashes of all records, in their order: what `holdfast log verify` tells of the same log. */
  readonly digest: string;
  /** The last record of every stream. */
  readonly heads: { readonly file: string; readonly streams: number; readonly bytes: number; readonly sha256: string };
}

/** Files that are not what an export wrote. Says which, where, and what to do. */
export class BadExport extends Error {
  override readonly name = 'BadExport';
}

export const lineOf = ({ position, stream, revision, id, type, recordedAt, data, metadata }: DatedRecord): string =>
  `${JSON.stringify({ position: String(position), stream, revision, id, type, recordedAt, data, metadata })}\n`;

export const isWhole = (manifest: Manifest | Draft): manifest is Manifest => 'digest' in manifest;

/** Throws BadExport at the first line that is no record. */
export function recordsIn(file: string, bytes: Buffer): DatedRecord[] {
  const records: DatedRecord[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, from);
    const where = `${file}, line ${records.length + 1}`;
    if (end < 0) throw new BadExport(`${where}: the line is cut off`);
    records.push(recordIn(where, bytes.toString('utf8', from, end)));
    from = end + 1;
  }
  return records;
}

const NEWLINE = 0x0a;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NAME = /^\P{Cc}+$/u;
const POSITION = /^(0|[1-9]\d{0,18})$/;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;
const SHA256 = /^[0-9a-f]{64}$/;

type Members = Readonly<Record<string, unknown>>;
type Rule = readonly [expected: string, holds: (value: unknown) => boolean];

const text = (pattern: RegExp, expected: string): Rule => [
  expected,
  (value) => typeof value === 'string' && pattern.test(value),
];
const count: Rule = ['a whole number', (value) => Number.isSafeInteger(value) && (value as number) >= 0];
const position = text(POSITION, 'a position, as text');
const sha256 = text(SHA256, '64 hex digits');
const fileName = text(/^[\w-][\w.-]*$/, 'the name of a file in this folder');
const partBytes: Rule = [
  `1 to ${MOST_BYTES}`,
  (value) => Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= MOST_BYTES,
];

const RECORD: Readonly<Record<keyof DatedRecord, Rule>> = {
  position,
  stream: text(NAME, 'the name of a stream'),
  revision: count,
  id: text(UUID, 'a UUID'),
  type: text(NAME, 'the name of a domain event'),
  recordedAt: text(DATE, 'an instant in UTC'),
  data: text(/^\{[^\n]*\}$/, 'the text of a JSON object'),
  metadata: text(/^\{[^\n]*\}$/, 'the text of a JSON object'),
};
const PART: Readonly<Record<keyof Part, Rule>> = {
  ...{ file: fileName, records: count, bytes: partBytes, first: position, last: position, sha256 },
};
const DRAFT_FIELDS: Readonly<Record<keyof Draft, Rule>> = {
  format: ['"holdfast-log"', (value) => value === 'holdfast-log'],
  version: ['1, the only version there is', (value) => value === 1],
  logId: text(/^[0-9a-f]{8}$/, '8 hex digits'),
  streamPrefix: text(NAME, 'the STREAM_PREFIX of the log'),
  gapless: ['true or false', (value) => typeof value === 'boolean'],
  beganAt: text(DATE, 'an instant in UTC'),
  position,
  parts: ['a list', Array.isArray],
};
const WHOLE_FIELDS = { records: count, digest: sha256, heads: ['an object', isObject] as const };
const HEAD_FIELDS = { file: fileName, streams: count, bytes: count, sha256 };

function recordIn(where: string, line: string): DatedRecord {
  const value = parsed(where, line);
  expectFields(`${where}: `, value, RECORD);
  const { position, ...record } = value as unknown as DatedRecord & { position: string };
  return { ...record, position: BigInt(position) };
}

/** `name` tells whether it has to be whole. Throws BadExport with the field. */
export function manifestIn(name: string, content: string): Manifest | Draft {
  const value = parsed(name, content);
  const where = `${name}: `;
  expectFields(where, value, name === MANIFEST ? { ...DRAFT_FIELDS, ...WHOLE_FIELDS } : DRAFT_FIELDS);
  const manifest = value as unknown as Manifest;
  for (const [n, part] of manifest.parts.entries()) {
    const at = `${where}parts[${n}]`;
    if (!isObject(part)) throw new BadExport(`${at}: expected an object`);
    expectFields(`${at}.`, part as unknown as Members, PART);
  }
  if (name !== MANIFEST) return manifest;
  expectFields(`${where}heads.`, manifest.heads as unknown as Members, HEAD_FIELDS);
  const sum = manifest.parts.reduce((total, { records }) => total + records, 0);
  if (sum !== manifest.records) throw new BadExport(`${where}records: expected ${sum}, as many as its parts have`);
  return manifest;
}

function parsed(where: string, json: string): Members {
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value as Members;
  } catch {
    // Told below, as everything else that is no JSON object.
  }
  throw new BadExport(`${where}: expected a JSON object`);
}

function expectFields(where: string, value: Members, rules: Readonly<Record<string, Rule>>): void {
  for (const [name, [expected, holds]] of Object.entries(rules))
    if (!holds(value[name])) throw new BadExport(`${where}${name}: expected ${expected}`);
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) throw new BadExport(`${where}${unknown}: there is no such field`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
