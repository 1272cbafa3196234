import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Codec, UPCASTERS, type StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import type { Sealed } from '../../src/application/ports.js';
import { EVERY_FACT } from '../infrastructure/event-store/every-fact.js';

const FOLDER = 'test/golden/records';
const STREAM = 'booking-golden';
const OCCURRED_AT = Date.UTC(2027, 2, 1, 12);

/** The golden records of one version of one type, as a store gives them. */
export interface GoldenFile {
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly records: readonly StoredRecord[];
}

export const goldenName = (type: string, version: number): string => `${type}.v${version}.json`;

export function goldenFiles(root: string): GoldenFile[] {
  const folder = path.join(root, FOLDER);
  return readdirSync(folder).map((name) => {
    const [, type, version] = /^([A-Za-z]+)\.v(\d+)\.json$/.exec(name) ?? [];
    if (type === undefined) throw new Error(`${name}: expected a name such as EventRenamed.v1.json`);
    const sealed = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Sealed[];
    const records = sealed.map((record) => ({ ...record, position: BigInt(record.revision + 1) }));
    return { name, type, version: Number(version), records };
  });
}

/** Writes the files of present versions that are not there; answers their names. */
export function makeGolden(root: string, codec = new Codec(UPCASTERS)): string[] {
  const folder = path.join(root, FOLDER);
  mkdirSync(folder, { recursive: true });
  const types = [...new Set(EVERY_FACT.map(({ type }) => type))];
  const missing = types.filter((type) => !existsSync(path.join(folder, goldenName(type, codec.versionOf(type)))));
  return missing.map((type) => {
    const name = goldenName(type, codec.versionOf(type));
    writeFileSync(path.join(folder, name), `${JSON.stringify(recordsOf(type, codec), null, 2)}\n`);
    return name;
  });
}

/** A stream of nothing else: every fact of this type, with all its fields and with as few as it can have. */
function recordsOf(type: string, codec: Codec): Sealed[] {
  const provenance = {
    commandId: '0a8c1c5e-3c2b-5d5e-9b1f-0242ac120002',
    requestHash: 'a'.repeat(64),
    actor: 'ada',
    correlationId: 'r-1',
    causationId: 'r-1',
    occurredAt: OCCURRED_AT,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  const facts = EVERY_FACT.filter((fact) => fact.type === type);
  return new ChainSealer(codec).seal({ stream: STREAM, revision: -1, hash: '' }, facts, provenance);
}
