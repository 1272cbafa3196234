import type { EventStore, KeptRefusal, RefusalLog } from '../../src/application/ports.js';
import { refusalsOf, type ToldRefusal } from '../../src/application/queries/get-refusals.js';
import { REFUSAL_CODES } from '../../src/application/refusals.js';
import { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { PROBLEM_KINDS } from '../../src/infrastructure/http/problems.js';
import { receiptOf, serviceInMemory, wordOf } from '../support/service.js';

describe('a refusal that was answered', () => {
  it('is noted: whom it concerns, who asked for what, why, on which revision, and what had taken it', async () => {
    const service = serviceInMemory();
    await service.schedule('e1', { capacity: 2 });
    await service.book('e1', 'ann', { seats: 2 });
    service.time.at += 1_000;
    const envelope = { ...service.envelope('e1', 'office'), correlationId: 'req-1' };
    const place = { bookingId: 'b1', userId: 'bob', seats: 2, hold: false, waitlist: false } as const;
    const answer = await service.transact.claim('e1', { type: 'BookPlace', ...place }, envelope);
    expect(wordOf(answer)).toBe('SoldOut');
    expect(service.refused.kept).toEqual([
      {
        ...{ kind: 'refusal', id: expect.any(String), eventId: 'e1', userId: 'bob', actor: 'office' },
        ...{ command: 'BookPlace', bookingId: null, code: 'sold-out', requested: 2, free: 0, waiting: 0 },
        ...{ revision: 1, takenAt: 1, refusedAt: service.time.at },
        ...{ commandId: envelope.commandId, correlationId: 'req-1' },
      },
    ]);
  });

  it('concerns whose booking it is, whoever asked', async () => {
    const service = serviceInMemory();
    await service.schedule('e1', { capacity: 2 });
    const { bookingId } = receiptOf(await service.book('e1', 'ann'));
    const extend = (caller: string, owner: string | null) => {
      const command = { type: 'ExtendHold', bookingId, owner, ifMatch: null, seconds: 60 } as const;
      return service.transact.claim('e1', command, service.envelope('e1', caller));
    };
    for (const [caller, owner] of [
      ['office', null],
      ['ann', 'ann'],
      ['eve', 'eve'],
    ] as const)
      await extend(caller, owner);
    expect(service.refused.kept).toMatchObject([
      { userId: 'ann', actor: 'office', code: 'not-held', bookingId, command: 'ExtendHold', takenAt: null },
      { userId: 'ann', actor: 'ann', code: 'not-held', bookingId, requested: null },
      { userId: 'eve', actor: 'eve', code: 'not-found', bookingId },
    ]);
  });

  it('concerns who asked where it is about the event, or about a booking that nobody has', async () => {
    const service = serviceInMemory();
    await service.schedule('e1', { capacity: 2 });
    expect(wordOf(await service.schedule('e1', { capacity: 3 }))).toBe('EventExists');
    const command = { type: 'ExtendHold', bookingId: 'b1', owner: null, ifMatch: null, seconds: 60 } as const;
    expect(wordOf(await service.transact.claim('e1', command, service.envelope('e1', 'office')))).toBe('NotFound');
    expect(service.refused.kept).toMatchObject([
      { userId: 'manager', actor: 'manager', code: 'event-exists', bookingId: null, revision: 0 },
      { userId: 'office', actor: 'office', code: 'not-found', bookingId: 'b1' },
    ]);
  });

  it('is noted once, as it was answered, though it was decided on what another process overtook', async () => {
    const log = new InMemoryLog();
    const [one, other] = [serviceInMemory({}, log), serviceInMemory({}, log)];
    await one.schedule('e1');
    const first = receiptOf(await one.book('e1', 'ann'));
    await other.cancel('e1', 'ann', first.bookingId);
    await other.book('e1', 'bob');
    // Its ledger still has ann in the place.
    expect(wordOf(await one.book('e1', 'eve'))).toBe('SoldOut');
    expect(one.refused.kept).toMatchObject([{ userId: 'eve', revision: 3, takenAt: 3 }]);
    expect(other.refused.kept).toEqual([]);
  });

  it('is noted for a key that was used for something else, on the record that was found', async () => {
    const service = serviceInMemory();
    await service.schedule('e1', { capacity: 5 });
    await service.book('e1', 'ann', { seats: 1 }, 'k1');
    await service.book('e1', 'ann', { seats: 2 }, 'k1');
    expect(service.refused.kept).toMatchObject([{ code: 'key-reused', revision: 1, takenAt: null, requested: 2 }]);
  });

  it('is not noted where there is no event: whoever guesses ids leaves nothing behind', async () => {
    const service = serviceInMemory();
    expect(wordOf(await service.book('nowhere', 'ann'))).toBe('NotFound');
    expect(service.refused.kept).toEqual([]);
  });

  it('has the code that the problem document has', () => {
    const told = new Set(PROBLEM_KINDS.map(({ code }) => code));
    expect(REFUSAL_CODES.filter((code) => !told.has(code))).toEqual(['not-kept']);
  });
});

it('100 callers for one place: 99 refusals, and every one names the one fact that took it', async () => {
  const service = serviceInMemory();
  await service.schedule('e1');
  await Promise.all(Array.from({ length: 100 }, (_, n) => service.book('e1', `user-${n}`)));
  const named = service.refused.kept.map((each) => (each.kind === 'refusal' ? each.takenAt : null));
  expect(named).toEqual(Array.from({ length: 99 }, () => 1));
});

it('an accepted command leaves the log of refusals alone', async () => {
  const service = serviceInMemory();
  const untouched: RefusalLog = service.refused;
  untouched.note = () => {
    throw new Error('nothing was refused');
  };
  await service.schedule('e1');
  expect(wordOf(await service.book('e1', 'ann', {}, 'k1'))).toBe('accepted');
  expect(wordOf(await service.book('e1', 'ann', {}, 'k1'))).toBe('replayed');
});

test('450 refusals by 250 facts are told in bounded reads, each with its own fact', async () => {
  const service = serviceInMemory();
  await service.schedule('e1', { capacity: 2_000 });
  for (let n = 0; n < 250; n += 1) {
    await service.book('e1', `user-${n}`);
    // Facts that nobody asks for, so that those who are asked for do not all stand together.
    if (n % 5 === 0) for (let more = 0; more < 20; more += 1) await service.book('e1', `other-${n}-${more}`);
  }
  service.time.at += 1_000;
  for (let n = 0; n < 450; n += 1) await service.book('e1', `user-${n % 250}`);
  let reads = 0;
  let records = 0;
  const counting: Pick<EventStore, 'read'> = {
    async *read(stream, from, most) {
      reads += 1;
      for await (const page of service.store.read(stream, from, most)) {
        records += page.length;
        yield page;
      }
    },
  };
  const wanted = { eventId: 'e1', stream: 'booking-e1', filter: {}, after: null, limit: null };
  const told: ToldRefusal[] = [];
  for await (const each of refusalsOf(service.refused, counting, wanted)) told.push(each);
  expect(told).toHaveLength(450);
  for (const each of told) expect(each).toMatchObject({ takenBy: { userId: (each as KeptRefusal).userId } });
  expect(reads).toBeLessThan(120);
  expect(records).toBeLessThan(800);
});
