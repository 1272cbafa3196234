import { BookPlace, BookPlaceHandler } from '../../src/application/commands/book-place.js';
import { CancelBooking, CancelBookingHandler } from '../../src/application/commands/cancel-booking.js';
import { CancelEvent, CancelEventHandler } from '../../src/application/commands/cancel-event.js';
import { ChangeBooking, ChangeBookingHandler } from '../../src/application/commands/change-booking.js';
import { ChangeEvent, ChangeEventHandler } from '../../src/application/commands/change-event.js';
import { ConfirmBooking, ConfirmBookingHandler } from '../../src/application/commands/confirm-booking.js';
import { ExtendHold, ExtendHoldHandler } from '../../src/application/commands/extend-hold.js';
import { ScheduleEvent, ScheduleEventHandler } from '../../src/application/commands/schedule-event.js';
import { envelopeOf, type Asked } from '../../src/application/envelope.js';
import type { HoldLimit } from '../../src/application/hold-limit.js';
import type { Answer } from '../../src/application/receipts.js';
import { receiptOf, serviceInMemory, wordOf } from '../support/service.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const VERSION = 14;
const NO_LIMIT: Pick<HoldLimit, 'hold'> = { hold: (_, make) => make() };

function office() {
  const service = serviceInMemory();
  const { transact, streams, ids, log, time } = service;
  const parts = [transact, streams, ids] as const;
  const asked = (caller: string, key: string | null = null): Asked => ({
    ...{ caller, key, requestHash: ids.requestHash('test', {}, {}), correlationId: `request of ${caller}` },
  });
  const startsAt = time.at + 30 * DAY_MS;
  const rules = { holdSeconds: 600, offerSeconds: 14_400, maxSeatsPerBooking: 10, waitlistLimit: 5 };
  const schedule = { title: 'Opera', startsAt, timeZone: 'UTC', capacity: 3, ...rules };
  const last = (): Record<string, Record<string, unknown>> & { type: unknown; stream: unknown } => {
    const { type, stream, data, metadata } = log.records.at(-1)!;
    return { type, stream, data: JSON.parse(data) as never, metadata: JSON.parse(metadata) as never } as never;
  };
  return { service, parts, asked, schedule, last, time, log };
}

/** An event for three, and Ada's booking on it: held, or confirmed. */
async function withBooking(hold = false) {
  const here = office();
  const { parts, asked, schedule } = here;
  await new ScheduleEventHandler(...parts).execute(new ScheduleEvent(asked('manager'), 'opera', schedule));
  const place = { userId: 'ada', seats: 1, hold, waitlist: false };
  const answer = await new BookPlaceHandler(...parts, NO_LIMIT).execute(
    new BookPlace(asked('ada'), 'opera', place, false),
  );
  const on = { bookingId: receiptOf(answer).bookingId, owner: 'ada', ifMatch: null };
  return { ...here, on };
}

const commandIdOf = ({ last }: ReturnType<typeof office>): string => String(last()['metadata']!['commandId']);

describe('a command is written under the id that its key makes', () => {
  test('on the stream of its event, with who asked and why', async () => {
    const here = await withBooking();
    const { last } = here;
    expect(last()).toMatchObject({ type: 'BookingConfirmed', stream: 'booking-opera', data: { userId: 'ada' } });
    const reason = 'request of ada';
    expect(last()['metadata']).toMatchObject({ actor: 'ada', correlationId: reason, causationId: reason });
    expect(last()['metadata']).not.toHaveProperty('traceparent');
    expect(commandIdOf(here).charAt(VERSION)).toBe('7');
    expect(last()['data']!['bookingId']).toBe(commandIdOf(here));
  });

  test('the same key makes the same one, for the same caller and event', async () => {
    const here = await withBooking();
    const { parts, asked, service } = here;
    const place = { userId: 'bob', seats: 1, hold: false, waitlist: false };
    const ask = () =>
      new BookPlaceHandler(...parts, NO_LIMIT).execute(new BookPlace(asked('bob', 'k1'), 'opera', place, false));
    expect([wordOf(await ask()), wordOf(await ask())]).toEqual(['accepted', 'replayed']);
    expect(commandIdOf(here)).toBe(service.ids.fromKey('bob', 'booking-opera', 'k1'));
  });

  test('a trace is carried along where there is one', () => {
    const { service, asked } = office();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const envelope = envelopeOf(service.ids, 'booking-opera', { ...asked('ada'), traceparent });
    expect(envelope).toMatchObject({ traceparent, actor: 'ada' });
    expect(envelopeOf(service.ids, 'booking-opera', asked('ada'))).not.toHaveProperty('traceparent');
  });
});

describe('scheduling', () => {
  test('without an id of one’s own gives the event one: the same for the same key, else a new one', async () => {
    const { parts, asked, schedule, service } = office();
    const handler = new ScheduleEventHandler(...parts);
    const ask = (key: string | null) => handler.execute(new ScheduleEvent(asked('manager', key), null, schedule));
    const [first, again, other, another] = [await ask('k1'), await ask('k1'), await ask(null), await ask(null)];
    expect(receiptOf(first).eventId).toBe(service.ids.eventFromKey('manager', 'k1'));
    expect([wordOf(again), receiptOf(again)]).toEqual(['replayed', receiptOf(first)]);
    expect(new Set([first, other, another].map((answer) => receiptOf(answer).eventId)).size).toBe(3);
    expect(receiptOf(other).eventId.charAt(VERSION)).toBe('7');
  });

  test('answers with all that was written, the default of the waitlist included', async () => {
    const { parts, asked, schedule } = office();
    const { waitlistLimit: _default, ...bare } = schedule;
    const answer = await new ScheduleEventHandler(...parts).execute(new ScheduleEvent(asked('m'), 'opera', bare));
    const data = { ...bare, waitlistLimit: 3 };
    expect(receiptOf(answer)).toEqual({ eventId: 'opera', status: 'scheduled', revision: 0, data });
  });
});

describe('each command does what it is called after, and a second time nothing', () => {
  async function twice<Receipt>(ask: () => Promise<Answer<Receipt>>, length: () => number) {
    const first = receiptOf(await ask());
    const before = length();
    expect(receiptOf(await ask())).toMatchObject({ revision: (first as { revision: number }).revision });
    expect(length()).toBe(before);
    return first;
  }

  test('confirm', async () => {
    const { parts, asked, on, log, last } = await withBooking(true);
    const confirm = () => new ConfirmBookingHandler(...parts).execute(new ConfirmBooking(asked('ada'), 'opera', on));
    const receipt = await twice(confirm, () => log.records.length);
    expect(receipt).toMatchObject({ status: 'confirmed', expiresAt: null, endedReason: null });
    expect(last().type).toBe('BookingConfirmed');
  });

  test('extend', async () => {
    const { parts, asked, on, time } = await withBooking(true);
    const extension = { ...on, seconds: 1_200 };
    const answer = await new ExtendHoldHandler(...parts).execute(new ExtendHold(asked('ada'), 'opera', extension));
    expect(receiptOf(answer)).toMatchObject({ status: 'held', expiresAt: time.at + 20 * MINUTE_MS, endedReason: null });
  });

  test('change of a booking', async () => {
    const { parts, asked, on, log, last } = await withBooking();
    const wanted = { ...on, seats: 2, reference: 'r-1' };
    const change = () => new ChangeBookingHandler(...parts).execute(new ChangeBooking(asked('ada'), 'opera', wanted));
    const receipt = await twice(change, () => log.records.length);
    expect(receipt).toMatchObject({ seats: 2, reference: 'r-1', status: 'confirmed' });
    expect(last().type).toBe('BookingReferenceChanged');
  });

  test('cancel, with a reason or without', async () => {
    const { parts, asked, on, log } = await withBooking();
    const handler = new CancelBookingHandler(...parts);
    const cancel = () => handler.execute(new CancelBooking(asked('ada'), 'opera', { ...on, reason: 'ill' }));
    expect(await twice(cancel, () => log.records.length)).toMatchObject({ status: 'cancelled', endedReason: 'ill' });
    const other = await withBooking();
    const plain = new CancelBooking(other.asked('ada'), 'opera', other.on);
    const answer = await new CancelBookingHandler(...other.parts).execute(plain);
    expect(receiptOf(answer)).toMatchObject({ status: 'cancelled', endedReason: 'cancelled', expiresAt: null });
  });

  test('change of an event', async () => {
    const { parts, asked, log } = await withBooking();
    const wanted = { ifMatch: 'exists', title: 'Ballet', capacity: 9, rules: { holdSeconds: 60 } } as const;
    const change = () => new ChangeEventHandler(...parts).execute(new ChangeEvent(asked('m'), 'opera', wanted));
    const receipt = await twice(change, () => log.records.length);
    const data = { title: 'Ballet', capacity: 9, holdSeconds: 60 };
    expect(receipt).toEqual({ eventId: 'opera', status: 'scheduled', revision: 4, data });
    expect(receiptOf(await change())).toEqual({ ...receipt, data: {} });
  });

  test('calling an event off: what was answered before it still says "scheduled" when it is asked again', async () => {
    const { parts, asked, log } = await withBooking();
    const renaming = { ifMatch: 'exists', title: 'Ballet', rules: {} } as const;
    const rename = () => new ChangeEventHandler(...parts).execute(new ChangeEvent(asked('m', 'k1'), 'opera', renaming));
    const renamed = receiptOf(await rename());
    const off = { ifMatch: null, reason: 'strike' };
    const callOff = () => new CancelEventHandler(...parts).execute(new CancelEvent(asked('m', null), 'opera', off));
    const receipt = await twice(callOff, () => log.records.length);
    expect(receipt).toEqual({ eventId: 'opera', status: 'cancelled', revision: 3, data: { reason: 'strike' } });
    expect(receiptOf(await callOff())).toEqual({ ...receipt, data: {} });
    const again = await rename();
    expect([wordOf(again), receiptOf(again)]).toEqual(['replayed', renamed]);
    expect(renamed.status).toBe('scheduled');
  });
});

describe('the answer to a command that had nothing to do is the booking as it stands', () => {
  test('held: with its end; waiting or confirmed: without', async () => {
    const { parts, asked, on, time } = await withBooking(true);
    const change = (wanted: object) =>
      new ChangeBookingHandler(...parts).execute(new ChangeBooking(asked('ada'), 'opera', { ...on, ...wanted }));
    const held = receiptOf(await change({ seats: 1 }));
    expect(held).toEqual({
      ...{ bookingId: on.bookingId, eventId: 'opera', userId: 'ada', seats: 1, status: 'held', reference: null },
      ...{ expiresAt: time.at + 10 * MINUTE_MS, offer: false, createdAt: time.at, updatedAt: time.at },
      ...{ endedReason: null, revision: 1 },
    });
  });

  test('lapsed: with why it ended', async () => {
    const { parts, asked, on, time } = await withBooking(true);
    time.at += 11 * MINUTE_MS;
    const cancel = new CancelBooking(asked('ada'), 'opera', on);
    const answer = await new CancelBookingHandler(...parts).execute(cancel);
    expect(receiptOf(answer)).toMatchObject({
      status: 'expired',
      endedReason: 'expired',
      expiresAt: null,
      revision: 2,
    });
  });
});
