import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import type { Ids } from '../ports.js';
import type { Answer, BookingReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/** Turn a hold into a booking. */
export class ConfirmBooking extends Command<Answer<BookingReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string,
    readonly confirmation: Omit<domain.ConfirmBooking, 'type'>,
  ) {
    super();
  }
}

@CommandHandler(ConfirmBooking)
export class ConfirmBookingHandler implements ICommandHandler<ConfirmBooking> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  execute({ asked, eventId, confirmation }: ConfirmBooking): Promise<Answer<BookingReceipt>> {
    const envelope = envelopeOf(this.ids, this.streams.of(eventId), asked);
    return this.transact.claim(eventId, { type: 'ConfirmBooking', ...confirmation }, envelope);
  }
}
