import fc from 'fast-check';
import { HoldfastError } from '../../src/application/errors.js';
import type { EventStore } from '../../src/application/ports.js';
import type { Answer, BookingReceipt } from '../../src/application/receipts.js';
import { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { faultsIn } from '../support/log-checker.js';
import { ScriptedStore, type AppendFault } from '../support/scripted-store.js';
import { SetTime, serviceInMemory } from '../support/service.js';

const PROCESSES = 3;
const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

interface Step {
  readonly kind: 'book' | 'hold' | 'wait' | 'cancel' | 'confirm' | 'settle' | 'later';
  readonly process: number;
  readonly event: number;
  readonly user: number;
  readonly key: number | null;
  readonly fault: AppendFault | null;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('book', 'book', 'book', 'hold', 'wait', 'cancel', 'confirm', 'settle', 'later'),
  process: fc.nat(PROCESSES - 1),
  event: fc.nat(1),
  user: fc.nat(11),
  key: fc.option(fc.nat(3), { freq: 2 }),
  fault: fc.option(fc.constantFrom('lost', 'late', 'written-unanswered', 'unavailable'), { freq: 3 }),
});

/** What a client knows after a call. */
type Heard = { readonly key: string | null; readonly user: string } & (
  { readonly heard: 'done'; readonly receipt: BookingReceipt } | { readonly heard: 'refused' | 'unknown' }
);

async function run(
  steps: readonly Step[],
  locking: 'optimistic' | 'pessimistic',
): Promise<{ log: InMemoryLog; heard: Heard[] }> {
  const log = new InMemoryLog();
  const time = new SetTime();
  const stores: ScriptedStore[] = [];
  const wrap = (inner: EventStore): EventStore => {
    const store = new ScriptedStore(inner);
    store.lateMs = 3;
    stores.push(store);
    return store;
  };
  const settings = { locking, outcomeDeadlineMs: 12, queueAgeMs: 2_000, backoffMaxMs: 3 };
  const services = Array.from({ length: PROCESSES }, () => serviceInMemory(settings, log, wrap, time));
  const patient = serviceInMemory({}, log, undefined, time);
  await patient.schedule('e0', { capacity: 1 });
  await patient.schedule('e1', { capacity: 3 });

  const heard: Heard[] = [];
  const known: BookingReceipt[] = [];
  const call = async ({ kind, process, event, user, key, fault }: Step): Promise<void> => {
    const service = services[process]!;
    const [eventId, userId] = [`e${event}`, `u${user}`];
    const named = key === null ? null : `k${user}-${key}-${kind}`;
    if (kind === 'later') return void (time.at += 700_000 * (user - 3));
    if (fault !== null) stores[process]!.faults.push(fault);
    if (kind === 'settle') return void (await service.transact.settle(eventId).catch(() => undefined));
    const target = known.findLast((receipt) => receipt.eventId === eventId && receipt.userId === userId);
    const ask = (): Promise<Answer<BookingReceipt>> => {
      if (kind === 'cancel') return service.cancel(eventId, userId, target?.bookingId ?? 'none', named);
      if (kind === 'confirm') return service.confirm(eventId, userId, target?.bookingId ?? 'none');
      return service.book(eventId, userId, { hold: kind === 'hold', waitlist: kind === 'wait' }, named);
    };
    const asked = { user: userId, key: kind === 'confirm' ? null : named };
    try {
      const answer = await ask();
      if (!answer.accepted) return void heard.push({ ...asked, heard: 'refused' });
      known.push(answer.receipt);
      heard.push({ ...asked, heard: 'done', receipt: answer.receipt });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      heard.push({ ...asked, heard: 'unknown' });
    }
  };
  // Eight at a time: enough to meet in the mailboxes, few enough that later steps know what earlier ones booked.
  for (let at = 0; at < steps.length; at += 8) await Promise.all(steps.slice(at, at + 8).map(call));
  for (const store of stores) store.faults.length = 0;
  await Promise.all(services.map((service) => service.transact.drain()));
  await time.sleep(10);
  return { log, heard };
}

describe.each(['optimistic', 'pessimistic'] as const)(
  `three processes, lost and late appends, %s (seed ${seed})`,
  (locking) => {
    it('never oversells, never books twice, and keeps every answer', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 120 }), async (steps) => {
          const { log, heard } = await run(steps, locking);
          expect(faultsIn(log.records)).toEqual([]);
          const written = log.records.map(({ stream, revision, data }) => ({ stream, revision, data }));
          const bookingOfKey = new Map<string, string>();
          for (const call of heard) {
            if (call.heard !== 'done') continue;
            const { eventId, revision, bookingId } = call.receipt;
            const record = written.find((r) => r.stream === `booking-${eventId}` && r.revision === revision);
            // The fact behind the answer; only a booking that its event's end had ended has another one.
            expect(JSON.parse(record!.data)).toMatchObject({ bookingId });
            if (call.key === null) continue;
            const key = `${eventId} ${call.key}`;
            expect(bookingOfKey.get(key) ?? bookingId).toBe(bookingId);
            bookingOfKey.set(key, bookingId);
          }
        }),
        // Timing is not part of the seed, so a smaller history need not fail again.
        { seed, numRuns: 25, endOnFailure: true, timeout: 10_000 },
      );
    });
  },
);
