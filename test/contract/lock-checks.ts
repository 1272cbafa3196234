import { StreamUnreadable } from '../../src/application/errors.js';
import type { EventStore, ReadTail, Sealed } from '../../src/application/ports.js';
import type { Check } from './event-store.contract.js';
import { headOf, noStream, readAll, records, write } from './subject.js';

type Work = (read: ReadTail) => Promise<{ expectedRevision: number; sealed: readonly Sealed[] } | null>;

const locked = (store: EventStore, stream: string, work: Work) => {
  if (store.locked === undefined) throw new Error('this store has no locks');
  return store.locked(stream, work);
};

export const lockChecks: readonly Check[] = [
  {
    name: 'work on a locked stream runs alone, and sees what the one before it wrote',
    run: async ({ store, open }) => {
      const processes = [store, (await open()).store];
      const head = noStream();
      const first = (await write(store, head)).sealed[0]!;
      let running = 0;
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          locked(processes[i % 2]!, head.stream, async (read) => {
            expect(++running).toBe(1);
            const tail = await read(1);
            const last = tail.at(-1);
            const top = last === undefined ? first : { ...last, hash: last.metadata.hash };
            await new Promise((resolve) => setTimeout(resolve, 2));
            running--;
            return { expectedRevision: top.revision, sealed: records(top, 2) };
          }),
        ),
      );
      expect(results.map((result) => result?.kind)).toEqual(results.map(() => 'appended'));
      expect(await readAll(store, head.stream)).toHaveLength(17);
    },
  },
  {
    name: 'an append waits for work on a locked stream, and then meets a conflict',
    run: async ({ store }) => {
      const head = noStream();
      const first = (await write(store, head)).sealed[0]!;
      let appending: Promise<{ kind: string }> | undefined;
      const result = await locked(store, head.stream, async () => {
        appending = store.append(head.stream, 0, records(first));
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { expectedRevision: 0, sealed: records(first) };
      });
      expect([result?.kind, (await appending)?.kind]).toEqual(['appended', 'conflict']);
    },
  },
  {
    name: 'the expected revision is checked under a lock as well',
    run: async ({ store }) => {
      const head = noStream();
      const { sealed } = await write(store, head, 2);
      const stale = await locked(store, head.stream, async () => ({
        expectedRevision: 0,
        sealed: records(sealed[0]!),
      }));
      expect(stale).toEqual({ kind: 'conflict' });
      const absent = noStream();
      const early = { ...absent, revision: 4 };
      const none = await locked(store, absent.stream, async (read) => {
        expect(await read(0)).toEqual([]);
        return { expectedRevision: 4, sealed: records(early) };
      });
      expect(none).toEqual({ kind: 'conflict' });
      expect(await headOf(store, head.stream, head)).toMatchObject({ revision: 1 });
      expect(await readAll(store, absent.stream)).toEqual([]);
    },
  },
  {
    name: 'work that wants nothing, or fails, writes nothing and lets go of the stream',
    run: async ({ store, feed }) => {
      const head = noStream();
      const { sealed } = await write(store, head);
      const before = await feed.head();
      expect(await locked(store, head.stream, async () => null)).toBeNull();
      const failing = locked(store, head.stream, async () => {
        throw new RangeError('a bug in the work');
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await feed.head()).toBe(before);
      await write(store, sealed[0]!);
    },
  },
  {
    name: 'work on a stream that lacks a record gets none of it, and writes nothing',
    run: async ({ store, feed, loseFirst }) => {
      const head = noStream();
      await write(store, head, 3);
      await loseFirst(head.stream);
      const before = await feed.head();
      const working = locked(store, head.stream, async (read) => {
        const top = (await read(0)).at(-1)!;
        const on = { ...top, hash: top.metadata.hash };
        return { expectedRevision: top.revision, sealed: records(on) };
      });
      await expect(working).rejects.toBeInstanceOf(StreamUnreadable);
      expect(await feed.head()).toBe(before);
    },
  },
];
