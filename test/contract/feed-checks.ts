import { UnknownPosition } from '../../src/application/errors.js';
import type { EventStore, Position, StreamHead } from '../../src/application/ports.js';
import type { Check } from './event-store.contract.js';
import { follow, headOf, idsOf, noStream, readAll, records, write } from './subject.js';

const WRITERS = 16;
const APPENDS_EACH = 12;

export const feedChecks: readonly Check[] = [
  {
    name: 'what 16 writers were told is what a feed saw meanwhile: every record once, in commit order',
    run: async ({ store, feed, open, rollBack }) => {
      const processes = [store, (await open()).store];
      const streams = Array.from({ length: 4 }, () => noStream());
      const acknowledged: string[] = [];
      const from = await feed.head();
      let end: Position | null = null;
      const following = follow(feed, from, () => end);

      const writers = Array.from({ length: WRITERS }, async (_, w) => {
        for (let n = 0; n < APPENDS_EACH; n++) {
          if (n % 4 === 0) await rollBack();
          acknowledged.push(...(await keepTrying(processes[w % 2]!, streams[(w + n) % streams.length]!)));
        }
      });
      await Promise.all(writers);
      end = await feed.head();

      const seen = await following;
      expect(new Set(idsOf(seen))).toEqual(new Set(acknowledged));
      expect(seen).toHaveLength(acknowledged.length);
      seen.slice(1).forEach(({ position }, i) => expect(position).toBeGreaterThan(seen[i]!.position));
      for (const { stream } of streams) {
        const revisions = seen.filter((record) => record.stream === stream).map(({ revision }) => revision);
        expect(revisions).toEqual(revisions.map((_, i) => i));
        expect(idsOf(await readAll(store, stream))).toEqual(idsOf(seen.filter((record) => record.stream === stream)));
      }
    },
  },
  {
    name: 'a feed resumes after a position, without the record at it',
    run: async ({ store, feed, open }) => {
      const from = await feed.head();
      const head = noStream();
      const { sealed, position } = await write(store, head, 6);
      const all = await follow(feed, from, () => position);
      expect(idsOf(all)).toEqual(idsOf(sealed));
      const resumed = await follow((await open()).feed, all[2]!.position, () => position);
      expect(idsOf(resumed)).toEqual(idsOf(sealed.slice(3)));
      expect(await feed.head()).toBe(position);
    },
  },
  {
    name: 'a feed says whether so many records follow a position',
    run: async ({ store, feed }) => {
      const from = await feed.head();
      const { position } = await write(store, noStream(), 6);
      const within = (records: number) => feed.isWithin(from, records);
      expect([await within(5), await within(6), await within(7)]).toEqual([false, true, true]);
      expect([await feed.isWithin(position, 0), await feed.isWithin(0n, 5)]).toEqual([true, false]);
    },
  },
  {
    name: 'a feed tells the last records in the order of their commits',
    run: async ({ store, feed }) => {
      const { sealed } = await write(store, noStream(), 6);
      expect(idsOf(await feed.latest(4))).toEqual(idsOf(sealed.slice(2)));
    },
  },
  {
    name: 'a feed says which record of ours comes before a position, and resumes there with the record at it',
    run: async ({ store, feed }) => {
      const from = await feed.head();
      const { sealed, position } = await write(store, noStream(), 3);
      const [one, two] = await follow(feed, from, () => position);
      expect(await feed.lastBefore(two!.position)).toBe(one!.position);
      expect(await feed.lastBefore(one!.position)).toBe(from);
      const [first] = await follow(feed, 0n, () => 1n);
      expect([await feed.lastBefore(first!.position), await feed.lastBefore(0n)]).toEqual([0n, 0n]);
      await expect(feed.lastBefore(position + 1n)).rejects.toBeInstanceOf(UnknownPosition);
      const resumed = await follow(feed, await feed.lastBefore(two!.position), () => position);
      expect(idsOf(resumed)).toEqual(idsOf(sealed.slice(1)));
    },
  },
  {
    name: 'a waiting feed is given what is written, never an empty page, and ends with its signal',
    run: async ({ store, feed, open }) => {
      const ending = new AbortController();
      const pages: number[] = [];
      let head = noStream();
      const from = await feed.head();
      const other = (await open()).store;
      const reading = (async () => {
        for await (const page of feed.after(from, ending.signal)) pages.push(page.length);
      })();
      for (const through of [store, other, store]) {
        const before = pages.length;
        head = (await write(through, head)).sealed[0]!;
        for (let waitedMs = 0; pages.length === before && waitedMs < 2_000; waitedMs += 2) await pause(2);
      }
      expect(pages).toEqual([1, 1, 1]);
      ending.abort();
      await reading;
      for await (const page of feed.after(from, ending.signal)) throw new Error(`${page.length} records after the end`);
    },
  },
  {
    name: 'a record that cannot be read is in the feed, marked, and what follows it too',
    run: async ({ store, feed, plant }) => {
      const from = await feed.head();
      const head = noStream();
      const { sealed } = await write(store, head);
      const [broken] = records(sealed[0]!);
      await plant({ ...broken!, data: '{"seats":"many"}' });
      const { position } = await write(store, noStream());
      const seen = await follow(feed, from, () => position);
      expect(seen.map((record) => 'unreadable' in record)).toEqual([false, true, false]);
      expect(seen[1]).toMatchObject({ stream: head.stream, revision: 1, id: broken!.id, type: broken!.type });
    },
  },
  {
    name: 'a log has one identity, on every process',
    run: async ({ store, open }) => {
      const identity = await store.identity();
      expect(identity).toMatch(/^[0-9a-f]{8}$/);
      expect(await store.identity()).toBe(identity);
      expect(await (await open()).store.identity()).toBe(identity);
    },
  },
];

/** Reads, seals and appends until it is done, like a process that keeps losing the race. Answers the ids. */
async function keepTrying(store: EventStore, stream: StreamHead): Promise<string[]> {
  for (let head = stream; ;) {
    head = await headOf(store, stream.stream, head);
    const sealed = records(head, 1 + ((head.revision + 1) % 3));
    const { kind } = await store.append(head.stream, head.revision, sealed);
    if (kind === 'appended') return idsOf(sealed);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
