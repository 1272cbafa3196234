import { booking } from '../../src/domain/booking/decide.js';
import { SETTLE, type BookingEvent } from '../../src/domain/booking/events.js';
import { add, dropStale, type Deadlines } from '../../src/domain/booking/holds.js';
import { Desk } from '../support/desk.js';
import { dump } from '../support/dump.js';
import {
  MINUTE,
  NOW,
  cancelled,
  confirmed,
  expired,
  extended,
  held,
  offered,
  renamed,
  scheduled,
  seatsChanged,
  waitlisted,
} from '../support/facts.js';

const madeFromKey = '74738ff5-5367-5958-9aee-98fffdcd1876';
const random = '018f4e3c-7b1a-7cc2-9b3e-0d5a8c1f2e44';

function ledgerOf(...facts: BookingEvent[]) {
  const desk = new Desk();
  for (const fact of facts) desk.write(fact, NOW, random, 'ann');
  return desk;
}

describe('the head of the ledger', () => {
  test('is that of the last fact, and undo goes back to the one before', () => {
    const desk = ledgerOf(scheduled());
    const before = dump(desk.ledger);
    const head = { revision: 1, commandId: madeFromKey, actor: 'ann', occurredAt: NOW + 5, hash: 'abc' };
    const undo = booking.evolve(desk.ledger, { event: confirmed('ann'), ...head });
    expect(desk.ledger).toMatchObject({ revision: 1, occurredAt: NOW + 5, hash: 'abc', cause: madeFromKey });
    undo();
    expect(dump(desk.ledger)).toBe(before);
  });

  test('is moved by facts of the event itself only where it says so', () => {
    const desk = ledgerOf(scheduled(), renamed('Soirée'), confirmed('ann'));
    expect(desk.ledger).toMatchObject({ revision: 2, settingsRevision: 1 });
  });

  test('stands on a schedule: a stream that begins otherwise is not one of ours', () => {
    expect(() => ledgerOf(renamed('Soirée'))).toThrow('EventRenamed stands before EventScheduled');
  });
});

describe('commands that can come again', () => {
  test('are remembered with their first fact, and forgotten by its undo alone', () => {
    const desk = ledgerOf(scheduled(), confirmed('ann', { seats: 2 }));
    desk.write(seatsChanged('ann'), NOW, madeFromKey, 'ann');
    desk.write(cancelled('ann'), NOW, madeFromKey, 'ann');
    expect([...desk.ledger.commands]).toEqual([[madeFromKey, 2]]);
    desk.log[3]?.undo();
    expect([...desk.ledger.commands]).toEqual([[madeFromKey, 2]]);
    desk.log[2]?.undo();
    expect([...desk.ledger.commands]).toEqual([]);
  });

  test('are those made from a key: others would only fill the memory', () => {
    expect(ledgerOf(scheduled(), confirmed('ann')).ledger.commands.size).toBe(0);
  });
});

describe('the cause of what settle may do', () => {
  test('is the last command of somebody, or the lapse that settle wrote', () => {
    const desk = ledgerOf(scheduled({ capacity: 2 }), held('ann'), confirmed('bob'), waitlisted('cid'));
    expect(desk.ledger.cause).toBe(random);
    desk.write(expired('ann'), NOW, 'a lapse', SETTLE);
    expect(desk.ledger.cause).toBe('a lapse');
    desk.write(offered('cid'), NOW, 'an offer', SETTLE);
    expect(desk.ledger.cause).toBe('a lapse');
  });
});

describe('deadlines', () => {
  const sooner = { expiresAt: NOW + MINUTE };

  test.each<[string, BookingEvent]>([
    ['confirm', confirmed('ann')],
    ['change of places', seatsChanged('ann', { ...held('ann').data, seats: 2 })],
  ])('do not pile up while one %s is tried and taken back over and over', (_kind, event) => {
    const desk = ledgerOf(scheduled(), held('eve', sooner), held('ann'));
    const before = dump(desk.ledger);
    const again = { event, revision: 3, commandId: random, actor: 'ann', occurredAt: NOW, hash: '' };
    for (let attempt = 0; attempt < 5_000; attempt += 1) booking.evolve(desk.ledger, again)();
    expect(desk.ledger.deadlines.length).toBeLessThanOrEqual(2 * desk.ledger.holdsOpen + 1_000);
    expect(dump(desk.ledger)).toBe(before);
  });

  test('of very many holds are tidied up too', () => {
    const current = 200_000;
    const deadlines: Deadlines = [];
    for (let revision = 0; revision < 3 * current; revision += 1)
      add(deadlines, { bookingId: '', expiresAt: NOW - revision, revision });
    dropStale(deadlines, ({ revision }) => revision % 3 === 2, current);
    expect(deadlines).toHaveLength(current);
    expect(deadlines[0]).toMatchObject({ revision: 3 * current - 1 });
  });

  test('are in order again after thousands of holds were extended', () => {
    const desk = ledgerOf(scheduled({ capacity: 1_000 }), held('eve', sooner));
    const users = Array.from({ length: 300 }, (_, index) => `user-${index}`);
    for (const user of users) desk.write(held(user), NOW, random, user);
    for (let round = 1; round <= 10; round += 1)
      for (const [index, user] of users.entries())
        desk.write(extended(user, { expiresAt: NOW + (10 + round) * MINUTE - index }), NOW, random, user);
    expect(desk.ledger.deadlines.length).toBeLessThanOrEqual(2 * 301 + 1_000);
    const order: string[] = [];
    const onLapse = (): void => void order.push(desk.ledger.deadlines[0]?.bookingId ?? '');
    for (onLapse(); order.at(-1) !== ''; onLapse())
      desk.write(expired(order.at(-1)!.slice(2)), NOW + MINUTE, random, SETTLE);
    expect(order).toEqual(['b-eve', ...users.map((user) => `b-${user}`).reverse(), '']);
  });

  test('that are alike stay in the order of their last facts when one was moved and moved back', () => {
    const fewer = seatsChanged('ann', { status: 'held', expiresAt: held('ann').data.expiresAt! });
    const desk = ledgerOf(scheduled(), held('ann', { seats: 2 }), held('bob'), fewer);
    expect(desk.ledger.deadlines[0]).toMatchObject({ bookingId: 'b-bob' });
    const later = extended('ann', { expiresAt: NOW + 20 * MINUTE });
    desk.write(later, NOW, random, 'ann');
    desk.log.at(-1)?.undo();
    expect(desk.ledger.deadlines[0]).toMatchObject({ bookingId: 'b-bob' });
  });

  test('of an undone fact do not count for the fact that takes its revision', () => {
    const desk = ledgerOf(scheduled(), held('ann'), held('bob', { expiresAt: NOW + 15 * MINUTE }));
    for (const minutes of [12, 30]) {
      desk.write(extended('ann', { expiresAt: NOW + minutes * MINUTE }), NOW, random, 'ann');
      if (minutes === 12) desk.log.pop()?.undo();
    }
    expect(desk.ledger.deadlines[0]).toMatchObject({ bookingId: 'b-bob' });
  });
});
