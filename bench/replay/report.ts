import { type Line, block, count, duration, millis, plural } from '../support/print.js';
import type { Finding } from './check.js';
import type { Bite } from './damage.js';
import { CHOICES, type Plan } from './plan.js';
import { IN_FLIGHT, type Run } from './run.js';

/** The refusals that can come of this input. Any other code is a fault, of the service or of the replay. */
const REFUSALS: Readonly<Record<string, { readonly isCertain: boolean; readonly why: string }>> = {
  'sold-out': { isCertain: true, why: 'the days above the capacity sell out' },
  'waitlist-full': { isCertain: true, why: 'the line holds a tenth of the places' },
  'already-booked': { isCertain: true, why: 'frequent guests book one day twice' },
  'key-reused': { isCertain: true, why: 'a used key with another body' },
  'booking-ended': { isCertain: false, why: 'an offer taken after it was cancelled' },
};
/** Why the other refusals cannot come: said in the report, so that nobody misses them. */
const IMPOSSIBLE = `not possible here: too-many-seats (every party fits), event-started, sales-closed and cancellation-closed (the first
  arrival is ${CHOICES.leadDays} days away), hold-lapsed (offers last for hours), too-many-bookings (nobody books one day 50 times)`;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** What is going to be replayed, and everything that was chosen because the file does not say it. */
export function describePlan(plan: Plan, seed: number): string {
  const { guests, slots, cancellations, shiftDays, clamped, capacities } = plan;
  const houses = [...capacities].map(([hotel, places]) => `${hotel} ${count(places)}`).join(', ');
  return block('The file', [
    [count(guests.length), 'reservations', `and ${count(cancellations)} cancellations`],
    [
      count(slots.length),
      'events',
      `a hotel and a day of arrival each, moved ${count(shiftDays)} days into the future`,
    ],
    ['', 'places', `${houses}: as many as ${percent(CHOICES.capacityQuantile)} of its days asked for at most`],
    ['', 'line', `${percent(CHOICES.lineShare)} of the places; ${percent(CHOICES.confirmed)} of offers are taken`],
    [count(CHOICES.users), 'guests', `the k-th comes in proportion to 1/k^${CHOICES.skew}; seed ${seed}`],
    [count(clamped.toTen), 'parties', `of more than ${CHOICES.seats.max} were taken as ${CHOICES.seats.max}`],
    [count(clamped.toOne), 'parties', `of nobody were taken as 1; babies are not counted`],
    [count(clamped.unstated), 'rows', 'do not say how many children: none'],
  ]);
}

export function describeRun(
  run: Run,
  plan: Plan,
  facts: { records: number; promotions: number; soldOut: number },
): string {
  const { outcomes, offers, asker, answers, tookMs } = run;
  const booked = outcomes.confirmed + outcomes.waitlisted;
  const perSecond = (n: number): string => `${count(Math.round((n / tookMs) * 1_000))}/s`;
  const refusals = [...asker.refusals].sort(([, a], [, b]) => b - a);
  return [
    block('Bookings', [
      [count(outcomes.confirmed), 'confirmed', 'at once'],
      [count(outcomes.waitlisted), 'waitlisted', `of ${count(outcomes.refusedFirst)} who were told "sold-out" first`],
      [
        count(facts.promotions),
        'promoted',
        `to an offer; ${count(offers.confirmed)} taken, ${count(offers.ignored)} let lie, the others soon cancelled`,
      ],
      [count(outcomes.cancelled), 'cancelled', `and ${count(outcomes.nothingToCancel)} had got nothing to cancel`],
      [count(facts.soldOut), 'events', `of ${count(plan.slots.length)} were sold out at some time`],
      [count(facts.records), 'records', 'in the log'],
    ]),
    block(
      'Refusals (answers, those to repeats included)',
      refusals.map(([code, times]): Line => [count(times), code, REFUSALS[code]?.why ?? 'not expected']),
    ) + `  ${IMPOSSIBLE}\n`,
    block('Repeats', [
      [count(outcomes.repeats), 'repeated', `with the same key (${percent(CHOICES.repeated)} of requests)`],
      [count(asker.replayed), 'replays', 'answered with the recorded fact'],
      [
        count(outcomes.altered),
        'altered',
        `with a used key and another body; ${count(outcomes.unnoticed)} not refused with 422`,
      ],
      [count(asker.retries), 'retries', 'after "not now"'],
      [
        count(asker.unanswered),
        'unanswered',
        `tries; ${plural(answers.unknown.length, 'outcome', 'outcomes')} unknown`,
      ],
    ]),
    block('Speed', [
      [duration(tookMs), 'in all', `${IN_FLIGHT} requests in flight`],
      [perSecond(booked), 'bookings', 'acknowledged, turns in the line included'],
      [perSecond(asker.latency.count), 'requests', 'of all kinds'],
      [millis(asker.latency.percentile(50)), 'p50'],
      [millis(asker.latency.percentile(99)), 'p99'],
    ]),
  ].join('\n');
}

export function describeFindings(title: string, findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, promise, violations, examples }): Line[] => [
    [violations === 0 ? '✔' : '✘', check, violations === 0 ? promise : plural(violations, 'violation', 'violations')],
    ...examples.map((example): Line => ['', '', `- ${example}`]),
  ]);
  return block(title, lines);
}

export function describeBites(bites: readonly Bite[]): string {
  return bites
    .map(({ what, expected, findings, isNoticed }) => {
      const said = findings.filter(({ violations }) => violations > 0);
      const lines = said.map(({ check, violations, examples }): Line => [count(violations), check, examples[0] ?? '']);
      const verdict = isNoticed ? '✔ noticed' : `✘ NOT noticed: "${expected}" said nothing`;
      return block(`A damaged copy: ${what} (${verdict})`, lines.length > 0 ? lines : [['0', 'violations']]);
    })
    .join('\n');
}

const VOID = 'void: ';

/** Nothing is wrong, but the run does not show what it should. */
export const isVoid = (fault: string): boolean => fault.startsWith(VOID);

/** Everything that makes the run wrong or void, in words; nothing when it was right. */
export function faultsOf(run: Run, findings: readonly Finding[], bites: readonly Bite[]): string[] {
  const { refusals } = run.asker;
  const broken = findings.filter(({ violations }) => violations > 0).map(({ check }) => `the log: ${check}`);
  const toothless = bites.filter(({ isNoticed }) => !isNoticed).map(({ what }) => `the check did not notice: ${what}`);
  const strange = [...refusals.keys()]
    .filter((code) => !(code in REFUSALS))
    .map((code) => `unexpected answers: ${code}`);
  const missing = Object.entries(REFUSALS)
    .filter(([code, { isCertain }]) => isCertain && !refusals.has(code))
    .map(([code]) => `${VOID}nobody was refused with "${code}", so the run does not show what it should`);
  const unnoticed =
    run.outcomes.unnoticed > 0 ? [`${run.outcomes.unnoticed} used keys with another body went unnoticed`] : [];
  return [...broken, ...toothless, ...strange, ...missing, ...unnoticed];
}
