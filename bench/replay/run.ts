import type { Callers } from '../support/callers.js';
import { type Send, isYes } from '../support/http-client.js';
import { Answers } from './answers.js';
import { Asker } from './asking.js';
import { Guests, type Outcomes } from './guests.js';
import { inLanes } from './lanes.js';
import { Offers } from './offers.js';
import type { Group, Plan, Slot } from './plan.js';

/** Requests that are under way at a time, reads included. */
export const IN_FLIGHT = 64;
/** Before the second try of a request; it doubles. */
const RETRY_PAUSE_MS = 200;
/** Groups (one event on one day) that are begun at a time: a few days of the file. */
const WINDOW = 256;

/** What a run came to. */
export interface Run {
  readonly answers: Answers;
  readonly asker: Asker;
  readonly outcomes: Outcomes;
  readonly offers: { readonly confirmed: number; readonly ignored: number };
  /** From the first booking to the last booking or cancellation, in milliseconds. */
  readonly tookMs: number;
}

export interface Progress {
  begin(what: string, total: number): void;
  step(): void;
  end(): void;
}

/**
 * Does what the plan says, over HTTP. The requests of one event go in the order of their days: all bookings of a day at
 * once, then all cancellations of that day, then what those in line make of the places that came free, then the next
 * day. Events do not wait for each other, but only WINDOW groups are begun at a time, so that the whole goes by day too,
 * give or take a few. At the end the rest of the offers is looked for, every `pauseMs`, until there are none. Throws when
 * an event cannot be scheduled.
 */
export async function replay(
  plan: Plan,
  send: Send,
  callers: Callers,
  progress: Progress,
  pauseMs: number,
): Promise<Run> {
  const answers = new Answers();
  const manager = new Asker(send, IN_FLIGHT, RETRY_PAUSE_MS);
  progress.begin('scheduling', plan.slots.length);
  await Promise.all(
    plan.slots.map((slot) => schedule(slot, plan.runId, manager, callers, answers).then(progress.step)),
  );
  progress.end();

  const asker = new Asker(send, IN_FLIGHT, RETRY_PAUSE_MS);
  const offers = new Offers(plan, callers, asker, answers, pauseMs);
  const guests = new Guests(plan, callers, asker, answers, offers);
  const beganAt = performance.now();
  progress.begin('booking', plan.guests.length + plan.cancellations);
  await inLanes(
    plan.groups,
    ({ slot }) => slot,
    WINDOW,
    (group) => doDay(group, guests, offers, progress),
  );
  const tookMs = performance.now() - beganAt;
  progress.end();
  await offers.lookForTheRest();
  return { answers, asker, outcomes: guests.outcomes, offers, tookMs };
}

async function doDay({ slot, bookings, cancellations }: Group, guests: Guests, offers: Offers, progress: Progress) {
  await Promise.all(bookings.map((n) => guests.book(n).then(progress.step)));
  const done = cancellations.map(async (n) => {
    const position = await guests.cancel(n);
    progress.step();
    return position;
  });
  // Close to the last of them in the log; what it misses is found the next time.
  const position = (await Promise.all(done)).findLast((known) => known !== null);
  if (position !== undefined && position !== null) await offers.lookAt(slot, position);
}

async function schedule(slot: Slot, runId: string, asker: Asker, callers: Callers, answers: Answers): Promise<void> {
  const key = `${runId}-s-${slot.eventId}`;
  const ending = await asker.command({
    method: 'POST',
    path: '/v1/events',
    token: callers.manager,
    key,
    body: { ...slot },
  });
  answers.record({ kind: 'schedule', eventId: slot.eventId, reference: null, key }, ending);
  if (ending.reply === null || !isYes(ending.reply)) {
    throw new Error(`${slot.eventId} could not be scheduled: ${JSON.stringify(ending.reply?.body ?? 'no answer')}`);
  }
}
