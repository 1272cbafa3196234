import {
  ClockSkew,
  HoldfastError,
  OutcomeUnknown,
  Overloaded,
  RequestInFlight,
  StoreUnavailable,
  StreamUnreadable,
} from '../../src/application/errors.js';
import type { Peer, Question, Reply } from '../../src/application/ports.js';
import { InMemoryEventStore } from '../../src/infrastructure/event-store/in-memory.js';
import { ScriptedStore } from '../support/scripted-store.js';
import { Service, SetTime, receiptOf, serviceInMemory } from '../support/service.js';

const AS_JSON = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Two processes over one log: what `here` is asked is for `there` to decide, by way of JSON; `mood` stands in for what it says. */
function pair(mood: (reply: Promise<Reply>) => Promise<Reply> = (reply) => reply) {
  const there = serviceInMemory();
  const seen: Question[] = [];
  const peer: Peer = {
    ask: async (question) => {
      seen.push(question);
      return AS_JSON(await mood(there.transact.answer(AS_JSON(question))));
    },
  };
  const deciding = { peer: peer as Peer | null };
  const store = new ScriptedStore(new InMemoryEventStore(there.log, there.codec));
  const here = new Service(store, there.time, {}, undefined, null, { deciderOf: () => deciding.peer });
  return { here, there, store, seen, deciding };
}

const typesOf = (records: readonly { readonly type: string }[]): string[] => records.map(({ type }) => type);
const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    (error: unknown) => (error instanceof HoldfastError ? error.code : (error as Error).message),
  );

describe('what another process decides', () => {
  test('is answered as if it had been decided here: done, replayed and refused', async () => {
    const { here, there, store } = pair();
    const scheduled = await here.schedule('e1', { capacity: 1 });
    expect(scheduled).toMatchObject({ accepted: true, replayed: false, position: 1n });
    const ann = await here.book('e1', 'ann', {}, 'k1');
    expect(ann).toMatchObject({ accepted: true, replayed: false, receipt: { userId: 'ann', revision: 1 } });
    expect(await here.book('e1', 'ann', {}, 'k1')).toEqual({ ...ann, replayed: true });
    const refused = await here.book('e1', 'bob');
    expect(refused).toMatchObject({ accepted: false, refusal: { reason: 'SoldOut', free: 0, requested: 1 } });
    expect(await there.book('e1', 'bob')).toEqual(refused);
    expect(here.transact.tally.asked).toEqual({ answered: 4, away: 0, silent: 0 });
    // It is counted, and its ledger kept, where it is decided.
    expect(here.transact.cachedEvents()).toEqual([]);
    expect([store.appends, store.reads]).toEqual([[], 0]);
    expect(there.transact.tally.refusals['sold-out']).toBe(2);
  });

  test('is settled there as well', async () => {
    const { here, there } = pair();
    await here.schedule('e1', { capacity: 1 });
    receiptOf(await here.book('e1', 'ann', { hold: true }));
    there.time.at += 3_600_000;
    expect(await here.transact.settle('e1')).toBe(2);
    expect(typesOf(there.log.records)).toEqual(['EventScheduled', 'BookingHeld', 'HoldExpired']);
  });

  test('is settled there once: what was remembered here since before is forgotten, or it would be asked for again and again', async () => {
    const { here, there, seen, deciding } = pair();
    const peer = deciding.peer;
    deciding.peer = null;
    await here.schedule('e1', { capacity: 1 });
    const { bookingId } = receiptOf(await here.book('e1', 'ann', { hold: true }));
    deciding.peer = peer;
    receiptOf(await here.confirm('e1', 'ann', bookingId));
    there.time.at += 3_600_000;
    const sweep = async (): Promise<void> => {
      for (const eventId of here.transact.cachedEvents())
        if (here.transact.isDue(eventId)) await here.transact.settle(eventId);
    };
    for (let sweeps = 0; sweeps < 3; sweeps += 1) await sweep();
    expect(seen.filter(({ command }) => command.type === 'Settle')).toHaveLength(1);
    expect(here.transact.cachedEvents()).toEqual([]);
    expect(here.transact.standing()).toMatchObject({ ledgers: 0, entries: 0 });
    expect(receiptOf(await here.book('e1', 'bob', { waitlist: true })).status).toBe('waitlisted');
  });

  test.each([
    new StoreUnavailable('gone'),
    new OutcomeUnknown('who knows'),
    new Overloaded('too many'),
    new StreamUnreadable('e1, revision 3'),
    new RequestInFlight('running'),
  ])('and could not be, with $code, is told by that name', async (error) => {
    const { here } = pair(async () => ({ failed: error.code, message: error.message }));
    const asked = here.book('e1', 'ann');
    await expect(asked).rejects.toBeInstanceOf(error.constructor);
    await expect(asked).rejects.toThrow(error.message);
  });

  test('and failed by a bug of ours is no error of ours here either', async () => {
    const { here, there } = pair();
    there.transact.answer = () => Promise.resolve({ failed: null, message: 'undefined is not a function' });
    expect(await codeOf(here.book('e1', 'ann'))).toBe('undefined is not a function');
  });
});

describe('a process that will not decide', () => {
  test('because it ends leaves it to the one that was asked', async () => {
    const { here, there } = pair();
    await here.schedule('e1', { capacity: 1 });
    await there.transact.drain();
    expect(receiptOf(await here.book('e1', 'ann')).userId).toBe('ann');
    expect(here.transact.tally.asked).toEqual({ answered: 1, away: 1, silent: 0 });
    expect(here.transact.cachedEvents()).toEqual(['e1']);
  });

  test('because its clock is wrong leaves it to the one that was asked', async () => {
    const { here, there } = pair();
    await here.schedule('e1', { capacity: 1 });
    const wrong = new SetTime();
    wrong.isTrusted = () => false;
    Object.assign(there.transact, { ports: { ...there.transact['ports'], time: wrong } });
    expect(receiptOf(await here.book('e1', 'ann')).userId).toBe('ann');
    expect(here.transact.tally.asked.away).toBe(1);
  });

  test('and neither does the one that was asked, when its own clock is wrong: it asks nobody', async () => {
    const { here, seen } = pair();
    here.time.isTrusted = () => false;
    await expect(here.book('e1', 'ann')).rejects.toBeInstanceOf(ClockSkew);
    expect(seen).toEqual([]);
  });

  test('and is away is not asked', async () => {
    const { here, deciding, seen } = pair();
    deciding.peer = null;
    await here.schedule('e1', { capacity: 1 });
    expect(receiptOf(await here.book('e1', 'ann')).userId).toBe('ann');
    expect(seen).toEqual([]);
  });
});

describe('a process that falls silent', () => {
  const afterIt = async (reply: Promise<Reply>): Promise<Reply> => (await reply, 'silent');
  const beforeIt = (): Promise<Reply> => Promise.resolve('silent');

  test('after it has decided: the one that was asked finds it in the log', async () => {
    const { here, there } = pair(afterIt);
    await there.schedule('e1', { capacity: 1 });
    expect(await here.book('e1', 'ann', {}, 'k1')).toMatchObject({
      accepted: true,
      replayed: true,
      receipt: { revision: 1 },
    });
    expect(there.log.records).toHaveLength(2);
    expect(here.transact.tally.asked.silent).toBe(1);
  });

  test('before it has decided: the one that was asked decides', async () => {
    const { here, there } = pair(beforeIt);
    await there.schedule('e1', { capacity: 1 });
    expect(await here.book('e1', 'ann', {}, 'k1')).toMatchObject({ accepted: true, replayed: false });
    expect(there.log.records).toHaveLength(2);
  });

  test('a refusal is not told: what was refused here may yet be written there', async () => {
    const { here, there } = pair(beforeIt);
    await there.schedule('e1', { capacity: 1 });
    receiptOf(await there.book('e1', 'ann'));
    await expect(here.book('e1', 'bob', {}, 'k1')).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  test('nor is a yes that had nothing to write: the other may find something to write', async () => {
    const { here, there } = pair(beforeIt);
    await there.schedule('e1', { capacity: 1 });
    const { bookingId } = receiptOf(await there.book('e1', 'ann'));
    expect(await here.cancel('e1', 'ann', bookingId, 'k1')).toMatchObject({ accepted: true, replayed: false });
    await expect(here.cancel('e1', 'ann', bookingId, 'k2')).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  test('that nothing was written is not told either', async () => {
    const { here, there, store } = pair(beforeIt);
    await there.schedule('e1', { capacity: 1 });
    store.failingReads = 1;
    await expect(here.book('e1', 'ann', {}, 'k1')).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  test('without an Idempotency-Key nothing is decided here: who comes second would not know the command again', async () => {
    const { here, there } = pair(beforeIt);
    await there.schedule('e1', { capacity: 5 });
    await expect(here.book('e1', 'ann')).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(there.log.records).toHaveLength(1);
    expect(here.transact.cachedEvents()).toEqual([]);
  });

  test('what is due is settled here', async () => {
    const { here, there } = pair(beforeIt);
    await there.schedule('e1', { capacity: 1 });
    receiptOf(await there.book('e1', 'ann', { hold: true }));
    there.time.at += 3_600_000;
    expect(await here.transact.settle('e1')).toBe(2);
  });
});
