import type { EventStore } from '../../src/application/ports.js';
import type { TransactSettings } from '../../src/application/transact.js';
import { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { ScriptedStore } from '../support/scripted-store.js';
import { gate } from '../support/one-mailbox.js';
import { SetTime, receiptOf, serviceInMemory, wordOf } from '../support/service.js';

const MINUTE_MS = 60_000;

/** What the log says of its last records, in words. */
function tail(log: InMemoryLog, count: number) {
  return log.records.slice(-count).map(({ type, metadata }) => ({
    type,
    ...(JSON.parse(metadata) as Record<
      'commandId' | 'actor' | 'correlationId' | 'causationId' | 'requestHash',
      string
    >),
  }));
}

/** One place, taken by Ann; Bob and Cid wait for it. */
async function fullHouse(hold: boolean, settings: Partial<TransactSettings> = {}) {
  let store!: ScriptedStore;
  const service = serviceInMemory(settings, new InMemoryLog(), (inner) => (store = new ScriptedStore(inner)));
  receiptOf(await service.schedule('e1', { capacity: 1, waitlistLimit: 5 }));
  const { bookingId } = receiptOf(await service.book('e1', 'ann', { hold }));
  for (const user of ['bob', 'cid']) receiptOf(await service.book('e1', user, { waitlist: true }));
  return { service, store, log: service.log, bookingId };
}

describe('what follows from a command', () => {
  test('is written by settle, under its own id, as part of the same conversation', async () => {
    const { service, log, bookingId } = await fullHouse(false);
    receiptOf(await service.cancel('e1', 'ann', bookingId));
    await service.transact.drain();
    const [cancelled, offered] = tail(log, 2);
    expect([cancelled!.type, offered!.type]).toEqual(['BookingCancelled', 'BookingHeld']);
    expect(offered).toMatchObject({ actor: 'system:settle', causationId: cancelled!.commandId });
    expect(offered!.correlationId).toBe(cancelled!.correlationId);
    expect(offered!.commandId).not.toBe(cancelled!.commandId);
    expect(offered!.requestHash).toBe(service.ids.requestHash('settle', { eventId: 'e1' }, {}));
  });

  test('is a conversation of its own where only time has passed', async () => {
    const { service, log, bookingId } = await fullHouse(true);
    service.time.at += 11 * MINUTE_MS;
    expect(service.transact.isDue('e1')).toBe(true);
    expect(await service.transact.settle('e1')).toBe(5);
    const [lapsed, offered] = tail(log, 2);
    expect([lapsed!.type, offered!.type]).toEqual(['HoldExpired', 'BookingHeld']);
    expect(lapsed).toMatchObject({ causationId: bookingId, correlationId: lapsed!.commandId, actor: 'system:settle' });
    expect(offered).toMatchObject({ commandId: lapsed!.commandId, causationId: lapsed!.commandId });
    expect(service.transact.isDue('e1')).toBe(false);
    expect(await service.transact.settle('e1')).toBe(5);
    expect(log.records).toHaveLength(6);
  });
});

describe('settle', () => {
  test('of an event that nobody has scheduled writes nothing', async () => {
    const { service, log } = await fullHouse(false);
    const before = log.records.length;
    expect(await service.transact.settle('e2')).toBe(-1);
    expect([log.records.length, service.transact.isDue('e3')]).toEqual([before, false]);
  });

  test('that is asked for by two at once is written once', async () => {
    const { service, log } = await fullHouse(true);
    service.time.at += 11 * MINUTE_MS;
    await Promise.all([service.transact.settle('e1'), service.transact.settle('e1')]);
    expect(log.records.filter(({ type }) => type === 'HoldExpired')).toHaveLength(1);
  });
});

describe('what is counted for operators', () => {
  test('is appends, records, looks at the tail, conflicts and doubts', async () => {
    const { service, store, log } = await fullHouse(false);
    const { tally } = service.transact;
    expect(tally).toMatchObject({ appends: 4, events: 4, conflicts: 0, unknowns: 0, tailReads: 0 });
    expect(wordOf(await service.book('e1', 'dan'))).toBe('SoldOut');
    expect(tally).toMatchObject({ appends: 4, tailReads: 1 });
    store.faults.push('lost');
    expect(wordOf(await service.book('e1', 'dan', { waitlist: true }))).toBe('accepted');
    expect(tally).toMatchObject({ appends: 5, events: 5, unknowns: 1, conflicts: 0 });
    const rival = serviceInMemory({}, log, undefined, service.time);
    receiptOf(await rival.book('e1', 'eve', { waitlist: true }));
    expect(wordOf(await service.book('e1', 'fay', { waitlist: true }))).toBe('accepted');
    expect(tally).toMatchObject({ appends: 6, events: 6, conflicts: 1 });
  });
});

test('a refusal is noted, an acceptance is not', async () => {
  const { service } = await fullHouse(false);
  expect(service.refused.kept).toEqual([]);
  expect(wordOf(await service.book('e1', 'dan'))).toBe('SoldOut');
  expect(service.refused.kept).toMatchObject([{ userId: 'dan', code: 'sold-out' }]);
});

describe('time', () => {
  /** Ticks as fast as it is asked to, and counts. */
  class Ticking extends SetTime {
    slept = 0;
    override async sleep(): Promise<void> {
      this.slept += 1;
      await this.turn();
    }
  }

  /** The same house, with a clock that ticks fast. */
  async function ticking() {
    let store!: ScriptedStore;
    const wrap = (inner: EventStore): EventStore => (store = new ScriptedStore(inner));
    const time = new Ticking();
    const service = serviceInMemory({}, new InMemoryLog(), wrap, time);
    receiptOf(await service.schedule('e1', { capacity: 1 }));
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn += 1) await time.turn();
    };
    return { service, store, time, turns };
  }

  test('is counted while anybody waits, and at no other time', async () => {
    const { service, store, time, turns } = await ticking();
    await turns(5);
    const { slept } = time;
    await turns(20);
    expect(time.slept).toBe(slept);
    const reads = gate();
    store.readGate = reads.shut;
    await expect(service.book('e2', 'ann')).rejects.toThrow('waited too long for a decision');
    reads.open();
  });

  test('is no longer for a settle that waits behind another: they are no twins', async () => {
    const { service, store, time, turns } = await ticking();
    receiptOf(await service.book('e1', 'ann', { hold: true }));
    time.at += 11 * MINUTE_MS;
    const wire = gate();
    store.faults.push('lost');
    const first = service.transact.settle('e1');
    while (service.transact.tally.unknowns === 0) await turns(1);
    store.gate = wire.shut;
    await expect(service.transact.settle('e1')).rejects.toThrow('waited too long for a decision');
    wire.open();
    expect(await first).toBe(2);
  });
});

test('a process that is told to stop waits for what is owed on any event', async () => {
  const { service, store, log, bookingId } = await fullHouse(false, { batchEvents: 1 });
  receiptOf(await service.schedule('e2'));
  const [first, second] = [gate(), gate()];
  const before = store.appends.length;
  store.gate = first.shut;
  const cancelled = service.cancel('e1', 'ann', bookingId);
  while (store.appends.length === before) await service.time.turn();
  store.gate = second.shut;
  first.open();
  receiptOf(await cancelled);
  let isDrained = false;
  const drained = service.transact.drain().then(() => (isDrained = true));
  await service.time.sleep(25);
  expect(isDrained).toBe(false);
  second.open();
  await drained;
  expect(tail(log, 1)[0]!.type).toBe('BookingHeld');
});

describe('the ledgers in memory', () => {
  test('are dropped the longest unasked first, and never one that somebody asks about', async () => {
    const service = serviceInMemory({ cacheEntries: 80 });
    for (const id of ['a', 'b', 'c']) await service.schedule(id, { capacity: 9 });
    expect(service.transact.cachedEvents()).toEqual(['a', 'b', 'c']);
    receiptOf(await service.book('a', 'ann'));
    expect(service.transact.cachedEvents()).toEqual(['b', 'c', 'a']);
    await service.schedule('d');
    expect(service.transact.cachedEvents()).toEqual(['c', 'a', 'd']);
    // Each booking weighs, too: with a few of them there is no room for a third event.
    for (let n = 0; n < 7; n += 1) receiptOf(await service.book('a', `u${n}`));
    expect(service.transact.cachedEvents()).toEqual(['d', 'a']);
    expect(wordOf(await service.book('b', 'ann'))).toBe('accepted');
  });

  test('weigh what they remember of keys, too', async () => {
    const service = serviceInMemory({ cacheEntries: 80 });
    for (const id of ['a', 'b', 'c']) await service.schedule(id, { capacity: 9 });
    for (let n = 0; n < 3; n += 1) receiptOf(await service.book('a', `u${n}`, {}, `key-${n}`));
    // Three bookings and as many keys: without the keys there is room for one more event.
    const withKeys = service.transact.cachedEvents();
    const other = serviceInMemory({ cacheEntries: 80 });
    for (const id of ['a', 'b', 'c']) await other.schedule(id, { capacity: 9 });
    for (let n = 0; n < 3; n += 1) receiptOf(await other.book('a', `u${n}`));
    expect(withKeys.length).toBeLessThan(other.transact.cachedEvents().length);
  });

  test('are no more than fit, to the last entry', async () => {
    const service = serviceInMemory({ cacheEntries: 50 });
    for (const id of ['a', 'b', 'c']) await service.schedule(id);
    expect(service.transact.cachedEvents()).toEqual(['b', 'c']);
  });

  test('stay while anything of theirs is under way', async () => {
    let store!: ScriptedStore;
    const wrap = (inner: EventStore): EventStore => (store = new ScriptedStore(inner));
    const service = serviceInMemory({ cacheEntries: 25 }, new InMemoryLog(), wrap);
    const wire = gate();
    store.gate = wire.shut;
    const first = service.schedule('a');
    while (store.appends.length === 0) await service.time.turn();
    store.gate = Promise.resolve();
    receiptOf(await service.schedule('b'));
    expect(service.transact.cachedEvents()).toEqual(['a']);
    wire.open();
    receiptOf(await first);
  });

  test('are forgotten when they could not be loaded', async () => {
    const { service, store } = await fullHouse(false);
    store.failingReads = 1;
    await expect(service.book('e2', 'ann')).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(service.transact.cachedEvents()).toEqual(['e1']);
  });
});

test('a command that is refused for the clock of this process is told why, and nothing is loaded for it', async () => {
  const { service } = await fullHouse(false);
  service.time.trusted = false;
  await expect(service.book('e2', 'dan')).rejects.toThrow("this process's clock is too far from the database's");
  expect(service.transact.cachedEvents()).toEqual(['e1']);
  service.time.trusted = true;
  await service.transact.drain();
  await expect(service.book('e1', 'dan')).rejects.toThrow('shutting down');
});
