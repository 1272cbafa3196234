import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import type { Ids } from '../ports.js';
import type { Answer, EventReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/** Put an event up for booking. Without an id of the caller's own it gets one, the same one for the same key. */
export class ScheduleEvent extends Command<Answer<EventReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string | null,
    readonly schedule: domain.ScheduleEvent['schedule'],
  ) {
    super();
  }
}

@CommandHandler(ScheduleEvent)
export class ScheduleEventHandler implements ICommandHandler<ScheduleEvent> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  execute({ asked, eventId, schedule }: ScheduleEvent): Promise<Answer<EventReceipt>> {
    const id = eventId ?? this.newEventId(asked);
    const envelope = envelopeOf(this.ids, this.streams.of(id), asked);
    return this.transact.event(id, { type: 'ScheduleEvent', schedule }, envelope);
  }

  private newEventId({ caller, key }: Asked): string {
    return key === null ? this.ids.next() : this.ids.eventFromKey(caller, key);
  }
}
