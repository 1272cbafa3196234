import { RecordMissing, StreamUnreadable } from '../../application/errors.js';
import type { BookingEvent } from '../../domain/booking/events.js';
import type { Metadata, Position, Provenance, RecordedEvent, UnreadableRecord } from '../../application/ports.js';
import { instantIn, isInstant, textOf } from '../instant.js';
import { DATA_SHAPES, METADATA_SHAPE, STATUSES, type Field, type Shape } from './shapes.js';

/** A record as every store keeps it: the two JSON texts as they are, the rest beside them. */
export interface StoredRecord {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** Takes stored data of one schema version to the next. It gets what JSON gives: instants are still text. */
export type Upcaster = (data: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** By stored name; the first of a list takes version 1 to 2, the next 2 to 3. */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>;

/** Every payload is at its first version. */
export const UPCASTERS: Upcasters = {};

/**
 * Versions that the next release writes, read by this one already: the first of a list takes the version after the present
 * one back to it. None now.
 */
const AHEAD: Upcasters = {};

/**
 * Facts to RFC 8785 JSON and back. What is written obeys the same table of shapes as what is read. A record that does
 * not (unknown name or version, a field too many, too few or of another kind) is answered as unreadable, whole: history
 * is never half-read.
 */
export class Codec {
  private readonly upcasters: ReadonlyMap<string, readonly Upcaster[]>;

  private readonly ahead: ReadonlyMap<string, readonly Upcaster[]>;

  constructor(upcasters: Upcasters, ahead: Upcasters = AHEAD) {
    this.upcasters = new Map(Object.entries(upcasters));
    this.ahead = new Map(Object.entries(ahead));
  }

  /** The latest version of this type that can be read; later than what is written while the next release is prepared. */
  readableOf(type: string): number {
    return this.versionOf(type) + (this.ahead.get(type)?.length ?? 0);
  }

  /** The version in which this type is written now. */
  versionOf(type: string): number {
    return 1 + (this.upcasters.get(type)?.length ?? 0);
  }

  /** RFC 8785 JSON. Throws TypeError for data that could not be read back: that is a bug, not input. */
  encode(event: BookingEvent): string {
    const shape = DATA_SHAPES.get(event.type);
    if (shape === undefined) throw new TypeError(`${String(event.type)} is no domain event`);
    return encodeFields(shape, event.data);
  }

  decode(record: StoredRecord): RecordedEvent | UnreadableRecord {
    try {
      const shape = DATA_SHAPES.get(record.type);
      if (shape === undefined) return unreadable(record, 'unknown type');
      const metadata = decodeObject(METADATA_SHAPE, JSON.parse(record.metadata)) as unknown as Metadata;
      const current = this.versionOf(record.type);
      const { schemaVersion } = metadata;
      if (schemaVersion < 1 || schemaVersion > this.readableOf(record.type))
        return unreadable(record, `unknown version ${schemaVersion}`);
      let stored = JSON.parse(record.data) as unknown;
      if (schemaVersion < current) stored = this.upcast(record.type, schemaVersion, stored);
      else if (schemaVersion > current) stored = this.takeBack(record.type, schemaVersion - current, stored);
      const event = { type: record.type, data: decodeObject(shape, stored) } as unknown as BookingEvent;
      const { stream, revision, position, id } = record;
      return { stream, revision, position, id, event, metadata };
    } catch (error) {
      return unreadable(record, (error as Error).message);
    }
  }

  private upcast(type: string, version: number, stored: unknown): unknown {
    const steps = this.upcasters.get(type)?.slice(version - 1) ?? [];
    return steps.reduce<unknown>((data, step) => step(objectOf(data)), stored);
  }

  /** The latest first. */
  private takeBack(type: string, versions: number, stored: unknown): unknown {
    const steps = this.ahead.get(type)?.slice(0, versions) ?? [];
    return steps.reduceRight<unknown>((data, step) => step(objectOf(data)), stored);
  }
}

function unreadable(record: StoredRecord, why: string): UnreadableRecord {
  const { stream, revision, position, id, type } = record;
  return { stream, revision, position, id, type, unreadable: why };
}

/** The page, or what of it comes before a record that cannot be read, and then StreamUnreadable. */
export function* readablePages(
  page: readonly (RecordedEvent | UnreadableRecord)[],
): Generator<readonly RecordedEvent[], void> {
  const broken = page.findIndex((record) => 'unreadable' in record);
  const readable = (broken < 0 ? page : page.slice(0, broken)) as readonly RecordedEvent[];
  if (readable.length > 0) yield readable;
  const first = page[broken];
  if (first !== undefined && 'unreadable' in first)
    throw new StreamUnreadable(`${first.stream}, revision ${first.revision}: ${first.unreadable}`, {
      position: first.position,
    });
}

/** The same of a page of one stream that is due to begin at `from`: it ends before a revision that is missing, too. */
export function* gaplessPages(
  page: readonly (RecordedEvent | UnreadableRecord)[],
  stream: string,
  from: number,
): Generator<readonly RecordedEvent[], void> {
  const gap = page.findIndex(({ revision }, n) => revision !== from + n);
  yield* readablePages(gap < 0 ? page : page.slice(0, gap));
  if (gap >= 0) throw new RecordMissing(`${stream} lacks revision ${from + gap}: was it truncated or deleted?`);
}

/**
 * Metadata as RFC 8785 JSON in two parts: the member `hash` goes between them, and is not part of what is hashed.
 * Written out, because it is most of the cost of a record. Joined, here and below, and not added: V8 keeps a text that was added
 * as a tree of its pieces, and walks it again each time that it is hashed or sent.
 */
export function encodeMetadata(
  provenance: Provenance,
  schemaVersion: number,
  prevHash: string,
): readonly [before: string, after: string] {
  const { actor, causationId, commandId, correlationId, requestHash, traceparent, occurredAt } = provenance;
  if (!isInstant(occurredAt)) throw new TypeError(`occurredAt is ${String(occurredAt)}, expected instant`);
  const correlation = encodeText(correlationId);
  const cause = causationId === correlationId ? correlation : encodeText(causationId);
  const before = ['{"actor":', encodeText(actor), ',"causationId":', cause];
  before.push(',"commandId":', encodeText(commandId), ',"correlationId":', correlation);
  const after = [',"occurredAt":"', textOf(occurredAt), '","prevHash":"', prevHash, '","requestHash":'];
  after.push(encodeText(requestHash), ',"schemaVersion":', String(schemaVersion));
  if (traceparent !== undefined) after.push(',"traceparent":', encodeText(traceparent));
  after.push('}');
  return [before.join(''), after.join('')];
}

/** Members in the order of their names, strings, integers and booleans only: so it is what RFC 8785 asks for. */
function encodeFields(shape: Shape, data: object): string {
  const source = data as Readonly<Record<string, unknown>>;
  const json: string[] = [];
  let unstored = 0;
  for (const name in source) if (source[name] !== undefined) unstored++;
  for (const field of shape) {
    const value = source[field.name];
    if (value === undefined && field.optional) continue;
    json.push(json.length === 0 ? '{' : ',', field.prefix, encodeValue(field, value));
    unstored--;
  }
  // It would be lost in silence.
  if (unstored !== 0) throw new TypeError(`a field beside ${shape.map(({ name }) => name).join(', ')}`);
  json.push(json.length === 0 ? '{}' : '}');
  return json.join('');
}

function encodeValue(field: Field, value: unknown): string {
  if (field.kind === 'text' && typeof value === 'string') return encodeText(value);
  if (field.kind === 'instant' && isInstant(value)) return `"${textOf(value)}"`;
  if (isOfKind(field, value)) return field.kind === 'status' ? `"${value as string}"` : String(value);
  throw new TypeError(`${field.name} is ${String(value)}, expected ${field.kind}`);
}

function encodeText(text: string): string {
  if (typeof text !== 'string') throw new TypeError(`${String(text)}, expected text`);
  return PLAIN.test(text) ? `"${text}"` : storable(JSON.stringify(text));
}

/** What JSON.stringify makes of it, at a fraction of the cost of asking for it. */
export const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** ASCII that JSON writes as it stands. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** NUL and lone surrogates, the only ones that JSON.stringify escapes by these numbers: databases refuse them. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d)/;

/** They must have been refused long before. */
function storable(json: string): string {
  if (json.includes('\\u') && UNSTORABLE.test(json)) throw new TypeError('text with NUL or a lone surrogate');
  return json;
}

/** Turns parsed JSON into what the domain knows, in place. Throws TypeError where it does not match the shape. */
function decodeObject(shape: Shape, parsed: unknown): Record<string, unknown> {
  const target = objectOf(parsed);
  let known = 0;
  for (const field of shape) {
    const value = target[field.name];
    if (value === undefined) {
      if (field.optional) continue;
      throw new TypeError(`${field.name} is missing`);
    }
    known++;
    if (field.kind === 'instant' && value !== null) target[field.name] = decodeInstant(field, value);
    else if (!isOfKind(field, value)) throw new TypeError(`${field.name} is not a ${field.kind}`);
  }
  if (Object.keys(target).length !== known) throw new TypeError('a field that this version does not know');
  return target;
}

function objectOf(parsed: unknown): Record<string, unknown> {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new TypeError('not an object');
  return parsed as Record<string, unknown>;
}

function decodeInstant(field: Field, value: unknown): number {
  const instant = instantIn(value);
  if (instant === null) throw new TypeError(`${field.name} is not an instant`);
  return instant;
}

function isOfKind(field: Field, value: unknown): boolean {
  if (value === null) return field.clearable;
  switch (field.kind) {
    case 'text':
      return typeof value === 'string';
    case 'status':
      return isStatus(value);
    case 'count':
      return isCount(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'instant':
      return false; // Only null comes here, and only a clearable one may be.
    default:
      return field.kind satisfies never;
  }
}

const KNOWN_STATUSES: ReadonlySet<unknown> = new Set(STATUSES);
const isStatus = (value: unknown): value is string => KNOWN_STATUSES.has(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
