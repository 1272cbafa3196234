import { StreamNames } from '../../src/application/envelope.js';
import { MINUTE, SECOND, scheduleIt } from '../support/facts.js';
import type { History, Step } from '../support/history.js';
import { Story } from './story.js';

export const EVENTS = ['gala', 'quiz'];
export const streams = new StreamNames('booking-');

/** Two events whose facts take turns in one log, each by the real rules. */
export function storyOf(asked: readonly Step[]): Story {
  const story = new Story();
  for (const eventId of EVENTS)
    story.ask(eventId, scheduleIt({ capacity: 4, waitlistLimit: 4, maxSeatsPerBooking: 3 }));
  const made = { shadow: { copies: new Map<string, { userId: string }>() }, told: [] as string[] };
  asked.forEach(({ jumpMs, ask }, n) => {
    story.now += (Math.abs(jumpMs) % (5 * MINUTE)) + (n % 3) * SECOND;
    const eventId = EVENTS[n % 2]!;
    const known = [...made.shadow.copies.keys()].filter((id) => id.endsWith(eventId));
    const history = {
      ...made,
      bookingIdAt: (index: number) => known.at(-1 - (index % Math.max(1, known.length))) ?? 'none',
    };
    const command = ask(history as unknown as History);
    if (command.type === 'Rewind') return;
    if (command.type === 'BookPlace') {
      const bookingId = `b-${n}-${eventId}`;
      made.shadow.copies.set(bookingId, { userId: command.userId });
      return void story.ask(eventId, { ...command, bookingId });
    }
    story.ask(eventId, command);
  });
  return story;
}
