import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import type { Ids } from '../ports.js';
import type { Answer, EventReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/** Change what is said of an event; its bookings stay. */
export class ChangeEvent extends Command<Answer<EventReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string,
    readonly change: Omit<domain.ChangeEvent, 'type'>,
  ) {
    super();
  }
}

@CommandHandler(ChangeEvent)
export class ChangeEventHandler implements ICommandHandler<ChangeEvent> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  execute({ asked, eventId, change }: ChangeEvent): Promise<Answer<EventReceipt>> {
    const envelope = envelopeOf(this.ids, this.streams.of(eventId), asked);
    return this.transact.event(eventId, { type: 'ChangeEvent', ...change }, envelope);
  }
}
