import type { Holdfast } from '../support/holdfast.js';
import { drive, seededRandom } from '../support/measure.js';

/** About three visitors come for two places, as on a good day. */
const EVENTS_PER_ROUND = 250;
const SEATS = 40;
const CALLERS = 256;
const USERS = 50_000;
const VISITS_PER_ROUND = 10_000;
const BOUND_MS = 300_000;

/** What a visitor does: the parts of hundred, and what follows when the places were had. */
const HABITS = [
  { percent: 50, hold: false, then: 'nothing' },
  { percent: 25, hold: true, then: 'confirm' },
  { percent: 10, hold: true, then: 'cancel' },
  { percent: 15, hold: false, then: 'cancel' },
] as const;

interface Visit {
  readonly eventId: string;
  readonly userId: string;
  readonly seats: number;
  readonly habit: (typeof HABITS)[number];
}

/**
 * Writes at least `domainEvents` of every kind a busy house sees (bookings, holds, confirmations, cancellations, turns
 * in the line and the offers that come of them) over many events, through the command path. Answers how many it wrote.
 */
export async function writeMixedLog(holdfast: Holdfast, domainEvents: number): Promise<number> {
  const random = seededRandom(domainEvents);
  const before = await holdfast.logLength();
  const beganAt = performance.now();
  for (let round = 0; ; round += 1) {
    const events = Array.from({ length: EVENTS_PER_ROUND }, (_, at) => `mixed-${round}-${at}`);
    await drive(events, CALLERS, BOUND_MS, (eventId) => holdfast.schedule(eventId, SEATS));
    const visits = Array.from({ length: VISITS_PER_ROUND }, () => visitOf(events, random));
    await drive(visits, CALLERS, BOUND_MS, (visit) => attend(holdfast, visit));
    const written = (await holdfast.logLength()) - before;
    if (written >= domainEvents) return written;
    if (performance.now() - beganAt > BOUND_MS) throw new Error(`only ${written} domain events in ${BOUND_MS} ms`);
  }
}

function visitOf(events: readonly string[], random: () => number): Visit {
  const pick = (below: number): number => Math.floor(random() * below);
  let dice = pick(100);
  const habit = HABITS.find(({ percent }) => (dice -= percent) < 0)!;
  return { eventId: events[pick(events.length)]!, userId: `visitor-${pick(USERS)}`, seats: 1 + pick(2), habit };
}

async function attend(holdfast: Holdfast, { eventId, userId, seats, habit }: Visit): Promise<void> {
  const booking = await holdfast.visit(eventId, userId, seats, habit.hold);
  if (booking === null || habit.then === 'nothing') return;
  await holdfast.follow(habit.then, booking);
}
