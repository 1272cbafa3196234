import { StreamUnreadable } from '../../src/application/errors.js';
import type { StreamHead } from '../../src/application/ports.js';
import type { Check } from './event-store.contract.js';
import { headOf, idsOf, noStream, readAll, records, write } from './subject.js';

const conflict = { kind: 'conflict' };

export const appendChecks: readonly Check[] = [
  {
    name: 'what was appended is read back, in order and as it was',
    run: async ({ store }) => {
      const head = noStream();
      const { sealed } = await write(store, head, 3);
      const found = await readAll(store, head.stream);
      expect(found.map(({ revision }) => revision)).toEqual([0, 1, 2]);
      expect(idsOf(found)).toEqual(idsOf(sealed));
      expect(found.map(({ metadata }) => metadata.hash)).toEqual(sealed.map(({ hash }) => hash));
      expect(found.map(({ event }) => event.type)).toEqual(sealed.map(({ type }) => type));
    },
  },
  {
    name: 'a stream is read from a revision on, in pages, up to a bound',
    run: async ({ store }) => {
      const head = noStream();
      const sealed = [...(await write(store, head, 425)).sealed];
      for (let more = 0; more < 3; more += 1) sealed.push(...(await write(store, sealed.at(-1)!, 425)).sealed);
      expect(idsOf(await readAll(store, head.stream))).toEqual(idsOf(sealed));
      expect(idsOf(await readAll(store, head.stream, 1_600))).toEqual(idsOf(sealed.slice(1_600)));
      expect(await readAll(store, head.stream, 1_700)).toEqual([]);
      expect(await readAll(store, noStream().stream)).toEqual([]);
      const bounded = [];
      for await (const page of store.read(head.stream, 5, 700)) bounded.push(...page);
      expect(idsOf(bounded)).toEqual(idsOf(sealed.slice(5, 705)));
    },
  },
  {
    name: 'a stream that must not exist but does is a conflict',
    run: async ({ store }) => {
      const head = noStream();
      const { sealed } = await write(store, head);
      expect(await store.append(head.stream, -1, records(head))).toEqual(conflict);
      expect(idsOf(await readAll(store, head.stream))).toEqual(idsOf(sealed));
    },
  },
  {
    name: 'an expected revision that is too low or too high is a conflict',
    run: async ({ store }) => {
      const head = noStream();
      const { sealed } = await write(store, head, 3);
      const at = (revision: number): StreamHead => ({ ...sealed[0]!, revision });
      for (const revision of [0, 1, 3, 9])
        expect(await store.append(head.stream, revision, records(at(revision)))).toEqual(conflict);
      const absent = noStream();
      expect(await store.append(absent.stream, 0, records({ ...absent, revision: 0 }))).toEqual(conflict);
      expect(idsOf(await readAll(store, head.stream))).toEqual(idsOf(sealed));
      expect(await readAll(store, absent.stream)).toEqual([]);
    },
  },
  {
    name: 'an append is all or nothing, and of those that race exactly one wins',
    run: async ({ store, open }) => {
      const other = (await open()).store;
      const head = noStream();
      const { sealed } = await write(store, head, 2);
      for (const from of [head, sealed.at(-1)!]) {
        const attempts = Array.from({ length: 32 }, () => records(from, 3));
        const results = await Promise.all(
          attempts.map((attempt, i) => (i % 2 ? other : store).append(head.stream, from.revision, attempt)),
        );
        const winners = attempts.filter((_, i) => results[i]!.kind === 'appended');
        expect(winners).toHaveLength(from === head ? 0 : 1);
        const expected = [...sealed, ...winners.flat()];
        expect(idsOf(await readAll(store, head.stream))).toEqual(idsOf(expected));
      }
    },
  },
  {
    name: 'an identical re-send succeeds at its own position and writes nothing, also later and after a restart',
    run: async ({ store, feed, open }) => {
      const head = noStream();
      const first = await write(store, head, 2);
      const again = { kind: 'appended', position: first.position };
      expect(await store.append(head.stream, -1, first.sealed)).toEqual(again);

      const second = await write(store, first.sealed[1]!, 2);
      const restarted = (await open()).store;
      const log = await feed.head();
      for (const through of [store, restarted]) {
        expect(await through.append(head.stream, -1, first.sealed)).toEqual(again);
        expect(await through.append(head.stream, 1, second.sealed)).toEqual({
          kind: 'appended',
          position: second.position,
        });
      }
      expect(await feed.head()).toBe(log);
      expect(idsOf(await readAll(store, head.stream))).toEqual(idsOf([...first.sealed, ...second.sealed]));
    },
  },
  {
    name: 'the same records sent many times at once are stored once, and every sender is told so',
    run: async ({ store, open }) => {
      const other = (await open()).store;
      let head = noStream();
      for (let round = 0; round < 3; round++) {
        const sealed = records(head, 2);
        const results = await Promise.all(
          Array.from({ length: 16 }, (_, i) => (i % 2 ? other : store).append(head.stream, head.revision, sealed)),
        );
        expect(new Set(results.map((result) => (result.kind === 'appended' ? result.position : null))).size).toBe(1);
        expect(results[0]!.kind).toBe('appended');
        head = sealed.at(-1)!;
      }
      expect(await readAll(store, head.stream)).toHaveLength(6);
    },
  },
  {
    name: 'a re-send with other records, or with more than were stored, is a conflict',
    run: async ({ store }) => {
      const head = noStream();
      const sealed = records(head, 3);
      await store.append(head.stream, -1, sealed.slice(0, 2));
      expect(await store.append(head.stream, -1, sealed)).toEqual(conflict);
      expect(await store.append(head.stream, -1, records(head, 2))).toEqual(conflict);
      expect(await store.append(head.stream, -1, [sealed[0]!, ...records(sealed[0]!)])).toEqual(conflict);
      expect(await readAll(store, head.stream)).toHaveLength(2);
    },
  },
  {
    name: 'appends to many streams in one turn stand or fall each for itself',
    run: async ({ store }) => {
      const existing = noStream();
      await write(store, existing, 2);
      const fresh = Array.from({ length: 50 }, () => noStream());
      const all = await Promise.all([
        store.append(existing.stream, -1, records(existing)),
        ...fresh.map((head) => store.append(head.stream, -1, records(head, 2))),
        store.append(existing.stream, 7, records({ ...existing, revision: 7 })),
      ]);
      expect(all.map(({ kind }) => kind)).toEqual(['conflict', ...fresh.map(() => 'appended'), 'conflict']);
      const lengths = await Promise.all(fresh.map(async ({ stream }) => (await readAll(store, stream)).length));
      expect(lengths).toEqual(fresh.map(() => 2));
    },
  },
  {
    name: 'appends that follow each other may be sent without waiting for the first',
    run: async ({ store }) => {
      const head = noStream();
      const first = records(head, 2);
      const second = records(first[1]!, 2);
      const results = await Promise.all([
        store.append(head.stream, -1, first),
        store.append(head.stream, 1, second),
        store.append(head.stream, 1, records(first[1]!)),
      ]);
      expect(results.map(({ kind }) => kind)).toEqual(['appended', 'appended', 'conflict']);
      expect(await headOf(store, head.stream, head)).toMatchObject({ revision: 3, hash: second[1]!.hash });
    },
  },
  {
    name: 'a record that cannot be read stops the reader of its stream there, and no other',
    run: async ({ store, plant }) => {
      const head = noStream();
      const { sealed } = await write(store, head, 2);
      await plant({ ...records(sealed[1]!)[0]!, type: 'BookingTeleported' });
      const found: unknown[] = [];
      const reading = async (): Promise<void> => {
        for await (const page of store.read(head.stream, 0)) found.push(...page);
      };
      await expect(reading()).rejects.toBeInstanceOf(StreamUnreadable);
      expect(found).toHaveLength(2);
      const other = noStream();
      await write(store, other);
      const [, others] = await Promise.all([
        expect(reading()).rejects.toBeInstanceOf(StreamUnreadable),
        readAll(store, other.stream),
      ]);
      expect(others).toHaveLength(1);
    },
  },
  {
    name: 'a stream that lacks a record stops its reader there, and no other',
    run: async ({ store, loseFirst }) => {
      const head = noStream();
      await write(store, head, 3);
      await loseFirst(head.stream);
      const lacking = expect(readAll(store, head.stream)).rejects.toThrow(`${head.stream} lacks revision 0`);
      const other = noStream();
      await write(store, other);
      const [, others] = await Promise.all([lacking, readAll(store, other.stream)]);
      expect(others).toHaveLength(1);
      await expect(readAll(store, head.stream)).rejects.toBeInstanceOf(StreamUnreadable);
    },
  },
];
