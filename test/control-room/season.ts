import type { FrontDoor } from '../support/front-door.js';
import { seededRandom } from '../support/service.js';

const DAY_MS = 86_400_000;

const SHOWS = [
  ...[
    'Piano recital',
    'String quartet',
    'Open rehearsal',
    'Jazz at eight',
    'Choir of the north',
    'Organ by candlelight',
  ],
  ...['The winter play', 'Improvised theatre', 'Shadow puppets', 'A reading of letters', 'Poetry slam', 'Silent film'],
  ...['Pottery for two', 'Bread baking', 'Bookbinding', 'First aid', 'Climbing, beginners', 'Climbing, advanced'],
  ...['City walk: the harbour', 'City walk: the old town', 'Observatory night', 'Planetarium', 'Night at the museum'],
  ...['Kayak tour', 'Sauna by the lake', 'Yoga at sunrise', 'Chess, simultaneous', 'Quiz night', 'Swing dance'],
];
/** An event for which more places are asked than there are. */
export const PREMIERE = 'opening-night';

const HALLS = ['great-hall', 'studio-1', 'studio-2', 'garden', 'library'];
const CAPACITIES = [1, 4, 8, 12, 20, 24, 40, 80, 120];

/** A season of a house: events with places that are taken, held and waited for, each by itself the same every time. */
export async function playSeason(door: FrontDoor, size: number): Promise<string[]> {
  const random = seededRandom(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!;
  const events = [PREMIERE];
  // It all happened during the last days.
  const end = door.service.time.at;
  door.service.time.at = end - 3 * DAY_MS;
  const premiere = { eventId: PREMIERE, title: 'Opening night', capacity: 60, resource: 'great-hall' };
  await door.event({ ...premiere, timeZone: 'Europe/Berlin', startsAt: new Date(end + 0.8 * DAY_MS).toISOString() });
  await sell(door, PREMIERE, 60, 1.6, () => random.next());
  for (let at = 0; at < size; at += 1) {
    const eventId = `show-${String(at + 1).padStart(2, '0')}`;
    const capacity = pick(CAPACITIES);
    const startsAt = new Date(end + (1 + at * 0.7) * DAY_MS);
    startsAt.setUTCMinutes(0, 0, 0);
    startsAt.setUTCHours(10 + Math.floor(random.next() * 11));
    const fields = { title: SHOWS[at % SHOWS.length]!, capacity, resource: pick(HALLS), timeZone: 'Europe/Berlin' };
    await door.event({ ...fields, eventId, startsAt: startsAt.toISOString() });
    events.push(eventId);
    await sell(door, eventId, capacity, random.next() * 1.25, () => random.next());
  }
  door.service.time.at = end;
  return events;
}

/** `rush`: how many places are asked for, for each that there is. */
async function sell(
  door: FrontDoor,
  eventId: string,
  capacity: number,
  rush: number,
  chance: () => number,
): Promise<void> {
  for (let asked = 0, user = 1; asked < capacity * rush; user += 1) {
    const seats = Math.min(capacity, 1 + Math.floor(chance() * 3));
    asked += seats;
    door.service.time.at += Math.floor(chance() * 90_000);
    const as = `guest-${user}`;
    const made = await door.ask('POST', `/v1/events/${eventId}/bookings`, as, {
      ...{ seats, waitlist: true, hold: chance() < 0.25 },
      ...(chance() < 0.3 ? { reference: `PO-${4_000 + user}` } : {}),
    });
    if (made.statusCode === 201 && chance() < 0.06)
      await door.ask('POST', `/v1/events/${eventId}/bookings/${String(made.json['bookingId'])}/cancel`, as, {});
  }
}
