import type { BookingCommand } from '../../src/domain/booking/commands.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { InMemoryEventFeed, InMemoryEventStore, InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import type { RecordedEvent, StreamHead } from '../../src/application/ports.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { Desk } from '../support/desk.js';
import { NOW } from '../support/facts.js';

const codec = new Codec(UPCASTERS);
const sealer = new ChainSealer(codec);
const PREFIX = 'booking-';

/** Writes a log by the real rules: every event has a desk of the domain, and what it writes is sealed and stored. */
export class Story {
  now = NOW;
  private readonly desks = new Map<string, Desk>();
  private readonly heads = new Map<string, StreamHead>();

  constructor(readonly log = new InMemoryLog('0badcafe')) {}

  /** What the domain makes of a command; a refusal writes nothing. */
  ask(eventId: string, command: BookingCommand): this {
    const desk = this.deskOf(eventId);
    const from = desk.log.length;
    if (command.type === 'Settle') desk.settle(this.now, 'everything');
    else desk.handle(command, this.now);
    for (const { recorded, causationId } of desk.log.slice(from)) {
      const { commandId } = recorded;
      const ids = { commandId, ...(causationId === null ? {} : { causationId }) };
      this.seal(eventId, recorded.event, recorded.occurredAt, recorded.actor, undefined, ids);
    }
    return this;
  }

  /** A fact as it stands, allowed or not. `revision` other than the next one leaves a gap. */
  plant(eventId: string, fact: BookingEvent, revision?: number): this {
    this.seal(eventId, fact, this.now, 'ann', revision);
    return this;
  }

  records(): RecordedEvent[] {
    return this.log.records.map((stored) => codec.decode(stored) as RecordedEvent);
  }

  feed(): InMemoryEventFeed {
    return new InMemoryEventFeed(this.log, codec);
  }

  store(): InMemoryEventStore {
    return new InMemoryEventStore(this.log, codec);
  }

  private deskOf(eventId: string): Desk {
    const desk = this.desks.get(eventId) ?? new Desk();
    this.desks.set(eventId, desk);
    return desk;
  }

  private seal(
    eventId: string,
    fact: BookingEvent,
    occurredAt: number,
    actor: string,
    revision?: number,
    causes = {},
  ): void {
    const stream = PREFIX + eventId;
    const head = this.heads.get(stream) ?? { stream, revision: -1, hash: '' };
    const commandId = `00000000-0000-7000-8000-${String(this.log.records.length).padStart(12, '0')}`;
    const ids = { commandId, correlationId: commandId, causationId: commandId, requestHash: '0'.repeat(64), ...causes };
    const from = revision === undefined ? head : { ...head, revision: revision - 1 };
    for (const sealed of sealer.seal(from, [fact], { ...ids, actor, occurredAt })) {
      this.log.push(sealed);
      this.heads.set(stream, { stream, revision: sealed.revision, hash: sealed.hash });
    }
  }
}
