import type { MailboxSettings } from '../../src/application/mailbox.js';
import { gate, oneMailbox } from '../support/one-mailbox.js';
import type { LockFault } from '../support/scripted-store.js';
import { receiptOf } from '../support/service.js';

const MINUTE_MS = 60_000;

/** A mailbox that locks the row for every batch, of an event that another process has scheduled. */
async function locking(settings: Partial<MailboxSettings> = {}, ...faults: LockFault[]) {
  const box = oneMailbox({ locking: 'pessimistic', ...settings });
  receiptOf(await box.others.schedule('e1', { capacity: 3, waitlistLimit: 5 }));
  box.store.lockFaults.push(...faults);
  return box;
}

const typesIn = ({ log }: ReturnType<typeof oneMailbox>): string[] => log.records.map(({ type }) => type);

describe('a locked round', () => {
  it('is every one but that which schedules the event: there is no row yet', async () => {
    const box = oneMailbox({ locking: 'pessimistic' });
    const schedule = {
      ...{ title: 'A night at the opera', timeZone: 'UTC', startsAt: box.time.at + MINUTE_MS, capacity: 1 },
      ...{ holdSeconds: 600, offerSeconds: 600, maxSeatsPerBooking: 10 },
    };
    const envelope = box.others.envelope('e1', 'manager');
    expect(await box.ask({ type: 'ScheduleEvent', schedule }, envelope).word).toBe('accepted');
    expect([box.store.appends.length, box.store.locks]).toEqual([1, 0]);
    expect(await box.book('ann').word).toBe('accepted');
    expect([box.store.appends.length, box.store.locks]).toEqual([1, 1]);
  });

  it('comes one after another, and decides all who came before the row was locked', async () => {
    const box = await locking();
    const lock = gate();
    box.store.gate = lock.shut;
    const asked = [box.book('ann')];
    await box.until(() => box.store.locks === 1);
    asked.push(box.book('bob'));
    await box.quiet();
    expect(box.store.locks).toBe(1);
    lock.open();
    expect(await Promise.all(asked.map(({ word }) => word))).toEqual(['accepted', 'accepted']);
    expect(box.store.locks).toBe(1);
  });

  it('has a step of settle for itself', async () => {
    const box = await locking();
    receiptOf(await box.others.book('e1', 'ann', { hold: true, holdSeconds: 60 }));
    box.time.at += 2 * MINUTE_MS;
    expect(await box.book('bob').word).toBe('accepted');
    expect(typesIn(box).slice(2)).toEqual(['HoldExpired', 'BookingConfirmed']);
    expect(box.store.locks).toBe(2);
  });
});

describe('a lock that could not be had', () => {
  it('is asked for again after a pause, longer each time', async () => {
    const box = await locking({}, 'unavailable', 'unavailable', 'unavailable');
    expect(await box.book('ann').word).toBe('accepted');
    expect(box.happened).toEqual(['pause 4', 'pause 8', 'pause 16', 'ann accepted']);
    expect([box.store.locks, box.store.appends.length]).toEqual([4, 0]);
  });

  it('brings nobody to settle what a command has no need of', async () => {
    const box = await locking();
    receiptOf(await box.others.book('e1', 'ann', { hold: true, holdSeconds: 60 }));
    expect(await box.book('bob').word).toBe('accepted');
    box.time.at += 2 * MINUTE_MS;
    box.store.lockFaults.push('unavailable');
    const command = { type: 'CancelEvent', ifMatch: null } as const;
    expect(await box.ask(command, box.others.envelope('e1', 'manager')).word).toBe('accepted');
    expect(typesIn(box).at(3)).toBe('EventCancelled');
  });

  it('is why those who wait too long were not decided', async () => {
    const box = await locking({}, 'unavailable');
    const [first, second] = [gate(), gate()];
    box.store.gate = first.shut;
    const ann = box.book('ann');
    await box.until(() => box.store.locks === 1);
    box.store.gate = second.shut;
    first.open();
    await box.until(() => box.store.locks === 2);
    box.mailbox.dropOld(4);
    expect(await ann.word).toBe('StoreUnavailable: scripted');
    second.open();
    await box.until(() => box.mailbox.isIdle);
    expect(typesIn(box)).toEqual(['EventScheduled']);
  });
});

describe('a locked round whose commit', () => {
  it('was refused wrote nothing: the row is locked again', async () => {
    const box = await locking({}, 'uncommitted');
    expect(await box.book('ann').word).toBe('accepted');
    expect([box.store.locks, box.store.appends.length]).toEqual([2, 0]);
    expect(typesIn(box)).toEqual(['EventScheduled', 'BookingConfirmed']);
  });

  it('was refused too often is given up: who waited is told, and nobody asks any more', async () => {
    const box = await locking({ maxRetries: 1 }, 'uncommitted', 'uncommitted');
    expect(await box.book('ann').word).toBe('StoreUnavailable: scripted');
    await box.quiet();
    expect(box.happened).toEqual(['pause 4', 'ann StoreUnavailable']);
    expect([box.store.locks, box.mailbox.isIdle]).toEqual([2, true]);
    expect(typesIn(box)).toEqual(['EventScheduled']);
  });

  it('went unanswered is done when its records are there', async () => {
    const box = await locking({}, 'written-unanswered');
    expect(await box.book('ann').word).toBe('accepted');
    expect([box.store.locks, box.store.appends.length, box.tally.unknowns]).toEqual([1, 0, 1]);
    expect(typesIn(box)).toEqual(['EventScheduled', 'BookingConfirmed']);
  });

  it('went unanswered and came to nothing is sent again as it was', async () => {
    const box = await locking({}, 'lost');
    expect(await box.book('ann').word).toBe('accepted');
    expect([box.store.locks, box.store.appends.length, box.tally.unknowns]).toEqual([1, 1, 1]);
    expect(typesIn(box)).toEqual(['EventScheduled', 'BookingConfirmed']);
  });

  it('went unanswered though there was nothing to write is not sent at all', async () => {
    const box = await locking({}, 'lost');
    expect(await box.book('ann', { seats: 11 }).word).toBe('OutcomeUnknown: scripted');
    expect([box.store.locks, box.store.appends.length]).toEqual([1, 0]);
  });

  it('met a conflict is decided anew', async () => {
    const box = await locking({}, 'conflict');
    expect(await box.book('ann').word).toBe('accepted');
    expect([box.store.locks, box.tally.conflicts]).toEqual([2, 1]);
  });
});
