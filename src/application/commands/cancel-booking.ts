import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import type { Ids } from '../ports.js';
import type { Answer, BookingReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/** Give the places, or the turn in the line, back. */
export class CancelBooking extends Command<Answer<BookingReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string,
    readonly cancellation: Omit<domain.CancelBooking, 'type'>,
  ) {
    super();
  }
}

@CommandHandler(CancelBooking)
export class CancelBookingHandler implements ICommandHandler<CancelBooking> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  execute({ asked, eventId, cancellation }: CancelBooking): Promise<Answer<BookingReceipt>> {
    const envelope = envelopeOf(this.ids, this.streams.of(eventId), asked);
    return this.transact.claim(eventId, { type: 'CancelBooking', ...cancellation }, envelope);
  }
}
