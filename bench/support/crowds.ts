import { seededRandom, shuffle } from './measure.js';
import type { Ask, Crowd } from './sale.js';

/** Of hundred users, so many ask twice in one breath, and so many more come when everything is gone. */
const IMPATIENT_PERCENT = 2.5;
const LATE_PERCENT = 2.5;
/** How far behind the first the second try comes. */
const BREATH = 128;

/** Everybody wants the one event that has just gone on sale. */
export const flashCrowd = (seats: number, round: number): Crowd => crowdOf(1, seats, round);

/** Each caller wants another one of many events. */
export const spreadCrowd = (events: number, seats: number, round: number): Crowd => crowdOf(events, seats, round);

/** One place, and so many who want it. */
export function lastPlaceCrowd(attempts: number, round: number): Crowd {
  const [eventId] = eventNames(1, round) as [string];
  const asks = Array.from({ length: attempts }, (_, at) => ({ eventId, userId: `user-${round}-${at}` }));
  return { events: [eventId], seats: 1, asks };
}

/** The same asks for every contender of a round: more users than places, some of them asking twice. */
function crowdOf(count: number, seats: number, round: number): Crowd {
  const random = seededRandom(round);
  const events = eventNames(count, round);
  const perEvent = seats + Math.ceil((seats * LATE_PERCENT) / 100);
  const asks: Ask[] = events.flatMap((eventId) =>
    Array.from({ length: perEvent }, (_, at) => ({ eventId, userId: `user-${round}-${at}` })),
  );
  shuffle(asks, random);
  const places = count * seats;
  for (let again = 0; again < (places * IMPATIENT_PERCENT) / 100; again += 1) {
    const at = Math.floor(random() * places);
    asks.splice(at + 1 + Math.floor(random() * BREATH), 0, asks[at]!);
  }
  return { events, seats, asks };
}

const eventNames = (count: number, round: number): string[] =>
  Array.from({ length: count }, () => `sale-${round}-${crypto.randomUUID()}`);
