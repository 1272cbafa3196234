import { Batch, type Verdict, type Waiter } from '../../src/application/batch.js';
import { Desk, type Portion } from '../../src/application/desk.js';
import { deniedOn } from '../../src/application/receipts.js';
import type { BookingCommand } from '../../src/domain/booking/commands.js';
import { initial } from '../../src/domain/booking/ledger.js';
import { book, callOff, cancel, change, changeEvent, confirm, schedule, scheduleIt } from '../support/facts.js';
import type { Sealed } from '../../src/application/ports.js';
import { Service, SetTime, serviceInMemory } from '../support/service.js';

const MINUTE_MS = 60_000;
const BOUNDS = { batchEvents: 100, batchBytes: 100_000, mailboxLength: 100 };
const EVERYTHING: Portion = { commands: Infinity, settle: 'all' };

/** A desk by itself: what is decided goes into a batch, and no further. */
class Office {
  readonly service: Service = serviceInMemory();
  readonly time: SetTime = this.service.time;
  readonly desk = new Desk('e1', 'booking-e1', this.service);

  constructor(capacity = 1) {
    this.time.at = schedule.startsAt - 60 * MINUTE_MS;
    this.decide([scheduleIt({ capacity, waitlistLimit: 9 })]);
    this.desk.settleOwed = false;
  }

  waiters(commands: readonly BookingCommand[], key: string | null = null): Waiter[] {
    const unheard = { resolve: () => undefined, reject: () => undefined };
    return commands.map((command) => {
      const envelope = this.service.envelope('e1', 'ann', key, command.type);
      return { command, envelope, arrivedAt: 0, attempts: 0, ...unheard };
    });
  }

  /** Answers what was written, how many were decided, and what they will be told. */
  decide(commands: readonly BookingCommand[], portion = EVERYTHING, bounds = BOUNDS, key: string | null = null) {
    const batch = new Batch(this.desk.ledger.revision);
    const decided = this.desk.decideInto(batch, bounds, this.waiters(commands, key), portion);
    const verdicts = batch.verdicts.map(({ verdict }): Verdict => verdict);
    return { batch, decided, verdicts, types: batch.sealed.map(({ type }) => type) };
  }
}

/** One place, held by Ann, and Bob waits. */
function fullHouse(capacity = 1): Office {
  const office = new Office(capacity);
  office.decide([book('ann', { hold: true, seats: capacity }), book('bob', { waitlist: true })]);
  expect(office.desk.settleOwed).toBe(false);
  return office;
}

describe('a desk', () => {
  test('has nothing to do before anybody asks, although something is due', () => {
    expect(new Office().desk.settleOwed).toBe(false);
    const office = fullHouse();
    office.time.at += 11 * MINUTE_MS;
    expect(office.desk.isDue()).toBe(true);
    const { batch, decided } = office.decide([]);
    expect([batch.isEmpty, batch.writes, decided]).toEqual([true, false, 0]);
  });

  test('decides as many as its portion has, and no more', () => {
    const office = new Office(5);
    const two = [book('ann'), book('bob')];
    expect(office.decide(two, { commands: 1, settle: 'all' })).toMatchObject({
      decided: 1,
      types: ['BookingConfirmed'],
    });
    expect(office.decide(two, { commands: 0, settle: 'all' }).decided).toBe(0);
  });

  test('stops when the batch is full: of facts, of bytes, or of verdicts', () => {
    const four = ['ann', 'bob', 'cid', 'dan'].map((user) => book(user));
    for (const [bounds, decided] of [
      [{ batchEvents: 2 }, 2],
      [{ batchBytes: 1 }, 1],
      [{ mailboxLength: 3 }, 3],
    ] as const)
      expect(new Office(9).decide(four, EVERYTHING, { ...BOUNDS, ...bounds }).decided).toBe(decided);
  });

  test('settles before it decides, and again after what wrote', () => {
    const office = fullHouse();
    office.time.at += 11 * MINUTE_MS;
    const { types } = office.decide([confirm('bob')]);
    expect(types).toEqual(['HoldExpired', 'BookingHeld', 'BookingConfirmed']);
    expect(fullHouse().decide([cancel('ann')]).types).toEqual(['BookingCancelled', 'BookingHeld']);
  });

  test('offers no places that a command is about to take away, and ends nothing that the end of the event ends', () => {
    const fewer = fullHouse(3);
    fewer.time.at += 11 * MINUTE_MS;
    const { types } = fewer.decide([changeEvent({ capacity: 1 })]);
    expect(types).toEqual(['HoldExpired', 'CapacityChanged', 'BookingHeld']);
    const off = fullHouse();
    off.time.at += 11 * MINUTE_MS;
    expect(off.decide([callOff()]).types).toEqual(['EventCancelled']);
  });

  test('writes what is owed before the end of the event too', () => {
    const office = fullHouse();
    office.decide([cancel('ann')], { commands: Infinity, settle: 'one alone' });
    expect(office.desk.settleOwed).toBe(true);
    expect(office.decide([callOff()]).types).toEqual(['BookingHeld', 'EventCancelled']);
  });

  test('gives a step of settle a batch of its own where the row is locked for it', () => {
    const alone: Portion = { commands: Infinity, settle: 'one alone' };
    const office = fullHouse();
    const first = office.decide([cancel('ann'), book('cid')], alone);
    expect(first).toMatchObject({ types: ['BookingCancelled'], decided: 1 });
    const second = office.decide([book('cid')], alone);
    expect(second).toMatchObject({ types: ['BookingHeld'], decided: 0 });
    const third = office.decide([book('cid')], alone);
    expect(third).toMatchObject({
      types: [],
      decided: 1,
      verdicts: [{ kind: 'refused', answer: { refusal: { reason: 'SoldOut' } } }],
    });
  });
});

describe('the verdict', () => {
  const receiptIn = ({ verdicts }: ReturnType<Office['decide']>) => (verdicts[0] as { receipt: unknown }).receipt;

  test('of a command about the event is about the event, also when nothing had to be done', () => {
    const office = new Office();
    const renamed = receiptIn(office.decide([changeEvent({ title: 'Soirée' })]));
    expect(renamed).toEqual({ eventId: 'e1', status: 'scheduled', revision: 1, data: { title: 'Soirée' } });
    const again = receiptIn(office.decide([changeEvent({ title: 'Soirée' })]));
    expect(again).toEqual({ eventId: 'e1', status: 'scheduled', revision: 1, data: {} });
    expect(receiptIn(office.decide([callOff()]))).toMatchObject({ status: 'cancelled', revision: 2 });
    expect(receiptIn(office.decide([callOff()]))).toMatchObject({ status: 'cancelled', revision: 2, data: {} });
  });

  test('of a command about a booking is about the booking, also when nothing had to be done', () => {
    const office = fullHouse();
    expect(receiptIn(office.decide([confirm('ann')]))).toMatchObject({ bookingId: 'b-ann', status: 'confirmed' });
    const quiet = office.decide([change('ann', { seats: 1 })]);
    expect(receiptIn(quiet)).toMatchObject({ bookingId: 'b-ann', status: 'confirmed', revision: 3 });
    expect(quiet.types).toEqual([]);
  });

  test('of settle is where the stream stands', () => {
    expect(receiptIn(new Office().decide([{ type: 'Settle' }]))).toBe(0);
  });

  test('of a command seen before is where its fact stands; only such verdicts need no look at the log', () => {
    const office = new Office(5);
    expect(office.decide([book('ann')], EVERYTHING, BOUNDS, 'k1').batch.onlyReplays).toBe(false);
    const again = office.decide([book('ann')], EVERYTHING, BOUNDS, 'k1');
    expect(again.verdicts).toEqual([{ kind: 'replay', revision: 1 }]);
    expect([again.batch.onlyReplays, again.batch.isEmpty, again.batch.writes]).toEqual([true, false, false]);
    expect(office.decide([book('ann')]).batch.onlyReplays).toBe(false);
  });
});

describe('a batch that failed', () => {
  test('leaves the ledger as it was, however often it is taken back', () => {
    const office = fullHouse();
    const { revision, hash, seatsTaken } = office.desk.ledger;
    const { batch } = office.decide([cancel('ann'), book('cid', { waitlist: true })]);
    expect(office.desk.ledger.revision).toBeGreaterThan(revision);
    batch.undo();
    batch.undo();
    expect(office.desk.ledger).toMatchObject({ revision, hash, seatsTaken });
    expect(batch.base).toBe(revision);
  });

  test('knows who waits in it, and under which command', () => {
    const office = new Office();
    const { batch } = office.decide([book('ann'), book('bob')]);
    const [first, second] = batch.waiters();
    expect([first!.command.type, batch.waiters().length]).toEqual(['BookPlace', 2]);
    expect(batch.holds(second!.envelope.commandId)).toBe(true);
    expect(batch.holds('another')).toBe(false);
  });
});

test('a batch answers those of a range, each in its way', () => {
  const batch = new Batch(0);
  const heard: unknown[] = [];
  const office = new Office();
  const no = deniedOn(initial(), { reason: 'HoldLapsed' }, 0);
  const [waiter] = office.waiters([book('ann')]);
  const told = { ...waiter!, resolve: (answer: unknown) => void heard.push(answer) };
  batch.tell(told, { kind: 'done', receipt: 'r' });
  batch.tell(told, { kind: 'refused', answer: no });
  batch.tell(told, { kind: 'replay', revision: 7 });
  const replay = (_waiter: Waiter, revision: number): void => void heard.push(revision);
  batch.release(9n, replay, 0, 2);
  const yes = { accepted: true, receipt: 'r', position: 9n, replayed: false };
  expect(heard).toEqual([yes, no]);
  batch.release(9n, replay, 2, 3);
  expect(heard.at(-1)).toBe(7);
});

describe('a batch', () => {
  const sealed = { data: '{}', metadata: '{"a":1}' } as Sealed;
  const replay: Verdict = { kind: 'replay', revision: 1 };
  const waiter = (): Waiter => new Office().waiters([book('ann')])[0]!;

  test('needs no look at the log only if it says nothing but what is there', () => {
    const [both, settled] = [new Batch(0), new Batch(0)];
    both.tell(waiter(), replay);
    both.tell(waiter(), { kind: 'refused', answer: deniedOn(initial(), { reason: 'HoldLapsed' }, 0) });
    settled.write(sealed, () => undefined);
    settled.tell(waiter(), replay);
    expect([both.onlyReplays, settled.onlyReplays]).toEqual([false, false]);
  });

  test('is full with the last byte that fits', () => {
    const batch = new Batch(0);
    batch.write(sealed, () => undefined);
    const bytes = sealed.data.length + sealed.metadata.length;
    expect(batch.isFull({ ...BOUNDS, batchBytes: bytes })).toBe(true);
    expect(batch.isFull({ ...BOUNDS, batchBytes: bytes + 1 })).toBe(false);
  });
});
