import { readFileSync } from 'node:fs';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { DATA_SHAPES } from '../../src/infrastructure/event-store/shapes.js';

interface Released {
  /** By type, the latest version that the last release reads; before the first release, today's. */
  readonly reads: Readonly<Record<string, number>>;
  /** Types that this tree reads and no command of it writes: they are for the next release. */
  readonly unwritten: readonly string[];
}

const released = JSON.parse(
  readFileSync(new URL('../../docs/events.released.json', import.meta.url), 'utf8'),
) as Released;

/** Types whose records processes of the last release, running beside ours, could not read. */
const unreadableThere = (codec: Codec, { reads, unwritten }: Released): string[] =>
  [...DATA_SHAPES.keys()].filter((type) => !unwritten.includes(type) && codec.versionOf(type) > (reads[type] ?? 0));

test('nothing is written that the last release cannot read', () => {
  expect(unreadableThere(new Codec(UPCASTERS), released)).toEqual([]);
});

test('what the last release read is read', () => {
  const codec = new Codec(UPCASTERS);
  expect(Object.entries(released.reads).filter(([type, version]) => codec.readableOf(type) < version)).toEqual([]);
});

test('a version and a type that the last release cannot read are found', () => {
  const changed = new Codec({ ...UPCASTERS, EventRenamed: [(data) => ({ ...data })] });
  const { EventCancelled: _unknown, ...reads } = released.reads;
  expect(unreadableThere(changed, { ...released, reads })).toEqual(['EventRenamed', 'EventCancelled']);
  expect(unreadableThere(changed, { reads: { ...reads, EventRenamed: 2 }, unwritten: ['EventCancelled'] })).toEqual([]);
});
