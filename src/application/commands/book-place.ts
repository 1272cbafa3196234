import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import { HoldLimit } from '../hold-limit.js';
import type { Ids } from '../ports.js';
import type { Answer, BookingReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/**
 * Take places: at once, as a hold, or a turn in the line. The booking has the command's id. `isBounded`: how
 * many holds the user may have counts; not for the box office.
 */
export class BookPlace extends Command<Answer<BookingReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string,
    readonly place: Omit<domain.BookPlace, 'type' | 'bookingId' | 'holdsReached'>,
    readonly isBounded: boolean,
  ) {
    super();
  }
}

@CommandHandler(BookPlace)
export class BookPlaceHandler implements ICommandHandler<BookPlace> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
    @Inject(HoldLimit) private readonly holds: Pick<HoldLimit, 'hold'>,
  ) {}

  execute({ asked, eventId, place, isBounded }: BookPlace): Promise<Answer<BookingReceipt>> {
    const envelope = envelopeOf(this.ids, this.streams.of(eventId), asked);
    const command = { type: 'BookPlace' as const, bookingId: envelope.commandId, ...place };
    if (!place.hold || !isBounded) return this.transact.claim(eventId, command, envelope);
    return this.holds.hold(place.userId, (holdsReached) =>
      this.transact.claim(eventId, holdsReached === undefined ? command : { ...command, holdsReached }, envelope),
    );
  }
}
