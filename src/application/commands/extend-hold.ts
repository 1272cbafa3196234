import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type * as domain from '../../domain/booking/commands.js';
import { PORTS, StreamNames, envelopeOf, type Asked } from '../envelope.js';
import type { Ids } from '../ports.js';
import type { Answer, BookingReceipt } from '../receipts.js';
import { Transact } from '../transact.js';

/** Ask for more time for a hold. */
export class ExtendHold extends Command<Answer<BookingReceipt>> {
  constructor(
    readonly asked: Asked,
    readonly eventId: string,
    readonly extension: Omit<domain.ExtendHold, 'type'>,
  ) {
    super();
  }
}

@CommandHandler(ExtendHold)
export class ExtendHoldHandler implements ICommandHandler<ExtendHold> {
  constructor(
    private readonly transact: Transact,
    private readonly streams: StreamNames,
    @Inject(PORTS.ids) private readonly ids: Ids,
  ) {}

  execute({ asked, eventId, extension }: ExtendHold): Promise<Answer<BookingReceipt>> {
    const envelope = envelopeOf(this.ids, this.streams.of(eventId), asked);
    return this.transact.claim(eventId, { type: 'ExtendHold', ...extension }, envelope);
  }
}
