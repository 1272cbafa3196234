import type { Undo } from '../decider.js';
import type { Refusal } from './commands.js';
import type { Ledger, Takers } from './ledger.js';
import { LIMITS } from './policy.js';

/** `before` and `after`: the free places around a fact that took some. Costs as many steps as it took of the last 1,000. */
export function noteTaken(takers: Takers, before: number, after: number, revision: number): Undo {
  const { length } = takers;
  const top = Math.min(before, LIMITS.seatsPerBooking.max);
  const bottom = Math.max(after, 0);
  const replaced = takers.slice(bottom, top);
  for (let free = bottom; free < top; free += 1) takers[free] = revision;
  return () => {
    for (const [index, taker] of replaced.entries()) takers[bottom + index] = taker;
    takers.length = length;
  };
}

/**
 * Revision of the fact that had taken what was refused; null where no fact took anything. For places: the one that last
 * took the free ones to fewer than were asked for; when enough are free, the latest of the booking at the head of the line,
 * for whom they are kept. Else the latest of the user's own booking, of the last in a full line, or the one that called the
 * event off.
 */
export function takerOf(refusal: Refusal, ledger: Ledger): number | null {
  const { bookings, waitlist, takers, cancelled } = ledger;
  const latestOf = (bookingId = ''): number | null => bookings.get(bookingId)?.revision ?? null;
  const { reason } = refusal;
  if (reason === 'WaitlistFull') return latestOf(waitlist.tail?.bookingId);
  if (reason === 'AlreadyBooked') return latestOf(refusal.bookingId);
  if (reason === 'EventCancelled') return cancelled?.revision ?? null;
  if (reason !== 'SoldOut') return null;
  const { requested, free } = refusal;
  if (requested <= free) return latestOf(waitlist.head?.bookingId);
  return takers[requested - 1] ?? latestTaker(takers, requested);
}

/** So many were never free since the event was given more places: then it is whoever took any of them last. */
function latestTaker(takers: Takers, seats: number): number | null {
  let latest = -1;
  for (const taker of takers.slice(0, seats)) latest = Math.max(latest, taker ?? -1);
  return latest < 0 ? null : latest;
}
