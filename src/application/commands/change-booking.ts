import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import type { Ids } from '../ports.js';
import type { Answer, BookingReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/** Change the seats or the reference of a booking. */
export class ChangeBooking extends Command<Answer<BookingReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string,
    readonly change: Omit<domain.ChangeBooking, 'type'>,
  ) {
    super();
  }
}

@CommandHandler(ChangeBooking)
export class ChangeBookingHandler implements ICommandHandler<ChangeBooking> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  execute({ asked, eventId, change }: ChangeBooking): Promise<Answer<BookingReceipt>> {
    const envelope = envelopeOf(this.ids, this.streams.of(eventId), asked);
    return this.transact.claim(eventId, { type: 'ChangeBooking', ...change }, envelope);
  }
}
