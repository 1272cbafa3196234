import type { RecordedEvent, Sealer } from '../ports.js';

/** How far a stream is as it was written. */
export interface Chain {
  /** Facts that were held against their hash and the fact before. */
  readonly checked: number;
  /** The first one that does not fit, and why; null: all do. */
  readonly broken: { readonly revision: number; readonly what: string } | null;
}

/** The chain with one fact more; `before` is the fact before it, null at the first. */
export function chainedTo(chain: Chain, sealer: Sealer, record: RecordedEvent, before: RecordedEvent | null): Chain {
  if (chain.broken !== null) return chain;
  const what = wrongWith(sealer, record, before);
  const { revision } = record;
  return what === null ? { checked: chain.checked + 1, broken: null } : { ...chain, broken: { revision, what } };
}

function wrongWith(sealer: Sealer, record: RecordedEvent, before: RecordedEvent | null): string | null {
  const { stream, revision, id, event, metadata } = record;
  const { prevHash, hash, schemaVersion, ...provenance } = metadata;
  if (prevHash !== (before?.metadata.hash ?? '')) return 'it does not follow from the fact before it';
  const [sealed] = sealer.seal({ stream, revision: revision - 1, hash: prevHash }, [event], provenance);
  // A fact of an older form reads as one of today's, and cannot be held against the hash of what it was.
  if (sealed!.hash === hash && sealed!.id === id) return null;
  return versionIn(sealed!.metadata) === schemaVersion ? 'its content does not fit its hash' : null;
}

const versionIn = (metadata: string): number => (JSON.parse(metadata) as { schemaVersion: number }).schemaVersion;
