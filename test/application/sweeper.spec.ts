import { StoreUnavailable, StreamUnreadable } from '../../src/application/errors.js';
import { Sweeper, type SweeperSettings } from '../../src/application/sweeper.js';
import { InMemoryEventFeed } from '../../src/infrastructure/event-store/in-memory.js';
import { FoldedViews } from '../support/folded-views.js';
import { faultsIn } from '../support/log-checker.js';
import { receiptOf, seededRandom, serviceInMemory, type SetTime } from '../support/service.js';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const SETTINGS: SweeperSettings = { sweepMs: 5, quietMs: 30_000, eventsPerSweep: 100, atOnce: 4 };

type Service = ReturnType<typeof serviceInMemory>;

/** A service, its read model, and the sweeper over both; a second process can be had over the same log and clock. */
function office(log?: Service['log'], time?: SetTime) {
  const service = serviceInMemory({}, log, undefined, time);
  const views = new FoldedViews(new InMemoryEventFeed(service.log, service.codec), service.streams);
  const sweeper = new Sweeper(service.transact, views, service.time, seededRandom(9), SETTINGS);
  return { service, views, sweeper, time: service.time };
}

const typesIn = ({ log }: Service): string[] => log.records.map(({ type }) => type);

/** One place, held by Ada for 30 s; Bob waits for it. */
async function heldAndAwaited({ service }: { service: Service }): Promise<{ held: string; awaited: string }> {
  receiptOf(await service.schedule('opera', { capacity: 1, waitlistLimit: 5 }));
  const held = receiptOf(await service.book('opera', 'ada', { hold: true, holdSeconds: 30 }));
  const awaited = receiptOf(await service.book('opera', 'bob', { waitlist: true }));
  return { held: held.bookingId, awaited: awaited.bookingId };
}

const statusOf = async ({ views }: { views: FoldedViews }, bookingId: string) =>
  (await views.booking('opera', bookingId)).value?.status;

test('a hold that is due is lapsed though nobody asks, and the next in line gets the offer', async () => {
  const here = office();
  const { held, awaited } = await heldAndAwaited(here);
  expect(await here.sweeper.sweep()).toBe(0);
  here.time.at += 30 * SECOND_MS;
  expect(await here.sweeper.sweep()).toBe(1);
  expect([await statusOf(here, held), await statusOf(here, awaited)]).toEqual(['expired', 'held']);
  expect(typesIn(here.service).slice(-2)).toEqual(['HoldExpired', 'BookingHeld']);
  expect(faultsIn(here.service.log.records)).toEqual([]);
  expect(await here.sweeper.sweep()).toBe(0);
});

test('a process that never heard of the event finds what is due in the read model', async () => {
  const there = office();
  const { held, awaited } = await heldAndAwaited(there);
  const here = office(there.service.log, there.time);
  expect(here.service.transact.cachedEvents()).toEqual([]);
  here.time.at += 30 * SECOND_MS;
  expect(await here.sweeper.sweep()).toBe(1);
  expect([await statusOf(here, held), await statusOf(here, awaited)]).toEqual(['expired', 'held']);
});

test('a read model that stands still does not keep a hold alive whose ledger is in memory', async () => {
  const here = office();
  here.views.isPaused = true;
  const { held } = await heldAndAwaited(here);
  here.time.at += 30 * SECOND_MS;
  await here.sweeper.sweep();
  here.views.isPaused = false;
  expect(await statusOf(here, held)).toBe('expired');
});

test('two processes that sweep at once write what is due once', async () => {
  const one = office();
  const { awaited } = await heldAndAwaited(one);
  const other = office(one.service.log, one.time);
  one.time.at += 30 * SECOND_MS;
  await Promise.all([one.sweeper.sweep(), other.sweeper.sweep()]);
  expect(typesIn(one.service).filter((type) => type === 'HoldExpired')).toHaveLength(1);
  expect(await statusOf(one, awaited)).toBe('held');
  expect(faultsIn(one.service.log.records)).toEqual([]);
});

test('a settle that found nothing is repeated after 30 s, when the clock was set back, or when the stream has moved', async () => {
  const here = office();
  receiptOf(await here.service.schedule('opera', { capacity: 5 }));
  const settles = countSettles(here.service);
  const shown = { revision: 0 };
  here.views.unsettled = async () => [{ eventId: 'opera', revision: shown.revision }];
  for (let sweep = 0; sweep < 5; sweep += 1) await here.sweeper.sweep();
  expect(settles()).toBe(1);
  here.time.at += SETTINGS.quietMs - 1;
  await here.sweeper.sweep();
  expect(settles()).toBe(1);
  here.time.at += 1;
  await here.sweeper.sweep();
  expect(settles()).toBe(2);
  here.time.at -= DAY_MS; // A clock that was set back ends the quiet, which would last a day otherwise.
  await here.sweeper.sweep();
  expect(settles()).toBe(3);
  shown.revision = receiptOf(await here.service.book('opera', 'ada')).revision;
  for (let sweep = 0; sweep < 5; sweep += 1) await here.sweeper.sweep();
  expect(settles()).toBe(4);
});

test('nobody is offered a place once sales have closed: the line is ended', async () => {
  const here = office();
  const salesCloseAt = here.time.at + DAY_MS;
  receiptOf(await here.service.schedule('opera', { capacity: 1, waitlistLimit: 5, salesCloseAt }));
  receiptOf(await here.service.book('opera', 'ada'));
  const { bookingId } = receiptOf(await here.service.book('opera', 'bob', { waitlist: true }));
  here.time.at = salesCloseAt;
  await here.sweeper.sweep();
  expect((await here.views.booking('opera', bookingId)).value).toMatchObject({
    status: 'cancelled',
    endedReason: 'sales-closed',
  });
});

test('it sweeps until it is told to stop, through a store that is away', async () => {
  const here = office();
  const { held } = await heldAndAwaited(here);
  here.views.fault = new StoreUnavailable('away');
  const stopping = new AbortController();
  const running = here.sweeper.run(stopping.signal, () => undefined);
  await here.time.sleep(30);
  here.time.at += 30 * SECOND_MS;
  here.views.fault = null;
  for (let waited = 0; (await statusOf(here, held)) !== 'expired' && waited < 200; waited += 1)
    await here.time.sleep(5);
  expect(await statusOf(here, held)).toBe('expired');
  stopping.abort();
  await running;
});

test('a settle that failed is tried again at the next sweep; one of a stream that cannot be read, after 30 s', async () => {
  const there = office();
  const { held } = await heldAndAwaited(there);
  const here = office(there.service.log, there.time);
  here.time.at += 30 * SECOND_MS;
  const { settle } = here.service.transact;
  const settles = failing(here.service, new StoreUnavailable('away'));
  for (let sweep = 0; sweep < 3; sweep += 1) await here.sweeper.sweep();
  expect(settles()).toBe(3);
  const more = failing(here.service, new StreamUnreadable('revision 3: unknown type'));
  for (let sweep = 0; sweep < 3; sweep += 1) await here.sweeper.sweep();
  expect(more()).toBe(1);
  here.time.at += SETTINGS.quietMs;
  here.service.transact.settle = settle.bind(here.service.transact);
  await here.sweeper.sweep();
  expect(await statusOf(here, held)).toBe('expired');
});

test('a settle that wrote is asked for again while the tables still show what was before', async () => {
  const here = office();
  here.views.unsettled = async () => [{ eventId: 'opera', revision: 3 }];
  const asked = answering(here.service, 4);
  for (let sweep = 0; sweep < 3; sweep += 1) await here.sweeper.sweep();
  expect(asked()).toBe(3);
});

test('a ledger in memory that is settled silences nothing that the tables show', async () => {
  const here = office();
  const { cachedEvents, isDue } = here.service.transact;
  Object.assign(here.service.transact, { cachedEvents: () => ['opera'], isDue: () => true });
  const asked = answering(here.service, 1);
  await here.sweeper.sweep();
  Object.assign(here.service.transact, { cachedEvents, isDue });
  here.views.unsettled = async () => [{ eventId: 'opera', revision: 1 }];
  await here.sweeper.sweep();
  expect(asked()).toBe(2);
});

test('a stream that cannot be read is left alone from its first record on, whoever else says that it is due', async () => {
  const here = office();
  const { cachedEvents, isDue } = here.service.transact;
  here.views.unsettled = async () => [{ eventId: 'opera', revision: 0 }];
  const settles = failing(here.service, new StreamUnreadable('revision 1: unknown type'));
  for (let sweep = 0; sweep < 3; sweep += 1) await here.sweeper.sweep();
  expect(settles()).toBe(1);
  Object.assign(here.service.transact, { cachedEvents: () => ['opera'], isDue: () => true });
  await here.sweeper.sweep();
  Object.assign(here.service.transact, { cachedEvents, isDue });
  await here.sweeper.sweep();
  expect(settles()).toBe(2);
});

test('it pauses for a quarter less to a quarter more, tells only what nobody expects, and ends within a pause', async () => {
  const here = office();
  const stopping = new AbortController();
  const faults = [new StoreUnavailable('away'), new Error('a mistake of ours')];
  const pauses: number[] = [];
  const told: unknown[] = [];
  let sweeps = 0;
  here.views.unsettled = async () => {
    sweeps += 1;
    throw faults[sweeps - 1]!;
  };
  here.time.sleep = async (ms) => {
    pauses.push(ms);
    if (pauses.length === 3) stopping.abort();
  };
  const draws = [0, 0.5, 0.75];
  const random = { next: () => draws[pauses.length]! };
  const settings = { ...SETTINGS, sweepMs: 1_000 };
  const sweeper = new Sweeper(here.service.transact, here.views, here.time, random, settings);
  await sweeper.run(stopping.signal, (error) => told.push(error));
  expect(pauses).toEqual([750, 1_000, 1_125]);
  expect(sweeps).toBe(2);
  expect(told).toEqual([faults[1]]);
});

test('a mistake of ours in a settle is not kept quiet', async () => {
  const here = office();
  here.views.unsettled = async () => [{ eventId: 'opera', revision: 0 }];
  failing(here.service, new Error('a mistake of ours'));
  await expect(here.sweeper.sweep()).rejects.toThrow('a mistake of ours');
});

/** Lets every settle answer this revision; answers how often it was asked for. */
function answering({ transact }: Service, revision: number): () => number {
  let settles = 0;
  transact.settle = async () => {
    settles += 1;
    return revision;
  };
  return () => settles;
}

/** Lets every settle fail; answers how many have. */
function failing({ transact }: Service, error: Error): () => number {
  let settles = 0;
  transact.settle = async () => {
    settles += 1;
    throw error;
  };
  return () => settles;
}

/** How often settle was sent since this was called. */
function countSettles({ transact }: Service): () => number {
  let settles = 0;
  const settle = transact.settle.bind(transact);
  transact.settle = (eventId) => {
    settles += 1;
    return settle(eventId);
  };
  return () => settles;
}
