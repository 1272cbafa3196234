import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What a client proposes to store. */
export interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface Stored extends Proposed {
  readonly stream: string;
  /** Infinity: of a tombstone. */
  readonly revision: number;
  /** Commit and prepare position, the same for whatever was written through this protocol. */
  readonly position: bigint;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** -1: the stream must not exist. */
export type Expected = number | 'any' | 'stream_exists';

export type AppendResult =
  | { readonly kind: 'written'; readonly revision: number; readonly position: bigint | null }
  | { readonly kind: 'wrong-expected-version'; readonly current: number }
  | { readonly kind: 'stream-deleted' }
  | { readonly kind: 'too-large' };

/** Of a real server's defaults. */
const MAX_APPEND_BYTES = 1_048_576;
const RECORD_OVERHEAD = 167n;
const SOFT_DELETED = Number.MAX_SAFE_INTEGER;

interface StreamState {
  readonly records: Stored[];
  isTombstoned: boolean;
}

interface Retention {
  readonly truncateBefore: number;
  readonly maxCount: number;
  readonly maxAgeMs: number;
}

/**
 * The log behind the stand-in server, with a real server's rules about what is a repetition, what is a conflict and what
 * is written twice. With a file it survives its process: every append is one line of it.
 */
export class StandInLog {
  readonly all: Stored[] = [];
  private readonly streams = new Map<string, StreamState>();
  /** By stream and id, where a record was written: in memory only, as the real server's is. */
  private readonly recent = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private readonly file: number | null = null;
  private end = 0n;

  constructor(
    file: string | null = null,
    readonly maxAppendBytes: number = MAX_APPEND_BYTES,
  ) {
    if (file !== null) {
      if (existsSync(file)) this.restore(readFileSync(file, 'utf8'));
      this.file = openSync(file, 'a');
    }
    // Somebody else's records come first in every real log.
    if (this.all.length === 0) this.noise(2);
  }

  append(stream: string, expected: Expected, proposed: readonly Proposed[]): AppendResult {
    const state = this.streams.get(stream);
    if (state?.isTombstoned) return { kind: 'stream-deleted' };
    const bytes = proposed.reduce(
      (sum, { data, metadata, type }) => sum + data.length + metadata.length + 2 * type.length,
      0,
    );
    if (bytes > this.maxAppendBytes) return { kind: 'too-large' };
    const current = (state?.records.length ?? 0) - 1;
    const isSoftDeleted = state !== undefined && this.retentionOf(stream).truncateBefore === SOFT_DELETED;
    if (typeof expected === 'string') {
      const first = proposed[0] && this.recent.get(`${stream}/${proposed[0].id}`);
      if (first !== undefined)
        return this.repeated(stream, first - 1, proposed) ?? { kind: 'wrong-expected-version', current };
      if (expected === 'stream_exists' && current < 0) return { kind: 'wrong-expected-version', current };
    } else if (expected < current && !(expected === -1 && isSoftDeleted)) {
      return this.repeated(stream, expected, proposed) ?? { kind: 'wrong-expected-version', current };
    } else if (expected > current) return { kind: 'wrong-expected-version', current };
    return this.write(stream, proposed, isSoftDeleted);
  }

  /** One record of somebody else's, like the statistics that a server keeps about itself. */
  noise(count: number): void {
    for (let n = 0; n < count; n++)
      this.push('$stats-127.0.0.1:2113', [
        { id: uuid(), type: '$statsCollected', contentType: 'application/json', data: text('{}'), metadata: text('') },
      ]);
  }

  /** What is left is one record more for the readers of `$all`, at the revision that ends every stream. */
  tombstone(stream: string): void {
    this.bury(stream);
    this.save({ tombstone: stream });
    for (const listener of this.listeners) listener();
  }

  /** A soft delete, as the server does it: everything so far is cut off by the stream's metadata. */
  softDelete(stream: string): void {
    this.setMetadata(stream, { $tb: SOFT_DELETED });
  }

  setMetadata(stream: string, metadata: Readonly<Record<string, unknown>>): void {
    const data = text(JSON.stringify(metadata));
    this.push(`$$${stream}`, [
      { id: uuid(), type: '$metadata', contentType: 'application/json', data, metadata: text('') },
    ]);
  }

  /** What a reader of the stream sees: null for none or soft-deleted, or 'deleted' for a tombstone. */
  visible(stream: string): readonly Stored[] | null | 'deleted' {
    const state = this.streams.get(stream);
    if (state?.isTombstoned) return 'deleted';
    if (state === undefined || state.records.length === 0) return null;
    const { truncateBefore, maxCount, maxAgeMs } = this.retentionOf(stream);
    if (truncateBefore === SOFT_DELETED) return null;
    const first = Math.max(truncateBefore, state.records.length - maxCount);
    const oldest = Date.now() - maxAgeMs;
    return state.records.filter(({ revision, created }) => revision >= first && created >= oldest);
  }

  /** Told of every append until the function that is returned is called. */
  onAppend(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
  }

  private retentionOf(stream: string): Retention {
    const last = this.streams.get(`$$${stream}`)?.records.at(-1);
    const metadata =
      last === undefined ? {} : (JSON.parse(Buffer.from(last.data).toString()) as Record<string, number>);
    return {
      truncateBefore: metadata['$tb'] ?? 0,
      maxCount: metadata['$maxCount'] ?? Infinity,
      maxAgeMs: (metadata['$maxAge'] ?? Infinity) * 1_000,
    };
  }

  /** Whether each id is found where it would have been written; what it says beside is not looked at. */
  private repeated(stream: string, after: number, proposed: readonly Proposed[]): AppendResult | null {
    const { records } = this.stateOf(stream);
    const there = records.slice(after + 1, after + 1 + proposed.length);
    if (there.length < proposed.length || !there.every(({ id }, n) => id === proposed[n]!.id)) return null;
    const last = there.at(-1);
    return { kind: 'written', revision: last?.revision ?? after, position: last?.position ?? null };
  }

  private write(stream: string, proposed: readonly Proposed[], isSoftDeleted: boolean): AppendResult {
    const records = this.push(stream, proposed);
    const last = records.at(-1);
    // The first append after a soft delete moves the cut behind what was deleted.
    if (isSoftDeleted && records[0] !== undefined) this.setMetadata(stream, { $tb: records[0].revision });
    const revision = this.stateOf(stream).records.length - 1;
    return { kind: 'written', revision, position: last?.position ?? null };
  }

  private push(stream: string, proposed: readonly Proposed[]): Stored[] {
    const created = Date.now();
    const records = proposed.map((record) => this.add(stream, record, created));
    for (const { id, revision } of records) this.recent.set(`${stream}/${id}`, revision);
    this.save({ stream, created, records: proposed.map(toLine) });
    for (const listener of this.listeners) listener();
    return records;
  }

  private add(stream: string, record: Proposed, created: number): Stored {
    const { records } = this.stateOf(stream);
    const stored = { ...record, stream, revision: records.length, position: this.end, created };
    this.end += RECORD_OVERHEAD + BigInt(record.data.length + record.metadata.length);
    records.push(stored);
    this.all.push(stored);
    return stored;
  }

  private bury(stream: string): void {
    this.stateOf(stream).isTombstoned = true;
    const proposed = { id: uuid(), type: '$streamDeleted', contentType: '', data: text(''), metadata: text('') };
    this.all.push({ ...proposed, stream, revision: Infinity, position: this.end, created: Date.now() });
    this.end += RECORD_OVERHEAD;
  }

  private stateOf(stream: string): StreamState {
    const known = this.streams.get(stream);
    if (known !== undefined) return known;
    const state: StreamState = { records: [], isTombstoned: false };
    this.streams.set(stream, state);
    return state;
  }

  private save(line: Line): void {
    if (this.file !== null) writeSync(this.file, `${JSON.stringify(line)}\n`);
  }

  /** A line that was cut short by the end of its process was never acknowledged. */
  private restore(lines: string): void {
    for (const line of lines.split('\n').slice(0, -1)) {
      const saved = JSON.parse(line) as Line;
      if ('tombstone' in saved) this.bury(saved.tombstone);
      else for (const record of saved.records) this.add(saved.stream, fromLine(record), saved.created);
    }
  }
}

type SavedRecord = readonly [id: string, type: string, contentType: string, data: string, metadata: string];
type Line = { tombstone: string } | { stream: string; created: number; records: SavedRecord[] };

const text = (json: string): Uint8Array => new Uint8Array(Buffer.from(json));
const uuid = (): string => crypto.randomUUID();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytesOf = (encoded: string): Uint8Array => new Uint8Array(Buffer.from(encoded, 'base64'));

const toLine = ({ id, type, contentType, data, metadata }: Proposed): SavedRecord => [
  id,
  type,
  contentType,
  base64(data),
  base64(metadata),
];
const fromLine = ([id, type, contentType, data, metadata]: SavedRecord): Proposed => ({
  ...{ id, type, contentType },
  data: bytesOf(data),
  metadata: bytesOf(metadata),
});
