import type { Instant } from './events.js';

/** When a hold ends, as it was known when the hold was written. */
export interface Deadline {
  readonly bookingId: string;
  readonly expiresAt: Instant;
  readonly revision: number;
}

/**
 * Deadlines of holds, the earliest first: a binary heap. A deadline whose hold has ended or moved is left where it is
 * and dropped when it comes to the top, so that ending a hold costs nothing; `isCurrent` tells which still count.
 */
export type Deadlines = Deadline[];

/** The earliest deadline. Always current, because whoever changes a booking calls `dropStale` after it. */
export const earliest = (deadlines: Deadlines): Deadline | undefined => deadlines[0];

export function add(deadlines: Deadlines, deadline: Deadline): void {
  let at = deadlines.length;
  deadlines.push(deadline);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (isEarlier(deadlines[parent]!, deadline)) break;
    deadlines[at] = deadlines[parent]!;
    at = parent;
  }
  deadlines[at] = deadline;
}

/** Drops what no longer counts from the top, and from everywhere once most of the heap is stale: memory stays bounded. */
export function dropStale(deadlines: Deadlines, isCurrent: (deadline: Deadline) => boolean, current: number): void {
  while (deadlines.length > 0 && !isCurrent(deadlines[0]!)) removeTop(deadlines);
  if (deadlines.length <= 2 * current + 1_000) return;
  const kept = deadlines.filter(isCurrent).sort((a, b) => a.expiresAt - b.expiresAt || a.revision - b.revision);
  // Not spread into one call: there may be more holds than a call takes arguments.
  deadlines.length = 0;
  for (const deadline of kept) deadlines.push(deadline);
}

function removeTop(deadlines: Deadlines): void {
  const last = deadlines.pop()!;
  if (deadlines.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= deadlines.length) break;
    if (child + 1 < deadlines.length && isEarlier(deadlines[child + 1]!, deadlines[child]!)) child += 1;
    if (isEarlier(last, deadlines[child]!)) break;
    deadlines[at] = deadlines[child]!;
    at = child;
  }
  deadlines[at] = last;
}

const isEarlier = (a: Deadline, b: Deadline): boolean =>
  a.expiresAt < b.expiresAt || (a.expiresAt === b.expiresAt && a.revision < b.revision);
