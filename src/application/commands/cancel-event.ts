import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import type { Ids } from '../ports.js';
import type { Answer, EventReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/** Call an event off, and with it every booking. */
export class CancelEvent extends Command<Answer<EventReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string,
    readonly cancellation: Omit<domain.CancelEvent, 'type'>,
  ) {
    super();
  }
}

@CommandHandler(CancelEvent)
export class CancelEventHandler implements ICommandHandler<CancelEvent> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  execute({ asked, eventId, cancellation }: CancelEvent): Promise<Answer<EventReceipt>> {
    const envelope = envelopeOf(this.ids, this.streams.of(eventId), asked);
    return this.transact.event(eventId, { type: 'CancelEvent', ...cancellation }, envelope);
  }
}
