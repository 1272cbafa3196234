import type { Ledger } from '../../src/domain/booking/ledger.js';
import type { Turn } from '../../src/domain/booking/waitlist.js';

/**
 * Everything that a ledger knows, as text: two ledgers that would ever decide or fold differently have different texts.
 * Left out is only what the heap keeps of deadlines that no longer count.
 */
export function dump(ledger: Ledger): string {
  const { bookings, latestOf, commands, waitlist, deadlines, ...plain } = ledger;
  const counts = deadlines.filter(({ bookingId, expiresAt, revision }) => {
    const booking = bookings.get(bookingId);
    return booking?.status === 'held' && booking.expiresAt === expiresAt && booking.revision === revision;
  });
  return JSON.stringify({
    ...plain,
    bookings: [...bookings],
    latestOf: [...latestOf],
    commands: [...commands],
    line: lineOf(ledger),
    backwards: walk(waitlist.tail, 'ahead'),
    turns: [...waitlist.turns.keys()].sort(),
    sizes: [...waitlist.sizes].sort(([a], [b]) => a - b),
    length: waitlist.length,
    deadlines: [...new Set(counts.map((deadline) => JSON.stringify(deadline)))].sort(),
  });
}

/** Who waits, from the head on, with the places asked for. */
export const lineOf = (ledger: Ledger): [string, number][] => walk(ledger.waitlist.head, 'behind');

export const lineBackwards = (ledger: Ledger): [string, number][] => walk(ledger.waitlist.tail, 'ahead');

function walk(from: Turn | null, way: 'ahead' | 'behind'): [string, number][] {
  const turns: [string, number][] = [];
  for (let turn = from; turn !== null; turn = turn[way]) turns.push([turn.bookingId, turn.seats]);
  return turns;
}
