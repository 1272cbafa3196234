import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { InMemoryEventStore, InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { TracedStore } from '../../src/infrastructure/tracing/traced-store.js';
import { ScriptedStore } from '../support/scripted-store.js';
import { Service, SetTime, seededRandom, wordOf } from '../support/service.js';
import { NotedSteps } from './noted-steps.js';

const CROWD = 20;

/** A process whose commands and store are traced. */
function open(locking: 'optimistic' | 'pessimistic' = 'optimistic') {
  const [tracer, log] = [new NotedSteps(), new InMemoryLog()];
  const scripted = new ScriptedStore(new InMemoryEventStore(log, new Codec(UPCASTERS)));
  const store = new TracedStore(scripted, tracer);
  const service = new Service(store, new SetTime(), { locking }, seededRandom(1), tracer);
  const causes = (): (string | undefined)[] =>
    log.records.map(({ metadata }) => (JSON.parse(metadata) as { traceparent?: string }).traceparent);
  return { tracer, scripted, service, causes };
}

test('a command is a step, with its outcome, whatever that is; what it wrote names it', async () => {
  const { tracer, scripted, service, causes } = open();
  await service.schedule('opera', { capacity: 1 });
  const words = [
    wordOf(await service.book('opera', 'ada', {}, 'one')),
    wordOf(await service.book('opera', 'ada', {}, 'one')),
    wordOf(await service.book('opera', 'bob')),
  ];
  scripted.faults.push('broken');
  await expect(service.book('opera', 'eve', { waitlist: true })).rejects.toThrow();
  expect(words).toEqual(['accepted', 'replayed', 'SoldOut']);

  const told = (outcome: string, more = {}) => ({ 'holdfast.event_id': 'opera', 'holdfast.outcome': outcome, ...more });
  expect(tracer.named('BookPlace').map(({ facts }) => facts)).toEqual([
    ...[told('accepted'), told('replayed'), told('refused', { 'holdfast.refusal': 'sold-out' }), told('internal')],
  ]);
  expect(tracer.named('BookPlace').map(({ fault }) => fault === null)).toEqual([true, true, true, false]);
  const [scheduled] = tracer.named('ScheduleEvent');
  expect(causes()).toEqual([scheduled!.traceparent, tracer.named('BookPlace')[0]!.traceparent]);
  expect(scheduled!.causes).toEqual([]);
});

test('a command follows from what its caller sent', async () => {
  const { tracer, service } = open();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await service.schedule('opera');
  const envelope = { ...service.envelope('opera', 'ada'), traceparent };
  const place = { bookingId: envelope.commandId, userId: 'ada', seats: 1, hold: false, waitlist: false };
  await service.transact.claim('opera', { type: 'BookPlace', ...place }, envelope);
  expect(tracer.named('BookPlace').map(({ causes }) => causes)).toEqual([[traceparent]]);
});

test.each(['optimistic', 'pessimistic'] as const)(
  'what is appended together is one step of all (%s)',
  async (locking) => {
    const { tracer, service } = open(locking);
    await service.schedule('opera', { capacity: 100 });
    await Promise.all(Array.from({ length: CROWD }, (_, n) => service.book('opera', `user-${n}`)));
    const commands = [...tracer.named('ScheduleEvent'), ...tracer.named('BookPlace')].map(
      ({ traceparent }) => traceparent,
    );
    const appends = tracer.named('append');
    expect(appends.flatMap(({ causes }) => causes)).toEqual(commands);
    expect(appends.length).toBeLessThan(CROWD);
    for (const { causes, facts, fault } of appends)
      expect([facts, fault]).toEqual([
        {
          ...{ 'holdfast.stream': 'booking-opera', 'holdfast.records': causes.length },
          ...{ 'holdfast.commands': causes.length, 'holdfast.result': 'appended' },
        },
        null,
      ]);
  },
);

test('each attempt to append is a step of its own, and one that failed says so', async () => {
  const { tracer, scripted, service } = open();
  await service.schedule('opera');
  scripted.faults.push('unavailable');
  await service.book('opera', 'ada');
  const [, first, second] = tracer.named('append');
  expect([first!.fault === null, second!.fault]).toEqual([false, null]);
  expect(second!.causes).toEqual(first!.causes);
});

test('who waits for a stream to be read is named, also when it cannot be read', async () => {
  const { tracer, scripted, service } = open();
  scripted.failingReads = 1;
  await expect(service.book('opera', 'ada')).rejects.toThrow();
  await service.schedule('opera', { capacity: 1 });
  await service.book('opera', 'ada', {}, 'one');
  await service.book('opera', 'ada', {}, 'one');
  const reads = tracer.named('read stream');
  const [failed, , replayed] = tracer.named('BookPlace');
  const [scheduled] = tracer.named('ScheduleEvent');
  expect(reads.map(({ causes }) => causes[0])).toEqual([failed, scheduled, replayed].map((step) => step!.traceparent));
  expect(reads.map(({ facts, fault }) => [facts['holdfast.records'], fault === null])).toEqual([
    ...[
      [0, false],
      [0, true],
      [1, true],
    ],
  ]);
});

test('what the service asks of itself is no step', async () => {
  const { tracer, service, causes } = open();
  await service.schedule('opera');
  await service.book('opera', 'ada', { hold: true });
  const before = tracer.steps.length;
  service.time.at += 600_000;
  await service.transact.settle('opera');
  expect(tracer.steps).toHaveLength(before);
  expect(causes().map((cause) => cause === undefined)).toEqual([false, false, true]);
});
