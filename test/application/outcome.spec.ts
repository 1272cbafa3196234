import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown, StoreUnavailable, StreamUnreadable } from '../../src/application/errors.js';
import { appendSurely, backoffMs, type OutcomeSettings } from '../../src/application/outcome.js';
import type { Appended, Conflict, EventStore, RecordedEvent } from '../../src/application/ports.js';
import { InMemoryEventStore } from '../../src/infrastructure/event-store/in-memory.js';
import { SetTime, receiptOf, serviceInMemory } from '../support/service.js';
import { confirmed, NOW } from '../support/facts.js';
import { ScriptedStore } from '../support/scripted-store.js';

const STREAM = 'booking-e1';
const SETTINGS: OutcomeSettings = { outcomeDeadlineMs: 2_000, backoffMinMs: 4, backoffMaxMs: 9 };

/** A scheduled event, two records to append behind it, and a clock by which nobody sleeps longer than a millisecond. */
async function desk(settings: Partial<OutcomeSettings> = {}) {
  const service = serviceInMemory();
  const { log, codec, sealer } = service;
  receiptOf(await service.schedule('e1', { capacity: 5 }));
  const { hash } = JSON.parse(log.records[0]!.metadata) as { hash: string };
  const provenance = { ...service.envelope('e1', 'ann'), occurredAt: NOW };
  const facts = [confirmed('ann'), confirmed('bob')];
  const sealed = sealer.seal({ stream: STREAM, revision: 0, hash }, facts, provenance);
  const store = new ScriptedStore(new InMemoryEventStore(log, codec));
  const time = new SetTime();
  const seen = { slept: [] as number[], unknowns: 0, alarmsStopped: 0 };
  time.sleep = async (ms) => {
    seen.slept.push(ms);
    await sleep(1);
  };
  const { alarm } = time;
  time.alarm = (ms, ring) => {
    const stop = alarm.call(time, ms, ring);
    return () => {
      seen.alarmsStopped += 1;
      stop();
    };
  };
  const ports = { store, time, random: { next: () => 0 } };
  const append = { stream: STREAM, expectedRevision: 0, sealed };
  const send = (first?: unknown) =>
    appendSurely(ports, { ...SETTINGS, ...settings }, append, () => (seen.unknowns += 1), first);
  return { log, store, seen, send, sealed, sealer };
}

/** The rest of the store as it is, with another `append` or `read`. */
function change(store: ScriptedStore, other: Partial<Pick<EventStore, 'append' | 'read'>>): void {
  Object.assign(store, other);
}

describe('an append', () => {
  test('that was taken is answered with the position of its last record, and nothing is asked again', async () => {
    const { store, seen, send } = await desk();
    expect(await send()).toEqual({ kind: 'appended', position: 3n });
    expect([store.appends.length, store.reads, seen.unknowns, seen.alarmsStopped]).toEqual([1, 0, 0, 1]);
  });

  test('that met a conflict, and was never in doubt, is answered so at once', async () => {
    const { log, store, send } = await desk();
    log.push({ ...log.records[0]!, revision: 1, id: '00000000-0000-8000-8000-000000000001' });
    expect(await send()).toEqual({ kind: 'conflict' });
    expect([store.appends.length, store.reads]).toEqual([1, 0]);
  });

  test('that the store did not take is sent again after a pause, longer each time up to a bound', async () => {
    const { store, seen, send } = await desk();
    store.faults.push('unavailable', 'unavailable', 'unavailable');
    expect(await send()).toEqual({ kind: 'appended', position: 3n });
    expect(seen.slept).toEqual([2, 4, 4.5]);
    expect(seen.unknowns).toBe(0);
  });

  test('that is in doubt more than once is told so once', async () => {
    const { store, seen, send } = await desk();
    store.faults.push('lost', 'lost');
    expect(await send()).toEqual({ kind: 'appended', position: 3n });
    expect([seen.unknowns, store.appends.length]).toEqual([1, 3]);
    expect(new Set(store.appends.map(({ ids }) => ids.join())).size).toBe(1);
  });

  test('that was attempted by somebody else begins with what came of it', async () => {
    const { store, send, seen, sealed } = await desk();
    await store.append(STREAM, 0, sealed);
    expect(await send(new OutcomeUnknown('the lock was lost'))).toEqual({ kind: 'appended', position: 3n });
    expect([store.appends.length, seen.unknowns]).toEqual([1, 1]);
  });

  test('that somebody else attempted in vain is sent', async () => {
    const { store, send } = await desk();
    expect(await send(new OutcomeUnknown('the lock was lost'))).toEqual({ kind: 'appended', position: 3n });
    expect(store.appends).toHaveLength(1);
  });
});

describe('the tail of the stream', () => {
  test('that begins with our first record has all of ours, up to the last', async () => {
    const { store, send } = await desk();
    store.faults.push('written-unanswered');
    expect(await send()).toEqual({ kind: 'appended', position: 3n });
    expect(store.appends).toHaveLength(1);
  });

  test('that has our first record and not all of ours was written by whoever asked for the same, and ours never will be', async () => {
    for (const after of [[], [confirmed('cid')]]) {
      const { log, store, send, sealed, sealer } = await desk();
      store.faults.push('lost');
      const [first] = sealed;
      log.push(first!);
      const provenance = { ...serviceInMemory().envelope('e1', 'cid'), occurredAt: NOW };
      for (const other of sealer.seal(first!, after, provenance)) log.push(other);
      expect(await send()).toEqual({ kind: 'conflict' });
      expect(store.appends).toHaveLength(1);
    }
  });

  test('that begins with another record says that ours will never be there', async () => {
    const { log, store, send } = await desk();
    store.faults.push('lost');
    log.push({ ...log.records[0]!, revision: 1, id: '00000000-0000-8000-8000-000000000001' });
    expect(await send()).toEqual({ kind: 'conflict' });
  });

  test('that cannot be read is not ours either', async () => {
    const { log, store, send } = await desk();
    store.faults.push('lost');
    const type = 'BookingTeleported';
    log.push({ ...log.records[0]!, revision: 1, id: '00000000-0000-8000-8000-000000000001', type });
    expect(await send()).toEqual({ kind: 'conflict' });
    change(store, { read: failing(new StreamUnreadable('revision 1: unknown type')) });
    store.faults.push('lost');
    expect(await send()).toEqual({ kind: 'conflict' });
  });

  test('that nobody can reach now is asked for later', async () => {
    const { store, seen, send } = await desk();
    store.faults.push('written-unanswered');
    store.failingReads = 1;
    expect(await send()).toEqual({ kind: 'appended', position: 3n });
    expect([seen.slept.length, store.appends.length]).toEqual([1, 2]);
  });

  test('is read for our records only, from the revision that was expected on', async () => {
    const { store, send } = await desk();
    const asked: unknown[] = [];
    const read = store.read.bind(store);
    change(store, { read: (...what) => (asked.push(what), read(what[0], what[1], what[2])) });
    store.faults.push('lost');
    await send();
    expect(asked).toEqual([[STREAM, 1, 2]]);
  });
});

describe('what ends it', () => {
  test('is a mistake of ours, at once, whoever makes it', async () => {
    const { store, send } = await desk();
    const append = store.append.bind(store);
    const mistake = new TypeError('records do not follow');
    let attempts = 0;
    change(store, { append: () => ((attempts += 1), Promise.reject(mistake)) });
    await expect(send()).rejects.toBe(mistake);
    expect(attempts).toBe(1);
    change(store, { append, read: failing(mistake) });
    store.faults.push('lost');
    await expect(send()).rejects.toBe(mistake);
  });

  test('is the deadline: unknown if it was ever in doubt', async () => {
    const { store, seen, send } = await desk({ outcomeDeadlineMs: 30 });
    change(store, { append: () => new Promise<Appended | Conflict>(() => undefined) });
    await expect(send()).rejects.toThrow(new OutcomeUnknown('no answer from the log in time'));
    expect([seen.unknowns, seen.alarmsStopped]).toEqual([1, 1]);
  });

  test('is the deadline: unavailable if it was not', async () => {
    const { store, seen, send } = await desk({ outcomeDeadlineMs: 30 });
    const away = new StoreUnavailable('away');
    change(store, { append: () => Promise.reject(away) });
    await expect(send()).rejects.toBe(away);
    expect(seen.unknowns).toBe(0);
  });
});

test('a pause is between half of and all of its bound, which doubles with each attempt', () => {
  const settings = { outcomeDeadlineMs: 0, backoffMinMs: 5, backoffMaxMs: 250 };
  const pauses = (chance: number) => [0, 1, 3, 30].map((n) => backoffMs(settings, n, { next: () => chance }));
  expect(pauses(0)).toEqual([2.5, 5, 20, 125]);
  expect(pauses(1)).toEqual([5, 10, 40, 250]);
});

const failing = (error: Error) =>
  async function* (): AsyncGenerator<readonly RecordedEvent[]> {
    yield await Promise.reject<readonly RecordedEvent[]>(error);
  };
