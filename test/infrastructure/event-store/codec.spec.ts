import canonicalize from 'canonicalize';
import fc from 'fast-check';
import type { BookingEvent } from '../../../src/domain/booking/events.js';
import { Codec, UPCASTERS, type StoredRecord } from '../../../src/infrastructure/event-store/codec.js';
import { ChainSealer } from '../../../src/infrastructure/event-store/sealer.js';
import { confirmed, renamed } from '../../support/facts.js';
import { EVERY_FACT, anyFact } from './every-fact.js';

const codec = new Codec(UPCASTERS);
const provenance = {
  commandId: '0a8c1c5e-3c2b-5d5e-9b1f-0242ac120002',
  requestHash: 'a'.repeat(64),
  actor: 'ada',
  correlationId: 'c-1',
  causationId: 'c-1',
  occurredAt: Date.UTC(2027, 2, 1, 12),
};
const head = { stream: 'booking-1', revision: -1, hash: '' };

function stored(fact: BookingEvent, changed: Partial<StoredRecord> = {}): StoredRecord {
  const [sealed] = new ChainSealer(codec).seal(head, [fact], provenance);
  return { ...sealed!, position: 1n, ...changed };
}

const withData = (fact: BookingEvent, change: (data: Record<string, unknown>) => void): StoredRecord => {
  const record = stored(fact);
  const data = JSON.parse(record.data) as Record<string, unknown>;
  change(data);
  return { ...record, data: JSON.stringify(data) };
};
const withMetadata = (change: Record<string, unknown>): StoredRecord => {
  const record = stored(renamed('x'));
  return { ...record, metadata: JSON.stringify({ ...(JSON.parse(record.metadata) as object), ...change }) };
};

/** RFC 8785 by another's hand, over what the fact says with its instants as text. */
function canonical(data: object): string {
  const isInstant = (name: string): boolean => name.endsWith('At') || name === 'cancelUntil';
  const entries = Object.entries(data).map(([name, value]) => [
    name,
    isInstant(name) && value !== null ? new Date(value as number).toISOString() : (value as unknown),
  ]);
  return canonicalize(Object.fromEntries(entries))!;
}

describe('The codec', () => {
  it('writes every type of fact as RFC 8785 JSON and reads it back', () => {
    for (const fact of EVERY_FACT) {
      expect(codec.encode(fact)).toBe(canonical(fact.data));
      expect(codec.decode(stored(fact))).toMatchObject({ event: fact, metadata: { ...provenance, schemaVersion: 1 } });
    }
  });

  it('does so with any text, number and instant', () => {
    fc.assert(
      fc.property(anyFact, (fact) => {
        expect(codec.encode(fact)).toBe(canonical(fact.data));
        const decoded = codec.decode(stored(fact));
        expect('event' in decoded && decoded.event).toEqual(fact);
        expect(canonicalize(JSON.parse(stored(fact).metadata))).toBe(stored(fact).metadata);
      }),
      { numRuns: 300 },
    );
  });

  it('reads what a database has put in another order', () => {
    const record = withData(confirmed('ada'), () => undefined);
    const shuffled = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(record.data) as object).reverse()));
    expect(codec.decode({ ...record, data: shuffled })).toEqual(codec.decode(record));
  });

  it('writes nothing that it could not read again', () => {
    const seats = (wrong: unknown) => confirmed('ada', { seats: wrong as number });
    for (const wrong of [-1, 1.5, NaN, '1', null, undefined, 2 ** 53])
      expect(() => codec.encode(seats(wrong))).toThrow(TypeError);
    for (const wrong of [NaN, Infinity, 1.5, Date.UTC(1999, 0), Date.UTC(9999, 0)])
      expect(() => codec.encode(confirmed('ada', { createdAt: wrong }))).toThrow(TypeError);
    for (const wrong of ['\0', '\ud800', 'a\udc00b', '\\\udfff'])
      expect(() => codec.encode(renamed(wrong))).toThrow(TypeError);
    expect(codec.encode(renamed('\\u0000 \\ud800 \u0001'))).toBe(canonicalize({ title: '\\u0000 \\ud800 \u0001' }));
    const sealed = (wrong: object) => new ChainSealer(codec).seal(head, [renamed('x')], { ...provenance, ...wrong });
    for (const wrong of [{ actor: 7 }, { actor: undefined }, { actor: '\0' }, { traceparent: 1 }, { occurredAt: NaN }])
      expect(() => sealed(wrong)).toThrow(TypeError);
    expect(() => codec.encode(confirmed('ada', { extra: 1 } as object))).toThrow('a field beside');
    expect(() => codec.encode({ type: 'Nothing', data: {} } as unknown as BookingEvent)).toThrow(TypeError);
  });

  it.each<[string, StoredRecord]>([
    ['an unknown type', stored(renamed('x'), { type: 'EventTeleported' })],
    ['a type that every object has', stored(renamed('x'), { type: 'constructor' })],
    ['a newer version', withMetadata({ schemaVersion: 2 })],
    ['no version', withMetadata({ schemaVersion: undefined })],
    ['version 0', withMetadata({ schemaVersion: 0 })],
    ['metadata it does not know', withMetadata({ shoeSize: 43 })],
    ['metadata that is no object', stored(renamed('x'), { metadata: '[]' })],
    ['data that is no object', stored(renamed('x'), { data: 'null' })],
    ['data that is no JSON', stored(renamed('x'), { data: '{' })],
    ['a missing field', withData(confirmed('ada'), (data) => delete data['seats'])],
    ['a field too many', withData(confirmed('ada'), (data) => (data['shoeSize'] = 43))],
    ['a field of another name', withData(confirmed('ada'), (data) => (data['Reference'] = 'r'))],
    ['a number for text', withData(confirmed('ada'), (data) => (data['userId'] = 7))],
    ['text for a number', withData(confirmed('ada'), (data) => (data['seats'] = '1'))],
    ['a fraction', withData(confirmed('ada'), (data) => (data['seats'] = 1.5))],
    ['null where it may not be', withData(confirmed('ada'), (data) => (data['reference'] = null))],
    ['null for an instant', withData(confirmed('ada'), (data) => (data['createdAt'] = null))],
    ['text for a flag', withData(confirmed('ada'), (data) => (data['offer'] = 'no'))],
    ['an unknown status', withData(confirmed('ada'), (data) => (data['status'] = 'lost'))],
    ...[
      '2027-03-01T18:00:00Z',
      '2027-03-01T18:00:00.000+00:00',
      '2027-02-30T18:00:00.000Z',
      '2027-13-01T18:00:00.000Z',
      '2027-03-01T24:00:00.000Z',
      '2027-03-01T18:60:00.000Z',
      '2027-03-01T18:00:60.000Z',
      '2027-03-01 18:00:00.000Z',
      '1999-12-31T23:59:59.999Z',
      '2027-03-01T1x:00:00.000Z',
    ].map((text): [string, StoredRecord] => [
      `the instant ${text}`,
      withData(confirmed('ada'), (data) => (data['createdAt'] = text)),
    ]),
  ])('answers %s as unreadable, and says where', (_, record) => {
    const { stream, revision, position, id, type } = record;
    expect(codec.decode(record)).toEqual({
      stream,
      revision,
      position,
      id,
      type,
      unreadable: expect.stringMatching(/./),
    });
  });

  it('reads what the next release writes, and writes the present version meanwhile', () => {
    const ahead = {
      EventRenamed: [
        ({ name, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, title: name }),
        ({ names, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, name: (names as string[])[0] }),
      ],
    };
    const early = new Codec({}, ahead);
    expect([early.versionOf('EventRenamed'), early.readableOf('EventRenamed')]).toEqual([1, 3]);
    const read = (schemaVersion: number, data: object) =>
      early.decode({ ...withMetadata({ schemaVersion }), data: JSON.stringify(data) });
    const event = { type: 'EventRenamed', data: { title: 'Gala' } };
    expect(read(2, { name: 'Gala' })).toMatchObject({ event, metadata: { schemaVersion: 2 } });
    expect(read(3, { names: ['Gala'] })).toMatchObject({ event });
    expect(read(4, { title: 'Gala' })).toMatchObject({ unreadable: 'unknown version 4' });
    expect(read(2, { title: 'Gala' })).toMatchObject({ unreadable: 'title is missing' });
  });

  it('takes old data through every version to the present one', () => {
    const upcasters = {
      EventRenamed: [
        ({ name }: Readonly<Record<string, unknown>>) => ({ label: name }),
        ({ label }: Readonly<Record<string, unknown>>) => ({ title: `${String(label)}!` }),
      ],
    };
    const newer = new Codec(upcasters);
    const at = (schemaVersion: number, data: string) => newer.decode({ ...withMetadata({ schemaVersion }), data });
    expect([newer.versionOf('EventRenamed'), newer.versionOf('EventCancelled')]).toEqual([3, 1]);
    expect(at(1, '{"name":"x"}')).toMatchObject({ event: { type: 'EventRenamed', data: { title: 'x!' } } });
    expect(at(2, '{"label":"x"}')).toMatchObject({ event: { data: { title: 'x!' } } });
    expect(at(3, '{"title":"x"}')).toMatchObject({ event: { data: { title: 'x' } } });
    expect(at(3, '{"label":"x"}')).toHaveProperty('unreadable');
    expect(at(4, '{"title":"x"}')).toHaveProperty('unreadable');
    const [sealed] = new ChainSealer(newer).seal(head, [renamed('x')], provenance);
    expect(JSON.parse(sealed!.metadata)).toMatchObject({ schemaVersion: 3 });
  });
});
