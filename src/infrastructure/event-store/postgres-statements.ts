import pg from 'pg';
import { StoreUnavailable } from '../../application/errors.js';
import type { Position, RecordedEvent, Sealed, UnreadableRecord } from '../../application/ports.js';
import { toldOf } from '../logger.js';
import type { Codec, StoredRecord } from './codec.js';

/** What goes to one stream in one flush: one append, or several that follow each other. */
export interface StreamBatch {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly sealed: readonly Sealed[];
}

/** Below every character that a stream's name or JSON text can hold, so that lists need no escaping. */
const SEPARATOR = '\x1f';
const CONTROL = /\p{Cc}/u;

const PARAMETERS = 10;
const list = (parameter: string): string => `string_to_array(${parameter}, E'\\x1f')`;
const appendCall = (p: readonly string[]): string =>
  `SELECT log.append(${list(p[0]!)}, ${p[1]}::bigint[], ${p[2]}::integer[], ${p[3]}::integer[], ${p[4]}::bigint[], ` +
  `${p[5]}::uuid[], ${list(p[6]!)}, ${list(p[7]!)}, ${list(p[8]!)}, ${p[9]}::boolean)::text AS results`;

export const APPEND = appendCall(Array.from({ length: PARAMETERS }, (_, n) => `$${n + 1}`));

/** Text that the server casts: several times cheaper than arrays escaped element by element. Each stream once. */
export function appendParameters(batches: readonly StreamBatch[], waits: boolean): string[] {
  const owners: number[] = [];
  const revisions: number[] = [];
  const ids: string[] = [];
  const types: string[] = [];
  const data: string[] = [];
  const metadata: string[] = [];
  batches.forEach(({ sealed }, index) => {
    for (const record of sealed) {
      owners.push(index + 1);
      revisions.push(record.revision);
      ids.push(record.id);
      types.push(record.type);
      data.push(record.data);
      metadata.push(record.metadata);
    }
  });
  return [
    batches.map(({ stream }) => stream).join(SEPARATOR),
    `{${batches.map(({ expectedRevision }) => expectedRevision).join()}}`,
    `{${batches.map(({ sealed }) => sealed.length).join()}}`,
    `{${owners.join()}}`,
    `{${revisions.join()}}`,
    `{${ids.join()}}`,
    types.join(SEPARATOR),
    data.join(SEPARATOR),
    metadata.join(SEPARATOR),
    String(waits),
  ];
}

/** The same as one text without parameters, for a message that holds several statements. */
export const appendStatement = (batch: StreamBatch): string => appendCall(appendParameters([batch], true).map(literal));

/** In this form backslashes are escapes whatever the server's settings are. */
export const literal = (text: string): string => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

export const HELD = -1n;
export const CONFLICT = 0n;

/** Of each batch: HELD, CONFLICT, or the position of its last record. */
export const appendResults = (text: string): bigint[] => text.slice(1, -1).split(',').map(BigInt);

/** A batch that cannot be sent is a bug of the caller. */
export function checkBatch({ stream, expectedRevision, sealed }: StreamBatch): void {
  if (stream === '' || CONTROL.test(stream)) throw new TypeError('a stream name is empty or has control characters');
  const isNext = sealed.every((record, i) => record.stream === stream && record.revision === expectedRevision + 1 + i);
  if (sealed.length === 0 || !isNext) throw new TypeError(`records do not follow revision ${expectedRevision}`);
}

/** Read as text: the JSON is parsed once, by the codec, not by the driver. */
export const RECORD = 'e.position, e.stream, e.revision, e.id, e.type, e.data::text, e.metadata::text';
export type RecordRow = readonly [number, string, number, string, string, string, string];

export const recordOf = (codec: Codec, row: RecordRow): RecordedEvent | UnreadableRecord => codec.decode(storedOf(row));

export function storedOf([position, stream, revision, id, type, data, metadata]: RecordRow): StoredRecord {
  return { position: BigInt(position) as Position, stream, revision, id, type, data, metadata };
}

/** Runs a query that only reads: whatever goes wrong, it has done no harm. Throws StoreUnavailable. */
export async function ask<Row extends unknown[]>(
  on: Pick<pg.Pool, 'query'>,
  text: string,
  values: readonly string[],
  bounds: { readonly query_timeout?: number } = {},
): Promise<Row[]> {
  try {
    // Never a named statement: its plan would be made while the log is small and kept while it grows.
    const { rows } = await on.query<Row>({ ...bounds, text, values: [...values], rowMode: 'array' });
    return rows;
  } catch (error) {
    throw unavailable(error);
  }
}

export const unavailable = (error: unknown): StoreUnavailable =>
  new StoreUnavailable(`Postgres: ${toldOf(error)}`, { cause: error });

/**
 * Whether the server itself says that it has rolled the statement back. A session that is ended (FATAL, PANIC) may be
 * ended after its commit; only the one that sat idle in its transaction certainly was not.
 */
export function isRolledBack(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof pg.DatabaseError)) return false;
  return error.severity === 'ERROR' || error.code === IDLE_IN_TRANSACTION || ALWAYS_PLAIN.test(error.code ?? '');
}

/** Whether the server takes no writes any more, as after it became a standby: its connections are of no use. */
export const isReadOnly = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '25006';

const IDLE_IN_TRANSACTION = '25P03';
/** Never the end of a session, in whatever language the server names its severities. */
const ALWAYS_PLAIN = /^(2[123]...|40...|55P03|57014)$/;

/** Whether it may be the fault of one batch alone: data, a constraint, a lock. Then the others are tried without it. */
export const isFaultOfOne = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && /^(2[123]...|40...|55P03)$/.test(error.code ?? '');
