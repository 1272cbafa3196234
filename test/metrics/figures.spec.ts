import { Buckets, Tally, outcomeOf } from '../../src/application/tally.js';
import { ForeignLog } from '../../projections/same-log.js';
import { Overloaded, ReadModelBehind } from '../../src/application/errors.js';
import { metricsOf, type MetricSources } from '../../src/infrastructure/metrics.js';
import { pageOf } from './scrape.js';

const generation = { generation: 1, isLive: true, isBare: false, isHalted: false, isPaused: false };
const NONE: MetricSources = {
  ...{ version: '1.2.3', tally: new Tally(['sold-out']), http: null, refusals: null, webhooks: null },
  standing: () => ({ ledgers: 0, entries: 0, waiting: 0, deepest: 0, oldestMs: 0, longest: 0 }),
  feed: { clients: 0, dropped: 0, refused: 0 },
  peers: { all: 0, away: 0 },
  claims: async () => null,
  followed: async () => null,
  pools: () => [],
};
const scraper = (sources: Partial<MetricSources>) => {
  const scrape = metricsOf({ ...NONE, ...sources });
  return async () => pageOf(await scrape());
};

it('a value at a bound is in the range below it, and one above all bounds in the last', () => {
  const buckets = new Buckets([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1_000]) buckets.observe(value);
  expect(buckets.counts).toEqual([2, 2, 2]);
  expect(buckets.sum).toBe(1_023.5);
});

it('a histogram is shown in seconds, its buckets cumulative', async () => {
  const tally = new Tally([]);
  for (const ms of [0.5, 3, 60_000]) tally.answering.accepted.observe(ms);
  const { of } = await scraper({ tally })();
  const named = (ending: string, le = '') => of(`holdfast_command_duration_seconds_${ending}{outcome="accepted"${le}}`);
  expect([named('bucket', ',le="0.001"'), named('bucket', ',le="0.005"'), named('bucket', ',le="10"')]).toEqual([
    1, 2, 2,
  ]);
  expect([named('bucket', ',le="+Inf"'), named('count'), named('sum')]).toEqual([3, 3, 60.0035]);
});

it('an error counts as its code, and as a bug where commands cannot have it', () => {
  const errors = [new Overloaded(''), new ReadModelBehind(''), new ForeignLog(''), 'no error'];
  expect(errors.map(outcomeOf)).toEqual(['overloaded', 'internal', 'internal', 'internal']);
});

it('the lag of a projector elsewhere runs from when it was first seen, until the tables were where the log ended then', async () => {
  let [position, head] = [5n, 5n];
  const followed = async () => ({ head, generations: [{ ...generation, position }], lagMs: null, isGapless: true });
  const scrape = scraper({ followed });
  const lag = async () => (await scrape()).of('holdfast_projector_lag_seconds')!;
  expect(await lag()).toBe(0);
  head = 7n;
  const first = await lag();
  head = 9n;
  const second = await lag();
  expect(second).toBeGreaterThan(first);
  // It moves, but not as far as the log had come when it was first seen behind.
  position = 6n;
  expect(await lag()).toBeGreaterThan(second);
  position = 7n;
  expect(await lag()).toBeLessThan(second);
  position = 9n;
  const page = await scrape();
  expect([page.of('holdfast_projector_lag_seconds'), page.of('holdfast_projector_lag_events')]).toEqual([0, 0]);
});

it('the lag of a projector here that has taken up nothing since it started runs from the first scrape all the same', async () => {
  let [position, lagMs] = [5n, 0];
  const halted = { ...generation, isHalted: true };
  const scrape = scraper({
    followed: async () => ({ head: 7n, generations: [{ ...halted, position }], lagMs, isGapless: true }),
  });
  const lag = async () => (await scrape()).of('holdfast_projector_lag_seconds')!;
  expect(await lag()).toBe(0);
  const second = await lag();
  expect(second).toBeGreaterThan(0);
  // It knows better itself, or nothing again after another failure.
  lagMs = 60_000;
  expect(await lag()).toBe(60);
  lagMs = 0;
  expect(await lag()).toBeGreaterThan(second);
  position = 7n;
  expect(await lag()).toBe(0);
});

it('a generation that is being made shows how far it is, and its lag in records only where positions have no gaps', async () => {
  const made = { ...generation, generation: 2, isLive: false, isBare: true, position: 30n };
  const generations = [{ ...generation, position: 80n, isHalted: true }, made];
  const followed = async () => ({ head: 120n, generations, lagMs: 2_500, isGapless: false });
  const { of } = await scraper({ followed })();
  expect(of('holdfast_rebuild_progress_ratio{generation="2"}')).toBe(0.25);
  expect(of('holdfast_rebuild_progress_ratio{generation="1"}')).toBeUndefined();
  expect(of('holdfast_projector_status{generation="2",status="building"}')).toBe(1);
  expect(of('holdfast_projector_status{generation="1",status="halted"}')).toBe(1);
  expect([of('holdfast_projector_halted'), of('holdfast_projector_behind')]).toEqual([1, 1]);
  expect([of('holdfast_projector_lag_seconds'), of('holdfast_projector_lag_events')]).toEqual([2.5, undefined]);
});

it('what cannot be told is left out, and the rest is there', async () => {
  const away = async () => Promise.reject(new Error('away'));
  const { of } = await scraper({ claims: away, followed: away })();
  expect([of('holdfast_holds_open'), of('holdfast_log_position')]).toEqual([undefined, undefined]);
  expect(of('holdfast_appends_total')).toBe(0);
  expect(of(`holdfast_build_info{version="1.2.3",node="${process.version}"}`)).toBe(1);
});
