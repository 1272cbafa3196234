/** Types of facts as people say them. */
const SAID: Readonly<Record<string, string>> = {
  EventScheduled: 'The event was scheduled',
  EventRenamed: 'The event got another title',
  EventRescheduled: 'The event was moved',
  CapacityChanged: 'The number of places changed',
  EventRulesChanged: 'The rules changed',
  EventCancelled: 'The event was called off',
  BookingWaitlisted: 'A turn in the line',
  BookingHeld: 'Places were held',
  HoldExtended: 'A hold was extended',
  HoldExpired: 'A hold lapsed',
  BookingConfirmed: 'Places were confirmed',
  BookingSeatsChanged: 'A booking changed its seats',
  BookingReferenceChanged: 'A booking changed its reference',
  BookingCancelled: 'A booking was cancelled',
};

export const FACT_TYPES = Object.keys(SAID);

export const said = (type: string): string => SAID[type] ?? type;

/** What a fact makes of places: the colour that it has in a list. */
const KINDS: Readonly<Record<string, 'confirmed' | 'held' | 'free' | 'waiting'>> = {
  ...{ BookingConfirmed: 'confirmed', BookingHeld: 'held', HoldExtended: 'held', BookingWaitlisted: 'waiting' },
  ...{ HoldExpired: 'free', BookingCancelled: 'free', BookingSeatsChanged: 'confirmed' },
  BookingReferenceChanged: 'confirmed',
};

export const kindOf = (type: string): string => KINDS[type] ?? 'other';

/** Whose booking, and how many seats, as far as a fact says. */
export function whoseSeats(data: Readonly<Record<string, unknown>>): string {
  const { userId, seats } = data as { userId?: string; seats?: number };
  if (userId === undefined) return '';
  return seats === undefined ? userId : `${userId}, ${seats} ${seats === 1 ? 'seat' : 'seats'}`;
}

/** Who did it, where that is not the one whose booking it is. */
export function byWhom(actor: string | null, data: Readonly<Record<string, unknown>>): string {
  if (actor === null) return 'by somebody';
  if (actor.startsWith('system:')) return 'by the service';
  return actor === data['userId'] ? '' : `by ${actor}`;
}

/** When, to the millisecond, without the year. */
export const instantText = (occurredAt: string): string => occurredAt.slice(5, 23).replace('T', ' ');
