import { emptyWaitlist, firstTooLarge, join, leave, resize, type Waitlist } from '../../src/domain/booking/waitlist.js';

function line(...seats: readonly number[]): Waitlist {
  const waitlist = emptyWaitlist();
  for (const [at, wanted] of seats.entries()) join(waitlist, `b-${at}`, wanted);
  return waitlist;
}

describe('the first in line who asks for more than there is', () => {
  test('is nobody when all fit, or nobody waits', () => {
    expect(firstTooLarge(line(), 1)).toBeNull();
    expect(firstTooLarge(line(1, 3, 2), 3)).toBeNull();
  });

  test('is found at the head, in the middle, and where nobody else waits', () => {
    expect(firstTooLarge(line(4, 1), 3)?.bookingId).toBe('b-0');
    expect(firstTooLarge(line(3, 4, 5), 3)?.bookingId).toBe('b-1');
    expect(firstTooLarge(line(4), 3)?.bookingId).toBe('b-0');
  });

  test('is nobody again once that one has left or asks for less, and comes back with undo', () => {
    const waitlist = line(1, 4);
    const back = leave(waitlist, 'b-1');
    expect(firstTooLarge(waitlist, 3)).toBeNull();
    back();
    expect(firstTooLarge(waitlist, 3)?.bookingId).toBe('b-1');
    const asBefore = resize(waitlist, 'b-1', 3);
    expect(firstTooLarge(waitlist, 3)).toBeNull();
    asBefore();
    expect(firstTooLarge(waitlist, 3)?.bookingId).toBe('b-1');
  });
});

test('who does not stand in line cannot leave it: the ledger would be wrong', () => {
  expect(() => leave(line(1), 'b-7')).toThrow('booking b-7 does not stand in line');
  expect(() => resize(line(1), 'b-7', 1)).toThrow('booking b-7 does not stand in line');
});
