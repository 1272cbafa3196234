import { ClockSkew, OutcomeUnknown, Overloaded, StoreUnavailable } from '../../src/application/errors.js';
import type { EventStore } from '../../src/application/ports.js';
import type { TransactSettings } from '../../src/application/transact.js';
import { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { ScriptedStore } from '../support/scripted-store.js';
import { Service, SetTime, count, receiptOf, serviceInMemory, wordOf } from '../support/service.js';

const AT = Date.UTC(2027, 0, 1);
const typesIn = (log: InMemoryLog): string[] => log.records.map(({ type }) => type);
const metadataOf = (log: InMemoryLog, at: number): Record<string, string> =>
  JSON.parse(log.records[at]!.metadata) as Record<string, string>;

/** A service before whose store a scripted one stands. */
function scripted(settings: Partial<TransactSettings> = {}): {
  service: Service;
  store: ScriptedStore;
  log: InMemoryLog;
} {
  let store!: ScriptedStore;
  const wrap = (inner: EventStore): EventStore => (store = new ScriptedStore(inner));
  const service = serviceInMemory(settings, new InMemoryLog(), wrap);
  return { service, store, log: service.log };
}

describe.each(['optimistic', 'pessimistic'] as const)('transact, %s', (locking) => {
  it('gives one place to one of 500 who ask at once, and the others a reason', async () => {
    const service = serviceInMemory({ locking });
    await service.schedule('e1');
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => service.book('e1', `u${i}`)));
    expect(count(answers.map(wordOf))).toEqual({ accepted: 1, SoldOut: 499 });
    expect(typesIn(service.log)).toEqual(['EventScheduled', 'BookingConfirmed']);
  });

  it('gives 100 places to exactly 100, over four processes that race', async () => {
    const log = new InMemoryLog();
    const services = Array.from({ length: 4 }, () => serviceInMemory({ locking }, log));
    await services[0]!.schedule('e1', { capacity: 100 });
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, i) => services[i % 4]!.book('e1', `u${i}`).then(wordOf)),
    );
    expect(count(answers)).toEqual({ accepted: 100, SoldOut: 300 });
    const revisions = log.records.map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.map((_, i) => i));
  });

  it('answers a repeat with the recorded fact, whichever process it reaches', async () => {
    const log = new InMemoryLog();
    const [one, other] = [serviceInMemory({ locking }, log), serviceInMemory({ locking }, log)];
    await one.schedule('e1', { capacity: 5 });
    const first = await one.book('e1', 'ann', {}, 'k1');
    const again = await one.book('e1', 'ann', {}, 'k1');
    const elsewhere = await other.book('e1', 'ann', {}, 'k1');
    expect([first, again, elsewhere].map(wordOf)).toEqual(['accepted', 'replayed', 'replayed']);
    expect(receiptOf(again)).toEqual(receiptOf(first));
    expect(receiptOf(elsewhere)).toEqual(receiptOf(first));
    expect(log.records).toHaveLength(2);
  });

  it('has one effect when the same key comes 50 times at once over two processes', async () => {
    const log = new InMemoryLog();
    // Clocks that differ, as two do: in the same millisecond both would write the very same record, see below.
    const services = [0, 1].map((ms) => serviceInMemory({ locking }, log, undefined, new SetTime(AT + ms)));
    await services[0]!.schedule('e1', { capacity: 5 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => services[i % 2]!.book('e1', 'ann', {}, 'k1')),
    );
    expect(count(answers.map(wordOf))).toEqual({ accepted: 1, replayed: 49 });
    expect(new Set(answers.map((answer) => receiptOf(answer).bookingId)).size).toBe(1);
    expect(log.records).toHaveLength(2);
  });

  it('has one record where two processes decide the same key in the same millisecond, and one booking is told', async () => {
    const log = new InMemoryLog();
    const services = [0, 1].map(() => serviceInMemory({ locking }, log, undefined, new SetTime(AT)));
    await services[0]!.schedule('e1', { capacity: 5 });
    const answers = await Promise.all(services.map((service) => service.book('e1', 'ann', {}, 'k1')));
    expect(new Set(answers.map((answer) => receiptOf(answer).bookingId)).size).toBe(1);
    expect(typesIn(log)).toEqual(['EventScheduled', 'BookingConfirmed']);
  });

  it('refuses the same key with another body, and keeps keys of two callers apart', async () => {
    const service = serviceInMemory({ locking });
    await service.schedule('e1', { capacity: 5 });
    await service.book('e1', 'ann', { seats: 1 }, 'k1');
    expect(wordOf(await service.book('e1', 'ann', { seats: 2 }, 'k1'))).toBe('KeyReused');
    expect(wordOf(await service.book('e1', 'bob', { seats: 2 }, 'k1'))).toBe('accepted');
  });

  it('does not remember a refusal: the same key is decided afresh', async () => {
    const service = serviceInMemory({ locking });
    await service.schedule('e1');
    const bookingId = receiptOf(await service.book('e1', 'ann')).bookingId;
    expect(wordOf(await service.book('e1', 'bob', {}, 'k1'))).toBe('SoldOut');
    await service.cancel('e1', 'ann', bookingId);
    expect(wordOf(await service.book('e1', 'bob', {}, 'k1'))).toBe('accepted');
  });

  it('settles what a cancellation makes possible, under a command of its own', async () => {
    const service = serviceInMemory({ locking });
    await service.schedule('e1');
    const { bookingId } = receiptOf(await service.book('e1', 'ann'));
    receiptOf(await service.book('e1', 'bob', { waitlist: true }));
    await service.cancel('e1', 'ann', bookingId);
    await service.transact.drain();
    expect(typesIn(service.log).slice(2)).toEqual(['BookingWaitlisted', 'BookingCancelled', 'BookingHeld']);
    const [cancelled, offered] = [metadataOf(service.log, 3), metadataOf(service.log, 4)];
    expect(offered).toMatchObject({ actor: 'system:settle', causationId: cancelled.commandId });
    expect(offered.commandId).not.toBe(cancelled.commandId);
  });

  it('lets a hold lapse before it decides, and names the booking as the cause', async () => {
    const service = serviceInMemory({ locking });
    await service.schedule('e1');
    const held = receiptOf(await service.book('e1', 'ann', { hold: true, holdSeconds: 60 }));
    service.time.at += 60_000;
    expect(wordOf(await service.book('e1', 'bob'))).toBe('accepted');
    expect(typesIn(service.log)).toEqual(['EventScheduled', 'BookingHeld', 'HoldExpired', 'BookingConfirmed']);
    expect(metadataOf(service.log, 2)).toMatchObject({ actor: 'system:settle', causationId: held.bookingId });
  });

  it('settles 3,000 holds that lapse together in bounded steps, and 500 who waited are served in order', async () => {
    const service = serviceInMemory({ locking, queueAgeMs: 5_000, outcomeDeadlineMs: 5_000, mailboxLength: 10_000 });
    await service.schedule('e1', { capacity: 3_000, waitlistLimit: 1_000 });
    const users = (n: number, letter: string): string[] => Array.from({ length: n }, (_, i) => `${letter}${i}`);
    await Promise.all(users(3_000, 'h').map((user) => service.book('e1', user, { hold: true })));
    await Promise.all(users(500, 'w').map((user) => service.book('e1', user, { waitlist: true })));
    service.time.at += 600_000;
    await service.transact.settle('e1');
    await service.transact.drain();
    const settled = service.log.records.slice(1 + 3_000 + 500);
    const steps = new Map<string, number>();
    for (const { metadata } of settled) {
      const { commandId } = JSON.parse(metadata) as { commandId: string };
      steps.set(commandId, (steps.get(commandId) ?? 0) + 1);
    }
    expect(Math.max(...steps.values())).toBeLessThanOrEqual(200);
    const offered = settled.filter(({ type }) => type === 'BookingHeld');
    expect(offered.map(({ data }) => (JSON.parse(data) as { userId: string }).userId)).toEqual(users(500, 'w'));
    expect(settled).toHaveLength(3_500);
  });

  it('refuses nothing and writes nothing while its clock is not trusted', async () => {
    const service = serviceInMemory({ locking });
    await service.schedule('e1');
    service.time.trusted = false;
    await expect(service.book('e1', 'ann')).rejects.toBeInstanceOf(ClockSkew);
    expect(service.log.records).toHaveLength(1);
  });

  it('orders by revision and never lets occurredAt go back when the clock does', async () => {
    const service = serviceInMemory({ locking });
    await service.schedule('e1', { capacity: 5 });
    await service.book('e1', 'ann');
    service.time.at -= 3_600_000;
    await service.book('e1', 'bob');
    const times = service.log.records.map((_, at) => metadataOf(service.log, at).occurredAt!);
    expect(times).toEqual([...times].sort());
  });
});

describe('an answer that writes nothing', () => {
  it('rests on a read of the tail: what another process freed is seen', async () => {
    const log = new InMemoryLog();
    const [one, other] = [serviceInMemory({}, log), serviceInMemory({}, log)];
    await one.schedule('e1');
    const { bookingId } = receiptOf(await one.book('e1', 'ann'));
    expect(wordOf(await other.book('e1', 'bob'))).toBe('SoldOut');
    await one.cancel('e1', 'ann', bookingId);
    expect(wordOf(await other.book('e1', 'bob'))).toBe('accepted');
    expect(wordOf(await one.book('e1', 'cid'))).toBe('SoldOut');
  });

  it('shares one read among all who wait', async () => {
    const { service, store } = scripted();
    await service.schedule('e1');
    await service.book('e1', 'ann');
    store.reads = 0;
    await Promise.all(Array.from({ length: 300 }, (_, i) => service.book('e1', `u${i}`)));
    expect(store.reads).toBeLessThanOrEqual(3);
  });
});

describe('group append', () => {
  it('puts what arrives during an append into the next one', async () => {
    const { service, store } = scripted();
    await service.schedule('e1', { capacity: 500 });
    store.appends.length = 0;
    await Promise.all(Array.from({ length: 200 }, (_, i) => service.book('e1', `u${i}`)));
    expect(store.appends.length).toBeLessThanOrEqual(3);
    expect(store.appends.flatMap(({ ids }) => ids)).toHaveLength(200);
  });

  it('is split between commands when it grows too large', async () => {
    const { service, store } = scripted({ batchEvents: 50 });
    await service.schedule('e1', { capacity: 500 });
    await Promise.all(Array.from({ length: 200 }, (_, i) => service.book('e1', `u${i}`)));
    expect(Math.max(...store.appends.map(({ ids }) => ids.length))).toBeLessThanOrEqual(50);
  });
});

describe('an unknown outcome', () => {
  it('is done when the tail begins with our ids', async () => {
    const { service, store, log } = scripted();
    await service.schedule('e1');
    store.faults.push('written-unanswered');
    expect(wordOf(await service.book('e1', 'ann'))).toBe('accepted');
    expect(log.records).toHaveLength(2);
    expect(store.appends).toHaveLength(2);
  });

  it('is sent again, the identical batch, while the tail is empty', async () => {
    const { service, store, log } = scripted();
    await service.schedule('e1', { capacity: 3 });
    store.faults.push('lost', 'lost');
    expect(wordOf(await service.book('e1', 'ann'))).toBe('accepted');
    const [first, ...others] = store.appends.slice(1);
    expect(others).toHaveLength(2);
    for (const other of others) expect(other).toEqual(first);
    expect(log.records).toHaveLength(2);
  });

  it('is decided anew when another record stands there', async () => {
    const log = new InMemoryLog();
    const rival = serviceInMemory({}, log);
    let store!: ScriptedStore;
    const service = serviceInMemory({}, log, (inner) => (store = new ScriptedStore(inner)));
    await service.schedule('e1');
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    store.faults.push('lost');
    const answer = service.book('e1', 'ann');
    while (store.appends.length < 2) await service.time.sleep(1);
    expect(wordOf(await rival.book('e1', 'bob'))).toBe('accepted');
    open();
    expect(wordOf(await answer)).toBe('SoldOut');
  });

  it('has one effect when the first attempt lands late, between our own', async () => {
    const { service, store, log } = scripted();
    await service.schedule('e1', { capacity: 3 });
    store.faults.push('late', 'lost', 'lost', 'lost');
    store.lateMs = 8;
    expect(wordOf(await service.book('e1', 'ann'))).toBe('accepted');
    await service.time.sleep(20);
    expect(log.records).toHaveLength(2);
  });

  it('is not settled by a conflict, which may be our own first attempt: the tail is', async () => {
    const { service, store, log } = scripted();
    await service.schedule('e1', { capacity: 3 });
    store.faults.push('late', 'conflict');
    store.lateMs = 5;
    expect(wordOf(await service.book('e1', 'ann'))).toBe('accepted');
    expect(store.appends).toHaveLength(3);
    expect(log.records).toHaveLength(2);
  });

  it('is told as unknown at the deadline; the same key then finds what was written', async () => {
    const { service, store, log } = scripted({ outcomeDeadlineMs: 40 });
    await service.schedule('e1', { capacity: 3 });
    store.faults.push('late', ...Array.from({ length: 100 }, () => 'lost' as const));
    store.lateMs = 80;
    await expect(service.book('e1', 'ann', {}, 'k1')).rejects.toBeInstanceOf(OutcomeUnknown);
    store.faults.length = 0;
    await service.time.sleep(100);
    // A second later it would be another record, were it decided again.
    service.time.at += 1_000;
    expect(wordOf(await service.book('e1', 'ann', {}, 'k1'))).toBe('replayed');
    expect(log.records).toHaveLength(2);
  });

  it('never leaks what was speculated: after a batch that was lost, the place is free', async () => {
    const { service, store, log } = scripted({ outcomeDeadlineMs: 40 });
    await service.schedule('e1');
    store.faults.push(...Array.from({ length: 100 }, () => 'lost' as const));
    await expect(service.book('e1', 'ann')).rejects.toBeInstanceOf(OutcomeUnknown);
    store.faults.length = 0;
    expect(wordOf(await service.book('e1', 'bob'))).toBe('accepted');
    expect(log.records).toHaveLength(2);
  });

  it('holds those who came meanwhile, and answers them as the log came out', async () => {
    const { service, store } = scripted();
    await service.schedule('e1');
    store.faults.push('late', 'lost');
    store.lateMs = 3;
    const answers = await Promise.all([
      service.book('e1', 'ann'),
      ...Array.from({ length: 20 }, (_, i) => service.book('e1', `u${i}`)),
    ]);
    expect(count(answers.map(wordOf))).toEqual({ accepted: 1, SoldOut: 20 });
  });
});

describe('bounds', () => {
  it('answers StoreUnavailable when the store stays away, and goes on when it is back', async () => {
    const { service, store, log } = scripted({ outcomeDeadlineMs: 40 });
    await service.schedule('e1');
    store.faults.push(...Array.from({ length: 200 }, () => 'unavailable' as const));
    await expect(service.book('e1', 'ann')).rejects.toBeInstanceOf(StoreUnavailable);
    store.faults.length = 0;
    expect(wordOf(await service.book('e1', 'bob'))).toBe('accepted');
    expect(log.records).toHaveLength(2);
  });

  it('answers a failed cold load at once and tries again for the next who asks', async () => {
    const { service, store } = scripted();
    store.failingReads = 1;
    await expect(service.book('e1', 'ann')).rejects.toBeInstanceOf(StoreUnavailable);
    expect(wordOf(await service.book('e1', 'ann'))).toBe('NotFound');
  });

  it('sheds what waits too long for a decision, and writes nothing of it', async () => {
    const { service, store, log } = scripted({ queueAgeMs: 100, batchEvents: 1, outcomeDeadlineMs: 2_000 });
    await service.schedule('e1', { capacity: 50 });
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    const answers = Array.from({ length: 10 }, (_, i) =>
      service.book('e1', `u${i}`).then(wordOf, (error: Error) => error.constructor.name),
    );
    await service.time.sleep(300);
    open();
    const words = count(await Promise.all(answers));
    expect(words).toEqual({ accepted: 2, [Overloaded.name]: 8 });
    expect(log.records).toHaveLength(1 + 2);
  });

  it('weighs a ledger that was loaded for those who did not wait for it', async () => {
    const { service, store } = scripted({ queueAgeMs: 100 });
    const others = new Service(store, service.time);
    await others.schedule('e1', { capacity: 50 });
    for (let i = 0; i < 20; i += 1) await others.book('e1', `u${i}`);
    let open = (): void => undefined;
    store.readGate = new Promise((resolve) => (open = resolve));
    await expect(service.book('e1', 'ann')).rejects.toBeInstanceOf(Overloaded);
    const { entries } = service.transact.standing();
    open();
    await service.time.turn();
    await service.time.turn();
    expect(service.transact.standing().entries - entries).toBe(20);
  });

  it('sheds more commands than a mailbox holds', async () => {
    const { service } = scripted({ mailboxLength: 20 });
    await service.schedule('e1', { capacity: 500 });
    const words = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        service.book('e1', `u${i}`).then(wordOf, (error: Error) => error.constructor.name),
      ),
    );
    const counts = count(words);
    expect(counts.accepted).toBeGreaterThanOrEqual(20);
    expect(counts[Overloaded.name]).toBe(100 - counts.accepted!);
  });

  it('keeps the ledgers of a bounded number of events and loads the others again', async () => {
    const service = serviceInMemory({ cacheEntries: 200 });
    for (let i = 0; i < 50; i += 1) {
      await service.schedule(`e${i}`);
      await service.book(`e${i}`, 'ann');
    }
    expect(service.transact.cachedEvents().length).toBeLessThanOrEqual(10);
    expect(wordOf(await service.book('e0', 'bob'))).toBe('SoldOut');
  });

  it('takes nothing more once it is being shut down, and finishes what it took', async () => {
    const service = serviceInMemory();
    await service.schedule('e1', { capacity: 50 });
    const answers = Array.from({ length: 20 }, (_, i) => service.book('e1', `u${i}`));
    await service.transact.drain();
    expect(count((await Promise.all(answers)).map(wordOf))).toEqual({ accepted: 20 });
    await expect(service.book('e1', 'late')).rejects.toBeInstanceOf(Overloaded);
  });

  it('refuses commands on a stream that it cannot read, and only those', async () => {
    const service = serviceInMemory();
    await service.schedule('e1', { capacity: 5 });
    await service.schedule('e2', { capacity: 5 });
    const last = service.log.records[0]!;
    service.log.push({ ...last, revision: 1, id: last.id.replace(/^./, 'f'), type: 'BookingTeleported' });
    await expect(service.book('e1', 'ann')).rejects.toMatchObject({ code: 'stream-unreadable' });
    expect(wordOf(await service.book('e2', 'ann'))).toBe('accepted');
  });
});

describe('a record that cannot be read', () => {
  it('ends what settle owed, instead of trying it for ever', async () => {
    const { service, store, log } = scripted({ batchEvents: 1 });
    await service.schedule('e1');
    const { bookingId } = receiptOf(await service.book('e1', 'ann'));
    receiptOf(await service.book('e1', 'bob', { waitlist: true }));
    let open = (): void => undefined;
    const cancelled = service.cancel('e1', 'ann', bookingId);
    while (store.appends.length < 4) await service.time.turn();
    store.gate = new Promise((resolve) => (open = resolve));
    await cancelled;
    const last = log.records.at(-1)!;
    log.push({ ...last, revision: last.revision + 1, id: last.id.replace(/^./, 'f'), type: 'BookingTeleported' });
    open();
    await service.transact.drain();
    expect(store.appends.length).toBeLessThanOrEqual(6);
  });
});

describe('while LOCKING is changed process by process', () => {
  it('both strategies work on one event at once', async () => {
    const log = new InMemoryLog();
    const time = new SetTime();
    const services = (['optimistic', 'pessimistic', 'optimistic', 'pessimistic'] as const).map((locking) =>
      serviceInMemory({ locking }, log, (store) => store, time),
    );
    await services[0]!.schedule('e1', { capacity: 60 });
    const answers = await Promise.all(
      Array.from({ length: 240 }, (_, i) => services[i % 4]!.book('e1', `u${i}`).then(wordOf)),
    );
    expect(count(answers)).toEqual({ accepted: 60, SoldOut: 180 });
  });
});

describe('an event that several processes write to', () => {
  /** An optimistic service, and how often it has locked a stream. */
  function counted(log: InMemoryLog): { service: Service; locks: () => number } {
    let locks = 0;
    const service = serviceInMemory({}, log, (inner) => ({
      ...{ identity: () => inner.identity(), read: inner.read.bind(inner), append: inner.append.bind(inner) },
      locked: (...call) => {
        locks += 1;
        return inner.locked!(...call);
      },
    }));
    return { service, locks: () => locks };
  }

  it('is locked by who has lost against another, until nobody else has written for a while', async () => {
    const log = new InMemoryLog();
    const [ours, other] = [counted(log), counted(log)];
    await ours.service.schedule('e1', { capacity: 100 });
    await ours.service.book('e1', 'ann');
    expect(ours.locks()).toBe(0);

    await other.service.book('e1', 'bob');
    await ours.service.book('e1', 'cid');
    expect(ours.locks()).toBe(1);

    await other.service.book('e1', 'dan');
    for (let at = 0; at < 40; at += 1) await ours.service.book('e1', `u${at}`);
    const locks = ours.locks();
    expect(locks).toBeGreaterThan(8);
    expect(locks).toBeLessThan(40);
    await ours.service.book('e1', 'eve');
    expect(ours.locks()).toBe(locks);
  });

  it('is never locked where the store has no locks', async () => {
    const log = new InMemoryLog();
    const plain = (): Service =>
      serviceInMemory({}, log, (inner) => ({
        identity: () => inner.identity(),
        read: inner.read.bind(inner),
        append: inner.append.bind(inner),
      }));
    const [ours, other] = [plain(), plain()];
    await ours.schedule('e1', { capacity: 100 });
    await other.book('e1', 'bob');
    const answers = await Promise.all([ours.book('e1', 'ann'), other.book('e1', 'cid'), ours.book('e1', 'dan')]);
    expect(answers.map(wordOf)).toEqual(['accepted', 'accepted', 'accepted']);
  });
});
