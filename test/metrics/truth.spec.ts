import { setTimeout as sleep } from 'node:timers/promises';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { openEventStore, type OpenLog } from '../../src/infrastructure/event-store/open.js';
import { schedule, tokenOf } from '../support/load.js';
import { freshDatabase, onServer, silent, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';
import { Service, SetTime } from '../support/service.js';
import { scrape, type Page } from './scrape.js';

const LATE_MS = 700_000;

let database: TestDatabase;
let stage: Stage;
let api: Api;
let log: OpenLog;
/** Another process that writes to the same log, and says nothing of it. Its clock is behind: its holds have lapsed. */
let other: Service;
let page: Page;

beforeAll(async () => {
  [database, stage] = await Promise.all([freshDatabase(), Stage.open()]);
  // Nothing is swept but what the script asks about.
  const settings = { DATABASE_URL: database.url, SWEEP_MS: '60000', CLOCK_SKEW_LIMIT_MS: '0' };
  api = await stage.api(settings);
  log = openEventStore(database.url, loadStoreConfig({}), silent);
  other = new Service(log.store, new SetTime(Date.now() - LATE_MS));
  await script();
  page = await settled();
});
afterAll(async () => {
  await log?.close();
  await stage?.close();
  await database?.drop();
});

async function ask(method: string, path: string, token: string | null, body?: object, key?: string): Promise<number> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token !== null) headers['authorization'] = `Bearer ${token}`;
  if (key !== undefined) headers['idempotency-key'] = key;
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

const book = (eventId: string, user: string, body: object = {}, key?: string): Promise<number> =>
  ask('POST', `/v1/events/${eventId}/bookings`, tokenOf(user), body, key);

/** Bookings, refusals, a replay, a hold, a line, a conflict, holds that lapsed, and requests that were never commands. */
async function script(): Promise<void> {
  await schedule(api.url, 'small', 2);
  const statuses = [
    ...[await book('small', 'ada', {}, 'ada-1'), await book('small', 'ada', {}, 'ada-1'), await book('small', 'bob')],
    ...[await book('small', 'eve'), await book('small', 'ada'), await book('small', 'mia', { waitlist: true })],
    await book('nowhere', 'ada'),
  ];
  expect(statuses).toEqual([201, 201, 201, 409, 409, 201, 404]);
  // In one packet, so that some travel together.
  await schedule(api.url, 'large', 1_000);
  await Promise.all(Array.from({ length: 40 }, (_, n) => book('large', `user-${n}`, { hold: n < 5 })));
  // The other writes behind this process's back, twice.
  await other.book('large', 'stranger', {});
  expect(await book('large', 'surprised')).toBe(201);
  await other.schedule('lapsed', { capacity: 3 });
  for (const user of ['u', 'v', 'w']) await other.book('lapsed', user, { hold: true });
  expect(await book('lapsed', 'first')).toBe(201);
  expect(await ask('GET', '/v1/events/small', null)).toBe(200);
  expect(await ask('GET', '/v1/bookings', null)).toBe(401);
  expect(await ask('POST', '/v1/events/small/bookings', tokenOf('ada'), { seats: 0 })).toBe(400);
}

/** When the tables have caught up and the refusals are written down: read after that was seen, as one page has several reads. */
async function settled(): Promise<Page> {
  const look = (): Promise<Page> => scrape(api.url, tokenOf('ops', 'ops'));
  for (let looks = 0; looks < 200; looks += 1, await sleep(10)) {
    const found = await look();
    if (found.of('holdfast_projector_lag_events') === 0 && found.of('holdfast_refusals_kept_total') === 2)
      return look();
  }
  throw new Error('the tables never reached the end of the log');
}

const rows = async <Row extends object>(sql: string): Promise<Row[]> =>
  (await onServer(database.url, (client) => client.query(sql))).rows as Row[];

test('domain events and appends are those of the log, less what the other process wrote', async () => {
  const inLog = await rows<{ type: string; count: string }>('SELECT type, count(*) FROM log.events GROUP BY type');
  const others = other.transact.tally;
  const truth = inLog.map(({ type, count }) => [type, Number(count) - others.types[type as 'BookingHeld']]);
  const mine = Object.fromEntries(truth.filter(([, count]) => count !== 0)) as Record<string, number>;
  expect(mine).toMatchObject({ EventScheduled: 2, BookingWaitlisted: 1, HoldExpired: 3, BookingHeld: 5 });
  expect(page.by('holdfast_domain_events_by_type_total')).toEqual(mine);
  const events = Object.values(mine).reduce((sum, count) => sum + count, 0);
  expect(page.of('holdfast_domain_events_total')).toBe(events);
  const appends = page.of('holdfast_appends_total')!;
  expect(appends).toBeLessThanOrEqual(events);
  expect(page.of('holdfast_append_commands_count')).toBe(appends);
  expect(page.by('holdfast_append_results_total')).toEqual({ written: appends, conflict: 1 });
  expect(page.of('holdfast_append_duration_seconds_count')).toBe(appends + 1);
});

test('commands are counted by their outcome, refusals by their reason, as they were answered and kept', async () => {
  const { by, of } = page;
  const kept = await rows<{ code: string; count: string }>('SELECT code, count(*) FROM refusals.facts GROUP BY code');
  const truth = Object.fromEntries(kept.map(({ code, count }) => [code, Number(count)]));
  expect(truth).toEqual({ 'sold-out': 1, 'already-booked': 1 });
  // What is asked about an event that is not there is not kept.
  expect(by('holdfast_refusals_total')).toEqual({ ...truth, 'not-found': 1 });
  const outcomes = ['accepted', 'replayed', 'refused', 'overloaded', 'internal'];
  const counts = outcomes.map((outcome) => of(`holdfast_command_duration_seconds_count{outcome="${outcome}"}`));
  expect(counts).toEqual([2 + 3 + 40 + 2, 1, 3, 0, 0]);
  const sum = of('holdfast_command_duration_seconds_sum{outcome="accepted"}')!;
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThan(60);
  expect(of('holdfast_command_duration_seconds_bucket{outcome="accepted",le="+Inf"}')).toBe(47);
});

test('the forced conflict is one, with its retry, and what wrote nothing was proved by reading', () => {
  expect(page.of('holdfast_conflicts_total')).toBe(1);
  expect(page.of('holdfast_retries_total')).toBe(1);
  expect(page.of('holdfast_unknown_outcomes_total')).toBe(0);
  expect(page.of('holdfast_tail_reads_total')).toBeGreaterThanOrEqual(3);
});

test('the cache of ledgers has what was asked about, and its longest stream is the longest in the log', async () => {
  const [longest] = await rows<{ length: string }>(
    'SELECT count(*) AS length FROM log.events GROUP BY stream ORDER BY 1 DESC LIMIT 1',
  );
  expect(page.of('holdfast_cached_ledgers')).toBe(4);
  expect(page.of('holdfast_ledger_cache_loads_total')).toBe(4);
  expect(page.of('holdfast_loaded_stream_records_count')).toBe(4);
  // Of "lapsed", the one that was there before: its schedule and three holds.
  expect(page.of('holdfast_loaded_stream_records_sum')).toBe(4);
  expect(page.of('holdfast_ledger_cache_hits_total')).toBeGreaterThanOrEqual(47);
  expect(page.of('holdfast_stream_length_max')).toBe(Number(longest!.length));
  expect([page.of('holdfast_mailbox_commands'), page.of('holdfast_mailbox_age_seconds')]).toEqual([0, 0]);
});

test('holds, the line and the projector are as the tables say', async () => {
  const [open] = await rows<{ held: string; waiting: string }>(
    `SELECT count(*) FILTER (WHERE status = 'held') AS held, count(*) FILTER (WHERE status = 'waitlisted') AS waiting
       FROM read_model.bookings`,
  );
  expect([page.of('holdfast_holds_open'), page.of('holdfast_waitlist_length')]).toEqual([5, 1]);
  expect(open).toEqual({ held: '5', waiting: '1' });
  const [{ position, head } = { position: '', head: '' }] = await rows<{ position: string; head: string }>(
    'SELECT position, (SELECT max(position) FROM log.events) AS head FROM projections.checkpoint WHERE live',
  );
  expect(page.of('holdfast_log_position')).toBe(Number(head));
  expect(page.by('holdfast_projector_position')).toEqual({ 1: Number(position) });
  expect(page.of('holdfast_projector_status{generation="1",status="following"}')).toBe(1);
  expect(page.of('holdfast_projector_status{generation="1",status="halted"}')).toBe(0);
  for (const name of ['lag_events', 'lag_seconds', 'halted', 'behind'])
    expect(page.of(`holdfast_projector_${name}`)).toBe(0);
});

test('HTTP counts what was answered', () => {
  const problems = page.by('holdfast_http_problems_total');
  expect(problems).toEqual({
    ...{ 'sold-out': 1, 'already-booked': 1, 'not-found': 1, unauthenticated: 1, 'validation-failed': 1 },
  });
  const { '4xx': refused } = page.by('holdfast_http_requests_total');
  expect(refused).toBe(5);
  // Scheduled, booked, refused.
  expect(page.of('holdfast_http_request_duration_seconds_count{kind="write"}')).toBe(2 + 7 + 40 + 2 + 1);
  expect([page.of('holdfast_http_shed_total'), page.of('holdfast_http_in_flight{kind="read"}')]).toEqual([0, 1]);
});

test('what is away takes only its own figures with it, and a paused projector says so and falls behind', async () => {
  await onServer(database.url, (client) =>
    client.query(`UPDATE projections.checkpoint SET paused_at = now(), paused_by = 'test'`),
  );
  await sleep(400);
  await book('large', 'late');
  await book('large', 'later');
  const behind = await scrape(api.url, tokenOf('ops', 'ops'));
  expect(behind.of('holdfast_projector_status{generation="1",status="paused"}')).toBe(1);
  expect(behind.of('holdfast_projector_lag_events')).toBe(2);
  await onServer(database.url, (client) => client.query('ALTER VIEW read_model.bookings RENAME TO elsewhere'));
  const without = await scrape(api.url, tokenOf('ops', 'ops'));
  expect(without.of('holdfast_holds_open')).toBeUndefined();
  expect(without.of('holdfast_appends_total')).toBe(page.of('holdfast_appends_total')! + 2);
});
