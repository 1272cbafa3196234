import { setTimeout as sleep } from 'node:timers/promises';
import type { RebuildResult } from '../children/rebuild.js';
import type { VerifyResult } from '../children/verify.js';
import type { Bench } from '../support/bench.js';
import { startChild } from '../support/child.js';
import type { Grounds } from '../support/contest.js';
import { Holdfast } from '../support/holdfast.js';
import { quantile, spreadOf } from '../support/measure.js';
import { writeMixedLog } from './mixed-log.js';

const DOMAIN_EVENTS = 1_000_000;
const DOMAIN_EVENTS_QUICK = 20_000;
const FOLDED_BOUND_MS = 300_000;
/** A busy site, not a flash sale: a rebuild is for hours of which one can choose. */
const BOOKINGS_PER_SECOND = 300;
const TICK_MS = 20;
const ROUNDS = 3;
/** About as long as the rebuild takes: a disk that stands still for a tenth of a second in every minute does so in both. */
const ALONE_MS = 60_000;
const ALONE_QUICK_MS = 2_000;
const SEATS = 1_000_000;
const TARGETS = { perSecond: 20_000, slower: 2, verifySeconds: 60, verifyMegabytes: 400 };
/** As docs/projections.md has it, and as `holdfast` runs by itself: the service's options are not the command line's. */
const REBUILD_OPTIONS = ['--heap-growing-percent=0'];
const VERIFY_OPTIONS = [...REBUILD_OPTIONS, '--max-semi-space-size=16'];

/**
 * A rebuild in a process of its own while bookings go on at a steady pace and the live tables follow: how fast it folds,
 * and what the bookings feel of it. Each round has its own time before: the slowest of a hundred bookings of a minute
 * is a figure that moves by a factor from one minute to the next. Then the tables are held against the log.
 */
export async function rebuildBeside(bench: Bench, { holdfastUrl: url }: Grounds): Promise<void> {
  const { report, quick } = bench;
  const events = await writeAndFold(url, quick ? DOMAIN_EVENTS_QUICK : DOMAIN_EVENTS);
  report.progress(`rebuild: ${events} domain events`);
  await serving(url, async (holdfast) => {
    const rounds: Round[] = [];
    for (let round = 0; round < (quick ? 1 : ROUNDS); round++) rounds.push(await rebuildOnce(bench, holdfast, url));
    const runs = rounds.length;
    const [first] = rounds as [Round];
    report.add({
      ...{
        scenario: 'rebuild',
        what: `rebuild beside the live tables, ${first.folded.toLocaleString('en-US')} domain events`,
      },
      ...{ unit: '/s', figure: spreadOf(rounds.map(({ perSecond }) => perSecond)), runs },
      target: { atLeast: TARGETS.perSecond },
      note: `${BOOKINGS_PER_SECOND} bookings a second meanwhile`,
    });
    report.add({
      ...{ scenario: 'rebuild', what: 'p99 of a booking during the rebuild against before', unit: '×', runs },
      figure: spreadOf(rounds.map(({ before, during }) => during / before)),
      target: { atMost: TARGETS.slower },
      note: `${told(rounds.map(({ before }) => before))}, then ${told(rounds.map(({ during }) => during))}`,
    });
    await holdfast.untilProjected(FOLDED_BOUND_MS);
    await verifyOnce(bench, url, await holdfast.logLength());
  });
}

/**
 * By a service that ends with it. One that has just decided a million times keeps a gigabyte of ledgers in memory, and to
 * go through that once for garbage takes half a second of two processors, whatever else is going on.
 */
const writeAndFold = (url: string, domainEvents: number): Promise<number> =>
  serving(url, async (holdfast) => {
    const written = await writeMixedLog(holdfast, domainEvents);
    await holdfast.untilProjected(FOLDED_BOUND_MS);
    return written;
  });

/** By a service of its own, whose tables follow. */
async function serving<T>(url: string, work: (holdfast: Holdfast) => Promise<T>): Promise<T> {
  const holdfast = await Holdfast.open(url, 'optimistic');
  const stop = holdfast.startProjector();
  try {
    return await work(holdfast);
  } finally {
    await stop();
    await holdfast.close();
  }
}

/** Times are the p99 of a booking, in milliseconds. */
interface Round {
  readonly folded: number;
  readonly perSecond: number;
  readonly before: number;
  readonly during: number;
}

async function rebuildOnce(bench: Bench, holdfast: Holdfast, url: string): Promise<Round> {
  // As on a server that has run for a while: a new one makes each file of its log, and whoever commits waits for that.
  await bench.postgres.checkpoint();
  const alone = await bookUntil(holdfast, sleep(bench.quick ? ALONE_QUICK_MS : ALONE_MS));
  const child = await startChild<{ url: string }, RebuildResult>(bench, 'rebuild', { url }, REBUILD_OPTIONS);
  const running = child.go();
  const beside = await bookUntil(holdfast, running);
  const { folded, seconds, different } = await running;
  await child.stop();
  if (different.length > 0)
    bench.report.wrong(`rebuild: the new tables differ from the live ones in ${different.join()}`);
  return { folded, perSecond: folded / seconds, before: quantile(alone, 0.99), during: quantile(beside, 0.99) };
}

async function verifyOnce(bench: Bench, url: string, events: number): Promise<void> {
  const { report } = bench;
  const child = await startChild<{ url: string }, VerifyResult>(bench, 'verify', { url }, VERIFY_OPTIONS);
  const { seconds, megabytes, wrong } = await child.go();
  await child.stop();
  if (wrong.length > 0) report.wrong(`verify: ${wrong.join()}`);
  const what = `verify, ${events.toLocaleString('en-US')} domain events`;
  const line = (unit: 's' | 'MB', figure: number, atMost: number) =>
    report.add({ scenario: 'rebuild', what, unit, figure: spreadOf([figure]), runs: 1, target: { atMost } });
  line('s', seconds, TARGETS.verifySeconds);
  line('MB', megabytes, TARGETS.verifyMegabytes);
}

/** Books at the pace until then, whether the answers come or not. Answers how long each took, in milliseconds. */
async function bookUntil(holdfast: Holdfast, end: Promise<unknown>): Promise<number[]> {
  const eventId = `rebuild-${crypto.randomUUID()}`;
  await holdfast.schedule(eventId, SEATS);
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  const book = async (userId: string): Promise<void> => {
    const askedAt = performance.now();
    await holdfast.book(eventId, userId);
    times.push(performance.now() - askedAt);
  };
  let hasEnded = false;
  const ended = end.finally(() => (hasEnded = true));
  for (const beganAt = performance.now(); !hasEnded; await Promise.race([ended, sleep(TICK_MS)])) {
    const due = Math.floor(((performance.now() - beganAt) * BOOKINGS_PER_SECOND) / 1_000);
    while (asked.length < due) asked.push(book(`user-${asked.length}`));
  }
  await Promise.all(asked);
  return times;
}

/** The middle one, in milliseconds. */
const told = (times: readonly number[]): string => `${spreadOf(times).median.toFixed(1)} ms`;
