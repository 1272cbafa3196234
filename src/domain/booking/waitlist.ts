import type { Undo } from '../decider.js';

/** One turn in the line. Neighbours are linked, so that leaving the middle and coming back by undo are both O(1). */
export interface Turn {
  readonly bookingId: string;
  readonly seats: number;
  ahead: Turn | null;
  behind: Turn | null;
}

/** The line of an event, first come first. */
export interface Waitlist {
  head: Turn | null;
  tail: Turn | null;
  readonly turns: Map<string, Turn>;
  /** How many turns ask for how many places: tells at once whether some can never be served. */
  readonly sizes: Map<number, number>;
  /** How many wait. */
  length: number;
}

export const emptyWaitlist = (): Waitlist => ({
  head: null,
  tail: null,
  turns: new Map(),
  sizes: new Map(),
  length: 0,
});

/** Joins the end of the line. */
export function join(waitlist: Waitlist, bookingId: string, seats: number): Undo {
  const turn: Turn = { bookingId, seats, ahead: waitlist.tail, behind: null };
  insert(waitlist, turn);
  return () => remove(waitlist, turn);
}

/** Leaves the line, wherever the turn stands. */
export function leave(waitlist: Waitlist, bookingId: string): Undo {
  const turn = turnOf(waitlist, bookingId);
  remove(waitlist, turn);
  return () => insert(waitlist, turn);
}

/** Asks for another number of places and keeps the turn. */
export function resize(waitlist: Waitlist, bookingId: string, seats: number): Undo {
  const before = turnOf(waitlist, bookingId);
  const after: Turn = { ...before, seats };
  remove(waitlist, before);
  insert(waitlist, after);
  return () => {
    remove(waitlist, after);
    insert(waitlist, before);
  };
}

/** The first in line who asks for more than `capacity` places; the cheap test over sizes comes before the walk. */
export function firstTooLarge(waitlist: Waitlist, capacity: number): Turn | null {
  if (![...waitlist.sizes.keys()].some((seats) => seats > capacity)) return null;
  let turn = waitlist.head;
  while (turn !== null && turn.seats <= capacity) turn = turn.behind;
  return turn;
}

function turnOf(waitlist: Waitlist, bookingId: string): Turn {
  const turn = waitlist.turns.get(bookingId);
  if (turn === undefined) throw new Error(`booking ${bookingId} does not stand in line`);
  return turn;
}

/** Puts a turn between the neighbours that it names itself: at the end, or back where undo took it from. */
function insert(waitlist: Waitlist, turn: Turn): void {
  if (turn.ahead === null) waitlist.head = turn;
  else turn.ahead.behind = turn;
  if (turn.behind === null) waitlist.tail = turn;
  else turn.behind.ahead = turn;
  waitlist.turns.set(turn.bookingId, turn);
  waitlist.sizes.set(turn.seats, (waitlist.sizes.get(turn.seats) ?? 0) + 1);
  waitlist.length += 1;
}

function remove(waitlist: Waitlist, turn: Turn): void {
  if (turn.ahead === null) waitlist.head = turn.behind;
  else turn.ahead.behind = turn.behind;
  if (turn.behind === null) waitlist.tail = turn.ahead;
  else turn.behind.ahead = turn.ahead;
  waitlist.turns.delete(turn.bookingId);
  const left = (waitlist.sizes.get(turn.seats) ?? 0) - 1;
  if (left > 0) waitlist.sizes.set(turn.seats, left);
  else waitlist.sizes.delete(turn.seats);
  waitlist.length -= 1;
}
