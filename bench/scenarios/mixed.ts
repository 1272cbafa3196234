import type { BookingReceipt } from '../../src/application/receipts.js';
import { Answers, type Acknowledged, type Kind } from '../replay/answers.js';
import { checkLog } from '../replay/check.js';
import { inPassingTransaction } from '../replay/damage.js';
import type { Bench } from '../support/bench.js';
import type { Grounds } from '../support/contest.js';
import { Holdfast } from '../support/holdfast.js';
import { drive, interleave, quantile, seededRandom, spreadOf } from '../support/measure.js';
import { onDatabase } from '../support/postgres.js';

const EVENTS = 100;
const SEATS = 100;
/** A quarter more than there are places: most events get a line. */
const VISITS = 12_500;
const ROUNDS = 3;
const BOUND_MS = 60_000;
const CALLERS = [64, 256];
const LOCKINGS = ['optimistic', 'pessimistic'] as const;
/** Of hundred visitors; the others book and are content. */
const CONFIRM_PERCENT = 10;
const CANCEL_PERCENT = 10;
const PREFIX = 'booking-';

interface Visit {
  readonly eventId: string;
  readonly userId: string;
  readonly then: 'nothing' | 'confirm' | 'cancel';
}

/**
 * A day as it is: 80 of 100 book, 10 hold first and confirm then, 10 cancel what they booked; who finds nothing joins the
 * line, and gets an offer when something is given back. Everything that was answered is then held against the log.
 */
export async function mixed(bench: Bench, { holdfastUrl }: Grounds): Promise<void> {
  const { report, quick } = bench;
  const rounds = quick ? 1 : ROUNDS;
  for (const callers of quick ? CALLERS.slice(-1) : CALLERS) {
    const results = await interleave(
      rounds,
      LOCKINGS.map((locking) => async (round: number) => {
        const run = await visitAll(bench, holdfastUrl, locking, callers, round);
        report.progress(`mixed ${callers} ${round}/${rounds}: ${locking} ${Math.round(run.rate)}/s`);
        return run;
      }),
    );
    for (const [at, locking] of LOCKINGS.entries()) {
      const name = locking === 'optimistic' ? 'Holdfast' : 'Holdfast, LOCKING=pessimistic';
      const p99 = spreadOf(results[at]!.map(({ p99Ms }) => p99Ms)).median;
      report.add({
        scenario: `mixed ${callers}`,
        what: `${name}, commands`,
        unit: '/s',
        figure: spreadOf(results[at]!.map(({ rate }) => rate)),
        runs: rounds,
        note: `p99 ${p99.toFixed(1)} ms; the rivals have no holds and no line`,
        bar: {
          panel: 'mixed (holds, cancellations, a line): commands a second',
          name: `${name}, ${callers}`,
          isOurs: true,
        },
      });
    }
  }
}

async function visitAll(
  bench: Bench,
  url: string,
  locking: (typeof LOCKINGS)[number],
  callers: number,
  round: number,
): Promise<{ readonly rate: number; readonly p99Ms: number }> {
  const holdfast = await Holdfast.open(url, locking);
  const answers = new Answers();
  try {
    const events = Array.from({ length: EVENTS }, () => `mixed-${crypto.randomUUID()}`);
    await drive(events, callers, BOUND_MS, async (eventId) => {
      await holdfast.schedule(eventId, SEATS);
      answers.acknowledged.push({ ...scheduled, eventId, key: eventId });
    });
    const visits = visitsOf(events, bench.quick ? VISITS / 5 : VISITS, round);
    const times: number[] = [];
    const timed = async (kind: Kind, work: Promise<BookingReceipt | null>): Promise<BookingReceipt | null> => {
      const askedAt = performance.now();
      const receipt = await work;
      times.push(performance.now() - askedAt);
      if (receipt !== null) record(answers, kind, receipt);
      return receipt;
    };
    const { elapsedMs } = await drive(visits, callers, BOUND_MS, async ({ eventId, userId, then }) => {
      const booking = await timed('book', holdfast.visit(eventId, userId, 1, then === 'confirm'));
      if (booking !== null && then !== 'nothing') await timed(then, holdfast.follow(then, booking));
    });
    for (const finding of await findingsOn(url, answers)) bench.report.wrong(`mixed, round ${round}: ${finding}`);
    return { rate: (times.length / elapsedMs) * 1_000, p99Ms: quantile(times, 0.99) };
  } finally {
    await holdfast.close();
  }
}

function visitsOf(events: readonly string[], count: number, round: number): Visit[] {
  const random = seededRandom(round);
  return Array.from({ length: count }, (_, at) => {
    const dice = random() * 100;
    const then = dice < CONFIRM_PERCENT ? 'confirm' : dice < CONFIRM_PERCENT + CANCEL_PERCENT ? 'cancel' : 'nothing';
    return { eventId: events[Math.floor(random() * events.length)]!, userId: `visitor-${at}`, then };
  });
}

const scheduled: Omit<Acknowledged, 'eventId' | 'key'> = {
  kind: 'schedule',
  reference: null,
  bookingId: null,
  status: 'scheduled',
  seats: null,
  revision: 0,
  replayed: false,
};

function record(answers: Answers, kind: Kind, { eventId, bookingId, status, seats, revision }: BookingReceipt): void {
  const key = `${kind} ${bookingId}`;
  answers.acknowledged.push({
    kind,
    eventId,
    reference: null,
    key,
    bookingId,
    status,
    seats,
    revision,
    replayed: false,
  });
}

/** What the log says to what was answered: one sentence for each promise that was broken. */
async function findingsOn(url: string, answers: Answers): Promise<string[]> {
  const findings = await onDatabase(url, (client) =>
    inPassingTransaction(client, () => checkLog(client, 'log.events', PREFIX, answers)),
  );
  return findings
    .filter(({ violations }) => violations > 0)
    .map(({ check, violations, examples }) => `${check}: ${violations}, ${examples.join(', ')}`);
}
