import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, type CheckSettings } from './checker/check.js';
import { Story, tokenOf } from './checker/story.js';
import { HistoryWriter, kindOf, readHistory } from './history.js';

const HOLD = { body: { hold: true } };
const WAIT = { body: { waitlist: true } };
const ALONE = { requested: 1, free: 0, waiting: 0 };

/** Which promises the history breaks, each once, in the order in which it shows. */
function broken({ entries, records }: Story, settings: CheckSettings = {}): string[] {
  return [...new Set(check(entries, records, settings).violations.map(({ invariant }) => invariant))];
}

function sentences({ entries, records }: Story): string {
  return check(entries, records)
    .violations.map(({ invariant, what }) => `${invariant} ${what}`)
    .join('\n');
}

describe('a checker of histories, and places that are taken', () => {
  it('finds nothing wrong where as many book as there are places and one more is told so', () => {
    const story = new Story(2);
    story.books('ann');
    story.books('bob');
    story.denies(story.asks('cleo', 'book'), 'sold-out', ALONE);
    expect(sentences(story)).toBe('');
  });

  it('I2: one place was sold too many', () => {
    const story = new Story(2);
    for (const user of ['ann', 'bob', 'cleo']) story.books(user);
    expect(broken(story)).toEqual(['I2']);
  });

  it('I1: two have won one place, and the log knows of the second only', () => {
    const story = new Story(1);
    const ann = story.asks('ann', 'book');
    const bob = story.asks('bob', 'book');
    const written = story.writes(bob, 'BookingConfirmed');
    story.tells(bob, written);
    story.tells(ann, written, { body: { ...written.data, bookingId: ann.bookingId, userId: 'ann', revision: 1 } });
    expect(broken(story)).toEqual(['I1']);
  });

  it('I1: a booking was acknowledged and is not in the log', () => {
    const story = new Story(2);
    const ann = story.asks('ann', 'book');
    story.tells(ann, { type: '', revision: 1, position: 1, data: { bookingId: ann.bookingId, status: 'confirmed' } });
    expect(broken(story)).toEqual(['I1']);
  });

  it('I1: somebody was told a position that the log never reached', () => {
    const story = new Story(2);
    const ann = story.asks('ann', 'book');
    story.tells(ann, { ...story.writes(ann, 'BookingConfirmed'), position: 3 });
    expect(broken(story)).toEqual(['I1']);
  });

  it('I3: a user has two active bookings', () => {
    const story = new Story(2);
    story.books('ann');
    story.books('ann');
    expect(broken(story)).toEqual(['I3']);
  });

  it('lets a user book again who has cancelled', () => {
    const story = new Story(1);
    story.cancels(story.books('ann'));
    story.books('ann');
    expect(sentences(story)).toBe('');
  });
});

describe('a checker of histories, and one key', () => {
  it('lets the second call with a key be told what the first did', () => {
    const story = new Story(2);
    const ann = story.books('ann');
    story.replays(story.asksAgain(ann), ann.written);
    expect(sentences(story)).toBe('');
  });

  it('I3: a key had two effects', () => {
    const story = new Story(2);
    const ann = story.books('ann');
    story.tells(story.asksAgain(ann), story.writes(ann, 'BookingConfirmed'));
    expect(broken(story)).toEqual(['I3']);
  });

  it('I3: the second call was told of another booking', () => {
    const story = new Story(2);
    const ann = story.books('ann');
    story.replays(story.asksAgain(ann), story.books('bob').written);
    expect(broken(story)).toEqual(['I3']);
  });

  it('I3: the second call was told no', () => {
    const story = new Story(1);
    const ann = story.books('ann');
    story.denies(story.asksAgain(ann), 'already-booked', { bookingId: ann.bookingId });
    expect(broken(story)).toEqual(['I3']);
  });

  it('I3: the second call was told that it did it itself', () => {
    const story = new Story(1);
    const ann = story.books('ann');
    story.tells(story.asksAgain(ann), ann.written);
    expect(broken(story)).toEqual(['I3']);
  });

  it('explains key-reused by what was written for the other request, and by nothing else', () => {
    const story = new Story(3);
    const ann = story.books('ann');
    story.denies(story.asksAgain(ann, { body: { seats: 2 } }), 'key-reused', {}, 422);
    expect(sentences(story)).toBe('');
    const other = story.asks('bob', 'book');
    story.denies(story.asksAgain(other, { body: { seats: 2 } }), 'key-reused', {}, 422);
    expect(broken(story)).toEqual(['I7']);
  });

  it('lets a call without a key be the one that wrote, once', () => {
    const story = new Story(3);
    story.books('ann', { key: null });
    expect(sentences(story)).toBe('');
    const again = story.asks('bob', 'book', { key: null });
    story.isCutOff(again);
    story.writes(again, 'BookingConfirmed');
    expect(sentences(story)).toBe('');
    story.writes({ ...again, bookingId: story.asks('bob', 'read-event').bookingId }, 'BookingConfirmed');
    expect(broken(story)).toEqual(['I4', 'I3']);
  });
});

describe('a checker of histories, and what nobody could know', () => {
  it('lets a call that got no answer have its effect, before or after', () => {
    const story = new Story(2);
    const ann = story.asks('ann', 'book');
    const bob = story.asks('bob', 'book');
    story.writes(ann, 'BookingConfirmed');
    story.isCutOff(ann);
    story.fails(bob, 'outcome-unknown');
    story.wait(5_000);
    story.writes(bob, 'BookingConfirmed');
    expect(sentences(story)).toBe('');
  });

  it('lets a call that got no answer have none', () => {
    const story = new Story(1);
    story.isCutOff(story.asks('ann', 'book'));
    story.asks('ann', 'book');
    story.books('bob');
    expect(sentences(story)).toBe('');
  });

  it('lets a call be refused, and an earlier one with its key that was not answered take effect after that', () => {
    const story = new Story(1);
    const ann = story.asks('ann', 'book');
    story.fails(ann, 'outcome-unknown');
    const bob = story.books('bob');
    story.denies(story.asksAgain(ann), 'sold-out', ALONE);
    story.cancels(bob);
    story.writes(ann, 'BookingConfirmed');
    expect(sentences(story)).toBe('');
  });

  it('I11: a call that was told no has left a record', () => {
    const story = new Story(1);
    const bob = story.books('bob');
    const ann = story.asks('ann', 'book');
    story.denies(ann, 'sold-out', ALONE);
    story.cancels(bob);
    story.writes(ann, 'BookingConfirmed');
    expect(broken(story)).toEqual(['I11']);
  });

  it('I11: so has one that was told that nothing was done', () => {
    const story = new Story(1);
    const ann = story.asks('ann', 'book');
    story.writes(ann, 'BookingConfirmed');
    story.fails(ann, 'store-unavailable');
    expect(broken(story)).toEqual(['I11']);
  });

  it('I11: so has one that was told, without a record, that its booking had ended already', () => {
    const story = new Story(1);
    const { bookingId } = story.books('ann', HOLD);
    story.wait(600_000);
    const lapsed = story.settles(bookingId, 'HoldExpired');
    const cancel = story.asks('ann', 'cancel', { bookingId });
    story.tells(cancel, lapsed);
    const confirm = story.asks('ann', 'confirm', { bookingId });
    story.tells(confirm, story.writes(confirm, 'BookingConfirmed'));
    expect(sentences(story)).toBe('');
    story.writes(cancel, 'BookingCancelled');
    expect(broken(story)).toEqual(['I11']);
  });

  it('lets a call that failed be made again and succeed', () => {
    const story = new Story(1);
    const ann = story.asks('ann', 'book');
    story.fails(ann, 'overloaded');
    const again = story.asksAgain(ann);
    story.tells(again, story.writes(again, 'BookingConfirmed'));
    expect(sentences(story)).toBe('');
  });
});

describe('a checker of histories, and the log in itself', () => {
  it('I4: a record that nobody has asked for', () => {
    const story = new Story(2);
    const ann = story.asks('ann', 'book');
    story.entries.pop();
    story.writes(ann, 'BookingConfirmed');
    expect(broken(story)).toEqual(['I4']);
  });

  it('I4: more places than were asked for', () => {
    const story = new Story(5);
    const ann = story.asks('ann', 'book');
    story.writes(ann, 'BookingConfirmed', { seats: 3 });
    expect(broken(story)).toEqual(['I4']);
  });

  it.each([
    ['the chain is broken', { metadata: (text: string) => text.replace(/"prevHash":"../, '"prevHash":"00') }],
    ['a byte has changed', { data: (text: string) => text.replace('"seats":1', '"seats":2') }],
    ['an id is not made of its hash', { id: () => '00000000-0000-8000-8000-000000000000' }],
  ])('I5: %s', (_what, change) => {
    const story = new Story(5);
    story.books('ann');
    story.books('bob');
    const [name, edit] = Object.entries(change)[0] as ['data', (text: string) => string];
    story.records[1] = { ...story.records[1]!, [name]: edit(story.records[1]![name]) };
    expect(broken(story)).toContain('I5');
    expect(broken(story)[0]).toBe('I5');
  });

  it('I5: a position was left out, where positions have no gaps', () => {
    const story = new Story(5);
    story.books('ann');
    story.records[1] = { ...story.records[1]!, position: 3n };
    story.entries.pop();
    expect(broken(story)).toEqual(['I5']);
    expect(broken(story, { gapless: false })).toEqual([]);
  });

  it('I5: a revision is missing', () => {
    const story = new Story(5);
    const ann = story.asks('ann', 'book');
    story.writes(ann, 'BookingConfirmed');
    story.books('bob');
    const [first, , third] = story.records;
    story.records.splice(0, 3, first!, { ...third!, position: 2n });
    expect(broken(story)[0]).toBe('I5');
  });

  it('I4: a record of a kind that nobody writes, unless the run itself has put it there', () => {
    const story = new Story(5);
    const last = story.records[0]!;
    story.records.push({ ...last, type: 'BookingUpgraded', revision: 1, position: 2n });
    expect(broken(story)).toEqual(['I4']);
    expect(broken(story, { foreignTypes: ['BookingUpgraded'] })).toEqual([]);
  });
});

describe('a checker of histories, and refusals', () => {
  it('I7: a call was told that all is sold while a place was free all along', () => {
    const story = new Story(2);
    story.books('ann');
    story.denies(story.asks('bob', 'book'), 'sold-out', ALONE);
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: so was one that was told of the free place in the same breath', () => {
    const story = new Story(2);
    story.books('ann');
    story.denies(story.asks('bob', 'book'), 'sold-out', { requested: 1, free: 1, waiting: 0 });
    expect(broken(story)).toEqual(['I7']);
  });

  it('lets a call be told so when the last place was taken for a moment of it', () => {
    const story = new Story(1);
    const bob = story.asks('bob', 'book');
    story.cancels(story.books('ann'));
    story.denies(bob, 'sold-out', ALONE);
    expect(sentences(story)).toBe('');
  });

  it('I7: a call was told so after the place had come back and its owner knew', () => {
    const story = new Story(1);
    story.cancels(story.books('ann'));
    story.denies(story.asks('bob', 'book'), 'sold-out', ALONE);
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: the numbers in the refusal were never so', () => {
    const story = new Story(2);
    story.books('ann');
    story.denies(story.asks('bob', 'book', { body: { seats: 2 } }), 'sold-out', { requested: 2, free: 0, waiting: 0 });
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: already-booked names a booking that had ended', () => {
    const story = new Story(2);
    const { bookingId } = story.cancels(story.books('ann'));
    story.denies(story.asks('ann', 'book'), 'already-booked', { bookingId });
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: sold-out was said to one who had a place already', () => {
    const story = new Story(1);
    story.books('ann');
    story.denies(story.asks('ann', 'book'), 'sold-out', ALONE);
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: a booking that others knew of was not found', () => {
    const story = new Story(1);
    const { bookingId } = story.books('ann');
    story.denies(story.asks('ann', 'confirm', { bookingId }), 'not-found', {}, 404);
    expect(broken(story)).toEqual(['I7']);
  });

  it('lets nobody touch what is another user’s', () => {
    const story = new Story(1);
    const { bookingId } = story.books('ann');
    story.denies(story.asks('bob', 'cancel', { bookingId }), 'not-found', {}, 404);
    expect(sentences(story)).toBe('');
  });

  it('explains sales-closed and starts by the clock, and not long before', () => {
    const story = new Story(1);
    story.wait(86_400_000 - 4_000);
    story.denies(story.asks('ann', 'book'), 'event-started');
    expect(sentences(story)).toBe('');
    expect(broken(story, { skewMs: 100 })).toEqual(['I7']);
  });

  it('I7: a capacity was refused that would have done', () => {
    const story = new Story(3);
    story.books('ann');
    const change = (capacity: number) =>
      story.asks('manager', 'change-event', { body: { capacity }, ifMatch: '*', scope: 'event:manage' });
    story.tells(change(1), { type: '', revision: 0, position: 2, data: { status: 'scheduled' } });
    expect(broken(story)).toEqual(['I1']);
    story.entries.splice(-2, 2);
    story.denies(change(1), 'capacity-below-taken', { taken: 1 });
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: a copy was said to be old that was not', () => {
    const story = new Story(3);
    const ask = (ifMatch: string) => story.asks('manager', 'change-event', { body: { capacity: 9 }, ifMatch });
    story.denies(ask('"7-000000"'), 'precondition-failed', {}, 412);
    expect(sentences(story)).toBe('');
    story.denies(ask('*'), 'precondition-failed', {}, 412);
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: a refusal that no rule knows', () => {
    const story = new Story(3);
    story.denies(story.asks('ann', 'book'), 'bad-luck');
    expect(broken(story)).toEqual(['I7']);
  });
});

describe('a checker of histories, and real time', () => {
  it('I7: a call took effect before one that had been told its position first', () => {
    const story = new Story(5);
    const ann = story.asks('ann', 'book');
    const early = story.asks('bob', 'book');
    const first = story.writes(ann, 'BookingConfirmed');
    const second = story.writes(early, 'BookingConfirmed');
    story.tells(early, second);
    story.tells(ann, first);
    expect(sentences(story)).toBe('');
    // The same log, but ann asked only when bob had been told of a record behind hers.
    const [call] = story.entries.splice(story.entries.indexOf(ann.invoke), 1);
    story.wait(10);
    story.entries.push({ ...(call as typeof ann.invoke), at: story.asks('ann', 'read-event').invoke.at });
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: a quiet answer told what was no longer so', () => {
    const story = new Story(1);
    const ann = story.books('ann');
    const quiet = story.asks('ann', 'confirm', { bookingId: ann.bookingId });
    story.tells(quiet, ann.written);
    expect(sentences(story)).toBe('');
    story.cancels(ann);
    story.tells(story.asks('ann', 'confirm', { bookingId: ann.bookingId }), ann.written);
    expect(broken(story)).toEqual(['I7']);
  });

  it('I1: a cancellation was acknowledged, and the booking goes on', () => {
    const story = new Story(1);
    const ann = story.books('ann');
    const { data, position } = ann.written;
    const cancelled = { type: '', revision: 2, position, data: { ...data, status: 'cancelled' } };
    story.tells(story.asks('ann', 'cancel', { bookingId: ann.bookingId }), cancelled);
    expect(broken(story)).toEqual(['I1']);
  });

  it('lets a booking that has ended be cancelled again, and changes nothing', () => {
    const story = new Story(1);
    const ended = story.cancels(story.books('ann'));
    story.tells(story.asks('ann', 'cancel', { bookingId: ended.bookingId }), ended.written);
    expect(sentences(story)).toBe('');
  });
});

describe('a checker of histories, and holds', () => {
  it('lets the place of a lapsed hold be taken by another', () => {
    const story = new Story(1);
    const ann = story.books('ann', HOLD);
    story.wait(600_000);
    story.settles(ann.bookingId, 'HoldExpired');
    story.books('bob');
    story.denies(story.asks('ann', 'confirm', { bookingId: ann.bookingId }), 'hold-lapsed');
    expect(sentences(story)).toBe('');
    const { lapsedPlacesReused, lateConfirms } = check(story.entries, story.records).counts;
    expect([lapsedPlacesReused, lateConfirms]).toEqual([1, { taken: 0, lapsed: 1 }]);
  });

  it('I7 and I2: a lapsed hold was confirmed although its place was gone', () => {
    const story = new Story(1);
    const ann = story.books('ann', HOLD);
    story.wait(600_000);
    story.settles(ann.bookingId, 'HoldExpired');
    story.books('bob');
    const late = story.asks('ann', 'confirm', { bookingId: ann.bookingId });
    story.tells(late, story.writes(late, 'BookingConfirmed'));
    expect(broken(story)).toEqual(['I7', 'I2']);
  });

  it('lets a late confirm take a place that is free again', () => {
    const story = new Story(1);
    const ann = story.books('ann', HOLD);
    story.wait(600_000);
    story.settles(ann.bookingId, 'HoldExpired');
    const late = story.asks('ann', 'confirm', { bookingId: ann.bookingId });
    story.tells(late, story.writes(late, 'BookingConfirmed'));
    expect(sentences(story)).toBe('');
    expect(check(story.entries, story.records).counts.lateConfirms).toEqual({ taken: 1, lapsed: 0 });
  });

  it('I7: a late confirm was refused although its place was free and nobody waited', () => {
    const story = new Story(1);
    const ann = story.books('ann', HOLD);
    story.wait(600_000);
    story.settles(ann.bookingId, 'HoldExpired');
    story.denies(story.asks('ann', 'confirm', { bookingId: ann.bookingId }), 'hold-lapsed');
    expect(broken(story)).toEqual(['I7']);
  });

  it('I4: a hold was let lapse before its time', () => {
    const story = new Story(1);
    const ann = story.books('ann', HOLD);
    story.wait(300_000);
    story.settles(ann.bookingId, 'HoldExpired');
    expect(broken(story)).toEqual(['I4']);
  });

  it('I4: a hold was let lapse by a clock that ran ahead of the machine’s', () => {
    const story = new Story(1);
    const ann = story.books('ann', HOLD);
    story.wait(600_000);
    story.settles(ann.bookingId, 'HoldExpired');
    story.books('bob');
    const slower = story.entries.map((entry) =>
      entry.kind === 'clock' ? { ...entry, wall: entry.wall - 60_000 } : entry,
    );
    story.entries.splice(0, story.entries.length, ...slower);
    expect(broken(story)).toContain('I4');
    expect(broken(story, { skewMs: Infinity })).toEqual([]);
  });

  it('I7: a hold was promised a longer time than was asked for', () => {
    const story = new Story(1);
    const ann = story.asks('ann', 'book', { body: { hold: true, holdSeconds: 60 } });
    story.tells(ann, story.writes(ann, 'BookingHeld'));
    expect(broken(story)).toEqual(['I7']);
  });

  it('lets a hold be extended up to its ceiling, and tells it from one that is at it', () => {
    const story = new Story(1);
    const ann = story.books('ann', HOLD);
    const ask = (seconds: number) => story.asks('ann', 'extend', { bookingId: ann.bookingId, body: { seconds } });
    const ceilingAt = ann.written.data['ceilingAt'] as number;
    const more = ask(7_200);
    story.tells(more, story.writes(more, 'HoldExtended', { expiresAt: ceilingAt }));
    story.denies(ask(7_200), 'hold-ceiling', { ceilingAt: new Date(ceilingAt).toISOString() });
    expect(sentences(story)).toBe('');
    story.denies(ask(60), 'not-held');
    expect(broken(story)).toEqual(['I7']);
  });
});

describe('a checker of histories, and the line', () => {
  /** Ann has the place; bob and then cleo wait for it. */
  function line(): {
    story: Story;
    ann: ReturnType<Story['books']>;
    bob: ReturnType<Story['books']>;
    cleo: ReturnType<Story['books']>;
  } {
    const story = new Story(1, 'show', { waitlistLimit: 2 });
    const [ann, bob, cleo] = [story.books('ann'), story.books('bob', WAIT), story.books('cleo', WAIT)];
    return { story, ann, bob, cleo };
  }

  it('lets the first in line have the place that falls back', () => {
    const { story, ann, bob } = line();
    const cancelled = story.cancels(ann);
    const offer = story.promotes(bob, cancelled);
    const confirm = story.asks('bob', 'confirm', { bookingId: bob.bookingId });
    story.tells(confirm, story.writes(confirm, 'BookingConfirmed'));
    expect([sentences(story), offer.data['offer']]).toEqual(['', true]);
    expect(check(story.entries, story.records).counts.promotions).toBe(1);
  });

  it('I7: the second in line was promoted before the first', () => {
    const { story, ann, cleo } = line();
    story.promotes(cleo, story.cancels(ann));
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: a newcomer took the place that somebody waited for', () => {
    const { story, ann } = line();
    story.cancels(ann);
    story.books('dora');
    expect(broken(story)).toEqual(['I7']);
  });

  it('I2: an offer was made while the place was taken', () => {
    const { story, ann, bob } = line();
    story.promotes(bob, ann);
    expect(broken(story)).toEqual(['I2']);
  });

  it('I4: an offer that no command in the log has made possible', () => {
    const { story, ann, bob } = line();
    story.cancels(ann);
    story.promotes(bob, story.asks('dora', 'book'));
    expect(broken(story)).toEqual(['I4']);
  });

  it('I7: one was put in line while a place was free', () => {
    const story = new Story(2);
    story.books('ann', WAIT);
    expect(broken(story)).toEqual(['I7']);
  });

  it('tells a full line from one that is not', () => {
    const { story, bob } = line();
    story.denies(story.asks('dora', 'book', WAIT), 'waitlist-full');
    expect(sentences(story)).toBe('');
    story.cancels(bob);
    story.denies(story.asks('dora', 'book', WAIT), 'waitlist-full');
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: sold-out was said with fewer waiting than did', () => {
    const { story } = line();
    story.denies(story.asks('dora', 'book'), 'sold-out', { requested: 1, free: 0, waiting: 1 });
    expect(broken(story)).toEqual(['I7']);
  });

  it('I7: a booking got more places while somebody waited', () => {
    const story = new Story(3);
    const ann = story.books('ann', { body: { seats: 2 } });
    story.books('bob', { body: { seats: 2, waitlist: true } });
    const more = story.asks('ann', 'change-booking', { bookingId: ann.bookingId, body: { seats: 3 } });
    story.tells(more, story.writes(more, 'BookingSeatsChanged', { seats: 3 }));
    expect(broken(story)).toEqual(['I7']);
  });

  it('lets one fact end everything, and nothing be settled after it', () => {
    const { story, ann, bob } = line();
    const off = story.asks('manager', 'cancel-event', { body: {} });
    const written = story.writes(off, 'EventCancelled');
    story.tells(off, { ...written, data: { status: 'cancelled' } });
    story.denies(story.asks('bob', 'confirm', { bookingId: bob.bookingId }), 'event-cancelled');
    const ended = { ...written, data: { bookingId: ann.bookingId, status: 'cancelled' } };
    story.tells(story.asks('ann', 'cancel', { bookingId: ann.bookingId }), ended);
    expect(sentences(story)).toBe('');
    story.promotes(bob, ann);
    expect(broken(story)).toEqual(['I4']);
  });
});

describe('a checker of histories, and reads', () => {
  const SHOWN = {
    capacity: 2,
    seatsTaken: 1,
    seatsFree: 1,
    waiting: 0,
    isBooked: false,
    status: 'scheduled',
    revision: 1,
  };

  /** Ann has one of two places, and asks after that. */
  function read(story = new Story(2)): { story: Story; ann: ReturnType<Story['books']>; token: string } {
    const ann = story.books('ann');
    return { story, ann, token: tokenOf(ann.written.position) };
  }

  it('lets a read show the fold of the log at its position', () => {
    const { story, ann, token } = read();
    story.shows(story.asks('ann', 'read-event', { afterPosition: token }), 2, SHOWN);
    const { data } = ann.written;
    const mine = { bookingId: ann.bookingId, userId: 'ann', seats: data['seats'], status: 'confirmed', revision: 1 };
    story.shows(story.asks('ann', 'read-booking', { bookingId: ann.bookingId, afterPosition: token }), 2, mine);
    const items = [{ ...mine, eventId: 'show' }];
    story.shows(story.asks('ann', 'read-bookings', { afterPosition: token }), 2, { items, nextCursor: null });
    story.shows(story.asks('ann', 'read-event'), 1, { ...SHOWN, seatsTaken: 0, seatsFree: 2, revision: 0 });
    expect(sentences(story)).toBe('');
  });

  it('I8: a read shows a position before the one it was sent', () => {
    const { story, token } = read();
    const before = { ...SHOWN, seatsTaken: 0, seatsFree: 2, revision: 0 };
    story.shows(story.asks('ann', 'read-event', { afterPosition: token }), 1, before);
    expect(broken(story)).toEqual(['I8']);
  });

  it('I8: a read goes back behind what the one before has shown', () => {
    const { story } = read();
    const token = tokenOf(1);
    story.shows(story.asks('ann', 'read-event', { afterPosition: token }), 2, SHOWN);
    const before = { ...SHOWN, seatsTaken: 0, seatsFree: 2, revision: 0 };
    story.shows(story.asks('ann', 'read-event', { afterPosition: token }), 1, before);
    expect(broken(story)).toEqual(['I8']);
  });

  it('I8: a read shows what was never so at its position', () => {
    const { story } = read();
    story.shows(story.asks('ann', 'read-event'), 2, { ...SHOWN, seatsTaken: 2, seatsFree: 0, isBooked: true });
    expect(broken(story)).toEqual(['I8']);
  });

  it('I8: a list leaves a booking out', () => {
    const { story, token } = read();
    story.shows(story.asks('ann', 'read-bookings', { afterPosition: token }), 2, { items: [], nextCursor: null });
    expect(broken(story)).toEqual(['I8']);
  });

  it('I8: what was there at the position was not found, or the position not known', () => {
    const { story, ann, token } = read();
    const ask = () => story.asks('ann', 'read-booking', { bookingId: ann.bookingId, afterPosition: token });
    story.fails(ask(), 'read-model-behind');
    expect(sentences(story)).toBe('');
    story.denies(ask(), 'not-found', {}, 404);
    story.denies(ask(), 'unknown-position', {}, 400);
    expect(check(story.entries, story.records).byInvariant).toEqual({ I8: 2 });
  });
});

describe('a checker of histories, and what it counts', () => {
  it('counts overlapping calls, answers told again, unknown outcomes and faults', () => {
    const story = new Story(50);
    const all = Array.from({ length: 9 }, (_, at) => story.asks(`user-${at}`, 'book'));
    for (const asked of all) story.tells(asked, story.writes(asked, 'BookingConfirmed'));
    const lost = story.asks('ann', 'book');
    story.isCutOff(lost);
    const again = story.asksAgain(lost);
    const written = story.writes(again, 'BookingConfirmed');
    story.tells(again, written);
    story.replays(story.asksAgain(lost), written);
    story.entries.push({ kind: 'fault', at: 1, what: 'kill api' });
    const { violations, counts } = check(story.entries, story.records);
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({
      ...{ records: 11, calls: 13, acknowledged: 11, unknown: 1, replayedKeys: 1, hotEvent: 'show', medianOverlap: 8 },
      byCode: { ok: 12, 'no answer': 1 },
      faults: { 'kill api': 1 },
    });
  });
});

describe('a history on disk', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'history-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is read as it was written, but for a last line that was cut off', () => {
    const path = join(dir, 'one.jsonl');
    const { invoke } = new Story(1).asks('ann', 'book');
    const writer = new HistoryWriter(path);
    writer.write(invoke);
    writer.close();
    expect(readHistory(path)).toEqual([expect.objectContaining({ kind: 'clock' }), invoke]);
    appendFileSync(path, '{"kind":"ok","call":"ca');
    expect(readHistory(path)).toHaveLength(2);
    appendFileSync(path, '\n{}\n');
    expect(() => readHistory(path)).toThrow('JSON');
  });

  it('has one writer', () => {
    const path = join(dir, 'one.jsonl');
    writeFileSync(path, '');
    expect(() => new HistoryWriter(path)).toThrow('EEXIST');
  });

  it.each([
    [201, 'ok', 'ok'],
    [409, 'sold-out', 'refused'],
    [409, 'request-in-flight', 'unknown'],
    [503, 'overloaded', 'failed'],
    [503, 'outcome-unknown', 'unknown'],
    [500, 'internal', 'unknown'],
    [0, 'no answer', 'unknown'],
  ] as const)('counts %i %s as %s', (status, code, kind) => {
    expect(kindOf(status, code)).toBe(kind);
  });
});
