import { hash } from 'node:crypto';
import type { StoredRecord } from './codec.js';
import { recordId } from './sealer.js';

/** What the next record of a stream is chained to. */
export interface Link {
  readonly revision: number;
  readonly hash: string;
}

const HASH = /,"hash":"([0-9a-f]{64})"/;
const PREVIOUS = /,"prevHash":"((?:[0-9a-f]{64})?)"/;

/** The hash that a record says of itself; empty where it says none. A quote in a value is escaped: nothing can pose as it. */
export const hashIn = ({ metadata }: Pick<StoredRecord, 'metadata'>): string => HASH.exec(metadata)?.[1] ?? '';

/** The hash that a record says the one before it has; empty where there is none. */
export const hashBeforeIn = ({ metadata }: Pick<StoredRecord, 'metadata'>): string =>
  PREVIOUS.exec(metadata)?.[1] ?? '';

/**
 * Why a record is not the one that was written after `before` (null: there is none), in words; null when it is. Looks at
 * the bytes as they are stored, so that a change which JSON's readers would not notice is found too.
 */
export function wrongWith(record: StoredRecord, before: Link | null): string | null {
  const { stream, revision, id, type, data, metadata } = record;
  const stored = hashIn(record);
  if (stored === '') return 'its metadata has no hash';
  const place = `"revision":${revision},"stream":${JSON.stringify(stream)},"type":${JSON.stringify(type)}`;
  const hashed = hash('sha256', `{"data":${data},"metadata":${metadata.replace(HASH, '')},${place}}`, 'hex');
  if (hashed !== stored) return 'its content does not fit its hash: it was changed after it was written';
  if (id !== recordId(stored)) return 'its id does not fit its hash';
  if (revision === 0 ? before !== null : before?.revision !== revision - 1)
    return before === null ? `revision ${revision - 1} is missing` : `it follows revision ${before.revision}`;
  if (PREVIOUS.exec(metadata)?.[1] !== (before?.hash ?? ''))
    return before === null
      ? 'it begins a stream and names a record before it'
      : `it does not follow from revision ${before.revision}: one of the two was rewritten`;
  return null;
}
