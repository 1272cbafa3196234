import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { hashIn } from '../../src/infrastructure/event-store/chain.js';
import { Codec, UPCASTERS, type StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { recordId } from '../../src/infrastructure/event-store/sealer.js';
import { DATA_SHAPES } from '../../src/infrastructure/event-store/shapes.js';
import { EVERY_FACT } from '../infrastructure/event-store/every-fact.js';
import { goldenFiles, goldenName } from '../support/golden.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const codec = new Codec(UPCASTERS);
const golden = goldenFiles(root);

const ajv = new Ajv2020({ strict: true, formats: { 'date-time': true } });
const schemas = path.join(root, 'docs/schemas');
for (const name of readdirSync(schemas))
  ajv.addSchema(JSON.parse(readFileSync(path.join(schemas, name), 'utf8')) as object);
const fits = (schema: string, text: string): boolean => {
  const validate = ajv.getSchema(schema);
  if (validate === undefined) throw new Error(`there is no schema ${schema}`);
  return validate(JSON.parse(text)) === true;
};

describe('the golden records', () => {
  it('are there for every version that was ever written, of every type', () => {
    const expected = [...DATA_SHAPES.keys()].flatMap((type) =>
      Array.from({ length: codec.versionOf(type) }, (_, n) => goldenName(type, n + 1)),
    );
    expect(golden.map(({ name }) => name).sort()).toEqual(expected.sort());
  });

  it.each(golden.map((file) => [file.name, file] as const))(
    'of %s are read, and their bytes and hashes stand',
    (_, file) => {
      const { type, version, records } = file;
      let prevHash = '';
      for (const record of records) {
        const read = codec.decode(record);
        if ('unreadable' in read) throw new Error(read.unreadable);
        expect([record.type, read.event.type]).toEqual([type, type]);
        expect(read.metadata).toMatchObject({ schemaVersion: version, prevHash });
        if (version === codec.versionOf(type)) expect(codec.encode(read.event)).toBe(record.data);
        prevHash = read.metadata.hash;
        expect([hashIn(record), sha256(record), recordId(prevHash)]).toEqual([prevHash, prevHash, record.id]);
      }
      const facts = EVERY_FACT.filter((fact) => fact.type === type);
      expect(records.map((record) => (codec.decode(record) as { event: unknown }).event)).toEqual(facts);
    },
  );

  it.each(golden.map((file) => [file.name, file] as const))('of %s fit the schemas', (name, { records }) => {
    for (const { data, metadata } of records) {
      expect([data, fits(name, data)]).toEqual([data, true]);
      expect(fits('Metadata.v1.json', metadata)).toBe(true);
    }
  });
});

describe('a schema', () => {
  const [{ data, metadata }] = golden.find(({ type }) => type === 'BookingHeld')!.records as [StoredRecord];
  const changed = (text: string, change: object): string =>
    JSON.stringify({ ...(JSON.parse(text) as object), ...change });

  it.each([
    ['a field too many', { shoeSize: 43 }],
    ['a field too few', { userId: undefined }],
    ['text for a number', { seats: '1' }],
    ['a fraction', { seats: 1.5 }],
    ['fewer than none', { seats: -1 }],
    ['null where nothing is cleared', { reference: null }],
    ['an unknown status', { status: 'lost' }],
    ['an instant with an offset', { createdAt: '2027-03-01T18:00:00.007+01:00' }],
    ['an instant without milliseconds', { createdAt: '2027-03-01T18:00:00Z' }],
  ])('refuses %s, as the codec does', (_, change) => {
    expect(fits('BookingHeld.v1.json', data)).toBe(true);
    const wrong = changed(data, change);
    expect(fits('BookingHeld.v1.json', wrong)).toBe(false);
    const record = { stream: 's', revision: 0, position: 1n, id: 'i', type: 'BookingHeld', data: wrong, metadata };
    expect(codec.decode(record)).toHaveProperty('unreadable');
  });

  it('takes a rule that was cleared, and metadata without a trace only', () => {
    expect(fits('EventRulesChanged.v1.json', '{"salesCloseAt":null,"holdSeconds":60}')).toBe(true);
    expect(fits('Metadata.v1.json', changed(metadata, { traceparent: undefined }))).toBe(true);
    expect(fits('Metadata.v1.json', changed(metadata, { actor: undefined }))).toBe(false);
  });
});

/** By another hand than the sealer's: the members in the order of their names, `hash` left out. */
function sha256({ data, metadata, revision, stream, type }: StoredRecord): string {
  const { hash: _hash, ...rest } = JSON.parse(metadata) as Record<string, unknown>;
  const place = `"revision":${revision},"stream":${JSON.stringify(stream)},"type":"${type}"`;
  return createHash('sha256')
    .update(`{"data":${data},"metadata":${JSON.stringify(rest)},${place}}`)
    .digest('hex');
}
