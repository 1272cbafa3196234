/** What one attempt to book was told. */
export type Told =
  | { readonly kind: 'booked'; readonly bookingId: string }
  | { readonly kind: 'already-booked' }
  | { readonly kind: 'sold-out' };

/** A booking as the contender's own durable data shows it. */
export interface Booked {
  readonly bookingId: string;
  readonly userId: string;
  readonly seats: number;
}

/** A way of selling places that can be measured beside the others: all are asked the same and must answer the same. */
export interface Contender {
  schedule(eventId: string, capacity: number): Promise<void>;
  /** One place for one user. */
  book(eventId: string, userId: string): Promise<Told>;
  /** Every booking of the event, read from what survives a crash and not from memory. */
  booked(eventId: string): Promise<readonly Booked[]>;
  close(): Promise<void>;
}

/** One attempt of a load, after it was answered. */
export interface Attempt {
  readonly userId: string;
  readonly told: Told;
}

/**
 * Holds what the callers were told against what is stored. Answers one sentence for each promise that was broken:
 * oversold, booked twice, acknowledged and lost, taken without anybody being told, refused without a reason.
 */
export function judge(capacity: number, attempts: readonly Attempt[], booked: readonly Booked[]): string[] {
  const taken = booked.reduce((sum, { seats }) => sum + seats, 0);
  const owners = new Map(booked.map(({ bookingId, userId }) => [bookingId, userId]));
  const users = new Set(booked.map(({ userId }) => userId));
  const count = (kind: Told['kind'], isWrong: (attempt: Attempt) => boolean): number =>
    attempts.filter((attempt) => attempt.told.kind === kind && isWrong(attempt)).length;

  const acknowledged = attempts.flatMap(({ told }) => (told.kind === 'booked' ? [told.bookingId] : []));
  const told = new Set(acknowledged);
  const lost = count('booked', ({ told, userId }) => told.kind === 'booked' && owners.get(told.bookingId) !== userId);
  const findings: readonly (readonly [number, string])[] = [
    [Math.max(0, taken - capacity), 'places sold above capacity'],
    [booked.length - users.size, 'bookings of a user who had one already'],
    [lost, 'acknowledged bookings lost'],
    [acknowledged.length - told.size, 'bookings acknowledged to two callers'],
    [booked.filter(({ bookingId }) => !told.has(bookingId)).length, 'bookings that nobody was told of'],
    [count('sold-out', () => taken < capacity), 'callers told "sold out" while places were left'],
    [count('already-booked', ({ userId }) => !users.has(userId)), 'callers told "already booked" without a booking'],
  ];
  return findings.filter(([wrong]) => wrong > 0).map(([wrong, what]) => `${wrong} ${what}`);
}
