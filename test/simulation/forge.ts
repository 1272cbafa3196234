import { hash } from 'node:crypto';
import type { Sealed } from '../../src/application/ports.js';
import type { SimulatedLog } from './store.js';

interface End {
  readonly hash: string;
  readonly occurredAt: string;
}

function endOf(log: SimulatedLog, stream: string): End {
  const last = log.stream(stream).at(-1);
  return last === undefined ? { hash: '', occurredAt: '' } : (JSON.parse(last.metadata) as End);
}

/** The same facts, sealed anew behind whatever stands in the stream: other hashes, other ids. */
export function atTheEnd(log: SimulatedLog, stream: string, sealed: readonly Sealed[]): Sealed[] {
  let revision = log.stream(stream).length - 1;
  const end = endOf(log, stream);
  let prevHash = end.hash;
  return sealed.map((record) => {
    revision += 1;
    const bare = record.metadata
      .replace(`,"hash":"${record.hash}"`, '')
      .replace(/"prevHash":"\w*"/, `"prevHash":"${prevHash}"`)
      .replace(/"occurredAt":"([^"]*)"/, (own, at: string) =>
        at < end.occurredAt ? `"occurredAt":"${end.occurredAt}"` : own,
      );
    const hash = hashOf(record, bare, stream, revision);
    prevHash = hash;
    return { ...record, revision, metadata: withHash(bare, hash), hash, id: idOf(hash) };
  });
}

/** A record of a type that no version of ours ever wrote, well chained. */
export function unreadableRecord(log: SimulatedLog, stream: string): Sealed {
  const { hash: prevHash, occurredAt } = endOf(log, stream);
  const revision = log.stream(stream).length;
  const record = { stream, revision, type: 'PlaceBlessed', data: '{}' };
  const bare = `{"actor":"stranger","commandId":"planted","occurredAt":"${occurredAt}","prevHash":"${prevHash}"}`;
  const hash = hashOf(record, bare, stream, revision);
  return { ...record, metadata: withHash(bare, hash), hash, id: idOf(hash) };
}

const withHash = (bare: string, hash: string): string =>
  bare.replace(',"occurredAt"', `,"hash":"${hash}","occurredAt"`);

const idOf = (hash: string): string => `${hash.slice(0, 8)}-${hash.slice(8, 12)}`;

function hashOf({ type, data }: Pick<Sealed, 'type' | 'data'>, bare: string, stream: string, revision: number): string {
  const place = `"revision":${revision},"stream":"${stream}","type":"${type}"`;
  return hash('sha256', `{"data":${data},"metadata":${bare},${place}}`, 'hex');
}
