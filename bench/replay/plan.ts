import { seededRandom } from '../support/measure.js';
import { quantile, skewed } from './chance.js';
import type { Day, Reservation } from './reservations.js';

/** What the file does not say, chosen here and told in every report. */
export const CHOICES = {
  /** Guests the pool holds; the k-th most frequent one books in proportion to k to the power of minus `skew`. */
  users: 50_000,
  skew: 0.8,
  /** A hotel has as many places as this share of its days asked for in all: the days above it sell out. */
  capacityQuantile: 0.5,
  /** Places in line, as a share of the places: short enough to fill up. */
  lineShare: 0.1,
  seats: { min: 1, max: 10 },
  /** Shares of requests that are sent once more: with the same body, and with another one. */
  repeated: 0.05,
  altered: 0.01,
  /** Share of offers that are taken. */
  confirmed: 0.8,
  /** The first arrival is at least so many days away: longer than any offer lasts, so nothing closes during the run. */
  leadDays: 8,
  /** When the places are taken up, on the day of arrival. */
  startsAtHour: 15,
} as const;

const DAY_MS = 86_400_000;
const WEEK = 7;

/** What becomes of one request beside its being sent. */
export interface Quirk {
  /** Sent once more with the same key: beside the first, or after its answer. */
  readonly repeat: 'no' | 'beside' | 'after';
  /** Sent once more with the same key and another body, after it was accepted. */
  readonly altered: boolean;
}

/** One event: a hotel on a day of arrival. */
export interface Slot {
  readonly eventId: string;
  readonly title: string;
  readonly startsAt: string;
  readonly capacity: number;
  readonly waitlistLimit: number;
}

/** One reservation, with everything drawn for it. */
export interface Guest {
  /** Names the reservation in the booking's `reference`. */
  readonly reference: string;
  /** Index into the slots. */
  readonly slot: number;
  readonly userId: string;
  readonly seats: number;
  readonly booking: Quirk;
  /** Null: never cancelled. */
  readonly cancellation: Quirk | null;
  readonly takesOffer: boolean;
}

/** What happened to one event on one day: all at once, but every booking before any cancellation. */
export interface Group {
  readonly slot: number;
  readonly day: Day;
  /** Indexes into the guests. */
  readonly bookings: number[];
  readonly cancellations: number[];
}

export interface Plan {
  readonly runId: string;
  readonly slots: readonly Slot[];
  readonly guests: readonly Guest[];
  /** In the order of the days. */
  readonly groups: readonly Group[];
  readonly cancellations: number;
  readonly shiftDays: number;
  readonly capacities: ReadonlyMap<string, number>;
  /** Reservations whose number of guests was changed, and for how many children were not stated (taken as none). */
  readonly clamped: { readonly toOne: number; readonly toTen: number; readonly unstated: number };
}

/**
 * Turns the file into events, guests and the order of their doing. Pure: the same rows, seed, clock and run give the same
 * plan. `runId` keeps the events of one run apart from those of another on the same service.
 */
export function planReplay(reservations: readonly Reservation[], seed: number, now: number, runId: string): Plan {
  const clamped = { toOne: 0, toTen: 0, unstated: 0 };
  const seats = reservations.map((reservation) => seatsOf(reservation, clamped));
  const shiftDays = shiftOf(reservations, now);
  const { slots, slotOf, capacities } = planSlots(reservations, seats, shiftDays, runId);
  const random = seededRandom(seed);
  const drawUser = skewed(CHOICES.users, CHOICES.skew, random);
  const guests = reservations.map((reservation, n): Guest => ({
    reference: `row-${reservation.line}`,
    slot: slotOf[n]!,
    userId: `guest-${String(drawUser()).padStart(5, '0')}`,
    seats: seats[n]!,
    booking: drawQuirk(random),
    cancellation: reservation.cancelledOn === null ? null : drawQuirk(random),
    takesOffer: random() < CHOICES.confirmed,
  }));
  const cancellations = guests.filter(({ cancellation }) => cancellation !== null).length;
  const groups = groupByDay(reservations, guests);
  return { runId, slots, guests, groups, cancellations, shiftDays, capacities, clamped };
}

function seatsOf(
  { adults, children }: Reservation,
  clamped: { toOne: number; toTen: number; unstated: number },
): number {
  const asked = adults + (children ?? 0);
  const seats = Math.min(Math.max(asked, CHOICES.seats.min), CHOICES.seats.max);
  clamped.toOne += Number(seats > asked);
  clamped.toTen += Number(seats < asked);
  clamped.unstated += Number(children === null);
  return seats;
}

/** Whole weeks, so that a Saturday stays one; none when everything lies in the future anyway. */
function shiftOf(reservations: readonly Reservation[], now: number): number {
  const first = reservations.reduce((least, { arrival }) => Math.min(least, arrival), Infinity);
  const missing = Math.ceil(now / DAY_MS) + CHOICES.leadDays - first;
  return Number.isFinite(missing) ? Math.max(0, Math.ceil(missing / WEEK) * WEEK) : 0;
}

function planSlots(reservations: readonly Reservation[], seats: readonly number[], shiftDays: number, runId: string) {
  const asked = new Map<string, { hotel: string; arrival: Day; seats: number; index: number }>();
  const slotOf = reservations.map(({ hotel, arrival }, n) => {
    const name = `${hotel}\0${arrival}`;
    const slot = asked.get(name) ?? { hotel, arrival, seats: 0, index: asked.size };
    slot.seats += seats[n]!;
    asked.set(name, slot);
    return slot.index;
  });
  const capacities = new Map<string, number>();
  for (const hotel of new Set(reservations.map((reservation) => reservation.hotel))) {
    const perDay = [...asked.values()].filter((slot) => slot.hotel === hotel).map((slot) => slot.seats);
    // Never below the largest party: a house that cannot take it would refuse it for another reason than being full.
    capacities.set(hotel, Math.max(CHOICES.seats.max, quantile(perDay, CHOICES.capacityQuantile)));
  }
  const slots = [...asked.values()].map(({ hotel, arrival }): Slot => {
    const startsAt = new Date((arrival + shiftDays) * DAY_MS + CHOICES.startsAtHour * 3_600_000).toISOString();
    const capacity = capacities.get(hotel)!;
    const waitlistLimit = Math.max(1, Math.round(capacity * CHOICES.lineShare));
    const day = startsAt.slice(0, 10);
    return { eventId: `${slug(hotel)}-${day}-${runId}`, title: `${hotel}, ${day}`, startsAt, capacity, waitlistLimit };
  });
  return { slots, slotOf, capacities };
}

const slug = (hotel: string): string =>
  hotel
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 30);

function drawQuirk(random: () => number): Quirk {
  const drawn = random();
  const isAltered = random() < CHOICES.altered;
  const repeat = drawn >= CHOICES.repeated ? 'no' : drawn < CHOICES.repeated / 2 ? 'beside' : 'after';
  return { repeat, altered: isAltered };
}

function groupByDay(reservations: readonly Reservation[], guests: readonly Guest[]): Group[] {
  const groups = new Map<string, Group>();
  const groupOf = (slot: number, day: Day): Group => {
    const name = `${day}/${slot}`;
    const known = groups.get(name);
    if (known !== undefined) return known;
    const made: Group = { slot, day, bookings: [], cancellations: [] };
    groups.set(name, made);
    return made;
  };
  for (const [n, { bookedOn, cancelledOn }] of reservations.entries()) {
    const { slot } = guests[n]!;
    groupOf(slot, bookedOn).bookings.push(n);
    if (cancelledOn !== null) groupOf(slot, Math.max(cancelledOn, bookedOn)).cancellations.push(n);
  }
  return [...groups.values()].sort((a, b) => a.day - b.day || a.slot - b.slot);
}
