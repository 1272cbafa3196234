import { gate, oneMailbox } from '../support/one-mailbox.js';
import type { AppendFault } from '../support/scripted-store.js';
import { receiptOf } from '../support/service.js';

const MINUTE_MS = 60_000;
const names = (letter: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${letter}${at}`);
const accepted = (users: readonly string[]): string[] => users.map((user) => `${user} accepted`);

/** A mailbox whose ledger is loaded, of an event that another process has scheduled. */
async function loaded(...[settings, capacity = 500]: [Parameters<typeof oneMailbox>[0]?, number?]) {
  const box = oneMailbox(settings);
  receiptOf(await box.others.schedule('e1', { capacity, waitlistLimit: 5 }));
  expect(await box.book('nobody', { seats: 11 }).word).toBe('TooManySeats');
  box.happened.length = 0;
  return box;
}

/** The one place was given back: what travels is nothing but the offer to who waits, and may go once `open` is called. */
async function offering(settings: Parameters<typeof oneMailbox>[0], ...faults: AppendFault[]) {
  const box = oneMailbox(settings);
  receiptOf(await box.others.schedule('e1', { waitlistLimit: 5 }));
  const { bookingId } = receiptOf(await box.others.book('e1', 'ann'));
  receiptOf(await box.others.book('e1', 'bob', { waitlist: true }));
  const [first, second] = [gate(), gate()];
  box.store.gate = first.shut;
  box.cancel('ann', bookingId);
  await box.until(() => box.store.appends.length === 1);
  box.store.gate = second.shut;
  box.store.faults.push(...faults);
  first.open();
  await box.until(() => box.store.appends.length === 2);
  return { ...box, open: second.open };
}

const typesIn = ({ log }: ReturnType<typeof oneMailbox>): string[] => log.records.map(({ type }) => type);

describe('while its ledger is loaded, a mailbox', () => {
  it('sends away who has waited too long, at the tick, and writes nothing of theirs', async () => {
    const box = oneMailbox();
    receiptOf(await box.others.schedule('e1', { capacity: 9 }));
    const reads = gate();
    box.store.readGate = reads.shut;
    const [ann, bob] = [box.book('ann'), box.book('bob', { arrivedAt: 1 })];
    for (const tick of [1, 2, 3]) box.mailbox.dropOld(tick);
    expect(box.happened).toEqual([]);
    box.mailbox.dropOld(4);
    expect(box.happened).toEqual(['ann Overloaded']);
    box.mailbox.dropOld(5);
    expect(await ann.word).toBe('Overloaded: waited too long for a decision');
    expect(await bob.word).toBe('Overloaded: waited too long for a decision');
    expect(box.mailbox.isIdle).toBe(false);
    reads.open();
    await box.until(() => box.mailbox.isIdle);
    await box.quiet();
    expect(typesIn(box)).toEqual(['EventScheduled']);
  });

  it('refuses who waits, when the clock is no longer trusted by then', async () => {
    const box = oneMailbox();
    receiptOf(await box.others.schedule('e1'));
    const ann = box.book('ann');
    box.time.trusted = false;
    expect(await ann.word).toBe("ClockSkew: this process's clock is too far from the database's");
    expect(typesIn(box)).toEqual(['EventScheduled']);
  });

  it('gathers what fits one batch, and decides each of the others once, later', async () => {
    const box = oneMailbox({ batchEvents: 2 });
    receiptOf(await box.others.schedule('e1', { capacity: 9 }));
    await Promise.all(['ann', 'bob', 'cid'].map((user) => box.book(user).word));
    await box.quiet();
    const [first, ...others] = box.happened;
    expect([first, others.filter((what) => what !== 'turn')]).toEqual([
      'append 2',
      ['append 1', 'ann accepted', 'bob accepted', 'cid accepted'],
    ]);
  });
});

describe('a mailbox', () => {
  it('answers with the position of its own record', async () => {
    const box = await loaded();
    for (const user of ['ann', 'bob']) {
      const { position } = (await box.book(user).answer) as { position: bigint };
      expect(position).toBe(box.log.records.at(-1)!.position);
    }
  });

  it('is not idle while anything travels, nor while others wait when one is sent away', async () => {
    const box = await loaded();
    expect(box.mailbox.isIdle).toBe(true);
    const wire = gate();
    box.store.gate = wire.shut;
    box.store.faults.push('broken');
    const ann = box.book('ann');
    await box.until(() => box.store.appends.length === 1);
    expect(box.mailbox.isIdle).toBe(false);
    const idle: boolean[] = [];
    const bob = box.book('bob', { answered: () => idle.push(box.mailbox.isIdle) });
    const cid = box.book('cid', { arrivedAt: 2 });
    await box.quiet();
    box.mailbox.dropOld(4);
    wire.open();
    expect(await Promise.all([ann.word, bob.word, cid.word])).toEqual([
      'Error: scripted',
      'Overloaded: waited too long for a decision',
      'accepted',
    ]);
    expect(idle).toEqual([false]);
    expect(box.mailbox.isIdle).toBe(true);
    expect(box.happened).toEqual(['append 1', 'ann Error', 'pause 4', 'bob Overloaded', 'append 1', 'cid accepted']);
  });

  it('takes as many as may wait, beside those that travel', async () => {
    const box = await loaded({ mailboxLength: 3 });
    const wire = gate();
    box.store.gate = wire.shut;
    const first = box.book('first').word;
    await box.until(() => box.store.appends.length === 1);
    const asked = names('u', 4).map((user) => box.book(user).word);
    wire.open();
    expect(await Promise.all([first, ...asked])).toEqual([
      ...Array.from({ length: 4 }, () => 'accepted'),
      'Overloaded: 3 commands wait for this event',
    ]);
  });

  it('lets a repeat wait longer for the answer of its twin that travels, but not for ever', async () => {
    const box = await loaded();
    const wire = gate();
    box.store.faults.push('lost');
    const first = box.book('ann', { key: 'k1' });
    await box.until(() => box.tally.unknowns === 1);
    box.store.gate = wire.shut;
    await box.until(() => box.store.appends.length === 2);
    const [again, bob] = [box.book('ann', { key: 'k1' }), box.book('bob')];
    box.mailbox.dropOld(5);
    expect(await bob.word).toBe('Overloaded: waited too long for a decision');
    expect(box.happened).not.toContain('ann RequestInFlight');
    box.mailbox.dropOld(6);
    expect(await again.word).toBe('RequestInFlight: an earlier request with this Idempotency-Key is still running');
    wire.open();
    expect(await first.word).toBe('accepted');
  });
});

describe('who asks in the same turn', () => {
  it('is decided at its end, in the order of asking, though the ledger was ready before', async () => {
    const box = await loaded();
    const asked = names('u', 3).map((user) => box.book(user));
    expect([box.store.appends, box.mailbox.depth, box.mailbox.isIdle]).toEqual([[], 3, false]);
    await Promise.all(asked.map(({ word }) => word));
    expect(box.happened).toEqual(['append 3', ...accepted(names('u', 3))]);
  });

  it('is decided though a command among them cannot be: that one is told, and nothing of it is written', async () => {
    const box = await loaded();
    const [ann, bad, cid] = [box.book('ann'), box.book('b\u0000b'), box.book('cid')];
    expect(await Promise.all([ann.word, bad.word, cid.word])).toEqual([
      'accepted',
      'TypeError: text with NUL or a lone surrogate',
      'accepted',
    ]);
    expect(box.happened).toEqual(['b\u0000b TypeError', 'append 2', 'ann accepted', 'cid accepted']);
    expect(box.log.records.map(({ revision }) => revision)).toEqual([0, 1, 2]);
  });
});

describe('batches are made even', () => {
  /** So many arrive while `later` wait behind them: what happens from then on. */
  async function arriving(count: number, later: number): Promise<string[]> {
    const box = await loaded();
    const [first, second] = [gate(), gate()];
    box.store.gate = first.shut;
    box.book('first');
    await box.until(() => box.store.appends.length === 1);
    for (const user of names('u', count)) box.book(user);
    box.store.gate = second.shut;
    first.open();
    await box.until(() => box.happened.includes('first accepted'));
    for (const user of names('w', later)) box.book(user);
    box.happened.length = 0;
    second.open();
    await box.quiet();
    return box.happened;
  }

  it('half of many are woken first where few wait, and who asks again joins the next batch', async () => {
    const [early, late] = [accepted(names('u', 8)), accepted(names('u', 16)).slice(8)];
    expect(await arriving(16, 0)).toEqual([...early, 'turn', ...late]);
    expect(await arriving(16, 7)).toEqual([
      ...early,
      ...['turn', 'append 7', 'turn'],
      ...late,
      ...accepted(names('w', 7)),
    ]);
  });

  it('the next batch is on its way before anybody is woken where half as many wait', async () => {
    const all = [...accepted(names('u', 16)), ...accepted(names('w', 8))];
    expect(await arriving(16, 8)).toEqual(['append 8', 'turn', ...all]);
  });

  it('few are woken together, at once', async () => {
    expect(await arriving(15, 0)).toEqual(accepted(names('u', 15)));
  });
});

describe('a batch that met a conflict', () => {
  it('is decided anew at once, then after longer and longer pauses, and as often as is allowed', async () => {
    const box = await loaded({ maxRetries: 2 });
    box.store.faults.push('conflict');
    box.store.lockFaults.push('conflict', 'conflict');
    expect(await box.book('ann').word).toBe('Overloaded: too many others write to this event');
    await box.until(() => box.mailbox.isIdle);
    expect(box.happened).toEqual(['append 1', 'pause 8', 'ann Overloaded', 'pause 32']);
    expect([box.store.locks, box.tally.conflicts]).toEqual([2, 3]);
  });

  it('leaves the mailbox neither idle nor due until it has read what the others wrote', async () => {
    const box = await loaded({ maxRetries: 0 });
    receiptOf(await box.book('zoe', { hold: true, holdSeconds: 60 }).answer);
    box.time.at += 2 * MINUTE_MS;
    box.store.faults.push('conflict');
    const state: boolean[] = [];
    const ann = box.book('ann', { answered: () => state.push(box.mailbox.isIdle, box.mailbox.isDue()) });
    expect(await ann.word).toMatch('Overloaded');
    await box.until(() => box.mailbox.isIdle);
    expect(state).toEqual([false, false]);
    expect(box.mailbox.isDue()).toBe(true);
  });

  it('is answered with what went wrong when the ledger cannot be brought up to date', async () => {
    const box = await loaded();
    receiptOf(await box.others.book('e1', 'bob'));
    box.store.failingReads = 1;
    expect(await box.book('ann').word).toBe('StoreUnavailable: scripted');
    expect(await box.book('ann').word).toBe('accepted');
  });

  it('is settled again though nobody waits for it', async () => {
    // One that may wait fills a batch: what settle owes has the next one alone, and there is nothing owed after it.
    const box = await offering({ mailboxLength: 1 }, 'conflict');
    box.open();
    await box.until(() => box.tally.conflicts === 1 && box.mailbox.isIdle);
    expect(typesIn(box).slice(3)).toEqual(['BookingCancelled', 'BookingHeld']);
  });

  it('does not settle what its commands have no need of', async () => {
    const box = await loaded();
    receiptOf(await box.book('zoe', { hold: true, holdSeconds: 60 }).answer);
    box.time.at += 2 * MINUTE_MS;
    box.store.faults.push('conflict');
    const command = { type: 'CancelEvent', ifMatch: null } as const;
    expect(await box.ask(command, box.others.envelope('e1', 'manager')).word).toBe('accepted');
    expect(typesIn(box).at(2)).toBe('EventCancelled');
  });
});

describe('an offer that could not be written', () => {
  it('is left to the sweeper after what nobody expects, and who waits behind it is told', async () => {
    const box = await offering({ batchEvents: 1 }, 'broken');
    const cid = box.book('cid');
    box.open();
    expect(await cid.word).toBe('Error: scripted');
    await box.quiet();
    expect([box.store.appends.length, box.mailbox.isIdle, box.mailbox.isDue()]).toEqual([2, true, true]);
    expect(box.happened.filter((what) => what.startsWith('pause'))).toEqual([]);
  });

  it('is left to the sweeper after an outage, and who waits behind it is decided after a pause', async () => {
    const away = Array.from({ length: 9 }, () => 'unavailable' as const);
    const box = await offering({ batchEvents: 1, outcomeDeadlineMs: 5 }, ...away);
    const cid = box.book('cid', { waitlist: true });
    box.open();
    // One while the append is tried, one when it was given up.
    await box.until(() => box.happened.filter((what) => what === 'pause 4').length === 2);
    box.store.faults.length = 0;
    expect(await cid.word).toBe('accepted');
    expect(typesIn(box).slice(3)).toEqual(['BookingCancelled', 'BookingHeld', 'BookingWaitlisted']);
  });

  it('is left to the sweeper when the clock is no longer trusted', async () => {
    const box = await loaded({ batchEvents: 1 });
    const wire = gate();
    box.store.gate = wire.shut;
    const ann = box.book('ann').word;
    await box.until(() => box.store.appends.length === 1);
    const bob = box.book('bob').word;
    await box.quiet();
    box.time.trusted = false;
    wire.open();
    expect(await Promise.all([ann, bob])).toEqual(['accepted', 'accepted']);
    await box.until(() => box.mailbox.isIdle);
  });

  it('is left to the sweeper when what others wrote cannot be read', async () => {
    const box = await offering({ batchEvents: 1 });
    receiptOf(await box.others.book('e1', 'cid', { waitlist: true }));
    box.store.failingReads = 1;
    box.open();
    await box.until(() => box.mailbox.isIdle);
    await box.quiet();
    expect([box.store.appends.length, box.store.locks, box.mailbox.isDue()]).toEqual([2, 0, true]);
  });
});

describe('an answer that writes nothing', () => {
  it('stands though the look at the tail comes back with an empty page', async () => {
    const box = await loaded({}, 1);
    expect(await box.book('ann').word).toBe('accepted');
    box.store.read = async function* () {
      yield [];
    };
    expect(await box.book('bob').word).toBe('SoldOut');
    expect(box.tally.conflicts).toBe(0);
  });

  it('to a repeat is read from its own records among others, with no look at the tail', async () => {
    const box = oneMailbox();
    receiptOf(await box.others.schedule('e1', { capacity: 9 }));
    const first = receiptOf(await box.others.book('e1', 'ann', {}, 'k1'));
    for (const user of ['bob', 'cid']) receiptOf(await box.others.book('e1', user));
    const again = await box.book('ann', { key: 'k1' }).answer;
    expect(again).toMatchObject({ accepted: true, replayed: true, receipt: first });
    expect(box.tally.tailReads).toBe(0);
  });

  it('to a repeat of what was asked of the event says what the first one said', async () => {
    const box = await loaded();
    const command = { type: 'CancelEvent', ifMatch: null } as const;
    const envelope = box.others.envelope('e1', 'manager', 'k1');
    const first = receiptOf(await box.ask(command, envelope).answer);
    expect(receiptOf(await box.ask(command, envelope).answer)).toEqual(first);
  });

  it('to a repeat is that the store is away while the record cannot be read', async () => {
    const box = await loaded();
    expect(await box.book('ann', { key: 'k1' }).word).toBe('accepted');
    box.store.failingReads = 1;
    expect(await box.book('ann', { key: 'k1' }).word).toBe('StoreUnavailable: scripted');
    box.store.read = async function* () {};
    const lost = 'StoreUnavailable: revision 1 of booking-e1 could not be read back';
    expect(await box.book('ann', { key: 'k1' }).word).toBe(lost);
  });
});
