import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { HoldLimit, HoldSettings } from '../application/hold-limit.js';
import { REHEARSAL, STRATEGIES, peopleOf, type Locking, type RehearsalPlan } from '../application/rehearsal/plan.js';
import { Rehearsals, type RehearsalTold } from '../application/rehearsal/rehearsals.js';
import type { RunTold } from '../application/rehearsal/run.js';
import { loadConfig } from '../infrastructure/config.js';
import { rehearsalShown } from '../infrastructure/http/rehearsals.js';
import { PostgresBookingViews } from '../infrastructure/read-model/booking-views.js';
import { decidingOver } from './deciding.js';
import { untilStopped } from './ending.js';
import { UsageError, withStores, type Opened } from './open.js';
import { progressLines } from './progress.js';
import { painter } from './terminal.js';

/** Something was sold twice, or an answer is missing; 1 is that it could not be found out. */
const UNSOUND = 3;
const NOT_DONE = 1;
const LOOK_EVERY_MS = 100;
/** Whoever it is; the actor of the scratch event. */
const BY = 'rehearse';

const EXAMPLES = `
Examples:
  holdfast rehearse                                          # both strategies, side by side
  holdfast rehearse --places 1000 --callers 128 --holds 50
  holdfast rehearse --locking pessimistic --json | jq .isSound

It writes to the log: two scratch events, rehearsal-…, called off at the end. Outside development only with REHEARSALS=on.
What it does, and what stays: docs/rehearsal.md.

Exit codes: 0 nothing was sold twice, 3 something was, or an answer is missing in the log, 1 it could not be found out.
`;

type Asked = Readonly<Record<'places' | 'callers' | 'holds' | 'processes', string>> & {
  readonly locking: Locking | 'both';
  readonly json?: true;
};

/** `holdfast rehearse`: a flash sale, played before it is one. */
export function registerRehearse(program: Command): void {
  const { places, callers, holdPercent, processes } = REHEARSAL;
  program
    .command('rehearse')
    .description('play a flash sale on a scratch event, and look in the log whether anything was sold twice')
    .option('--places <number>', `places of the event, up to ${places.max}`, String(places.default))
    .option('--callers <number>', `requests in flight at a time, up to ${callers.max}`, String(callers.default))
    .option('--holds <percent>', 'of the people so many hold first', String(holdPercent.default))
    .option('--processes <number>', `API processes to play, up to ${processes.max}`, String(processes.default))
    .addOption(
      new Option('--locking <strategy>', 'with which strategy').choices([...STRATEGIES, 'both']).default('both'),
    )
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (asked: Asked) => {
      const plan = planOf(asked);
      if (!loadConfig(process.env).rehearsals)
        throw new UsageError('REHEARSALS: expected on, outside development: a rehearsal writes to the log');
      await withStores((opened) => rehearse(opened, plan, asked.json ?? false));
    });
}

function planOf({ places, callers, holds, processes, locking }: Asked): RehearsalPlan {
  return {
    places: whole('--places', places, REHEARSAL.places),
    callers: whole('--callers', callers, REHEARSAL.callers),
    holdPercent: whole('--holds', holds, REHEARSAL.holdPercent),
    processes: whole('--processes', processes, REHEARSAL.processes),
    strategies: locking === 'both' ? STRATEGIES : [locking],
  };
}

function whole(option: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max))
    throw new UsageError(`${option}: expected a whole number from ${min} to ${max}`);
  return number;
}

async function rehearse(opened: Opened, plan: RehearsalPlan, json: boolean): Promise<void> {
  const { store, ids, streams, time, desk } = await decidingOver(opened);
  const { holdsPerUser } = opened.config.limits;
  const holds = () => new HoldLimit(new PostgresBookingViews(opened.pool), time, new HoldSettings(holdsPerUser));
  const bugs: unknown[] = [];
  const rehearsals = new Rehearsals({ store, ids, streams, time, holds, desk }, true, (bug) => bugs.push(bug));
  const begun = rehearsals.begin(plan, BY);
  if ('why' in begun) throw new UsageError('--locking: expected optimistic: this event store has no lock');
  await untilStopped(async (stopped) => {
    stopped.addEventListener('abort', () => void rehearsals.close());
    await watch(rehearsals, begun.rehearsalId, plan);
  });
  if (bugs.length > 0) throw bugs[0];
  const told = rehearsals.find(begun.rehearsalId)!;
  process.stdout.write(json ? `${JSON.stringify(rehearsalShown(told), null, 2)}\n` : textOf(told));
  if (told.isSound === false) process.exitCode = UNSOUND;
  else if (told.state === 'failed' || told.isSound === null) process.exitCode = NOT_DONE;
}

/** A bar that is one of people, until the last has gone. */
async function watch(rehearsals: Rehearsals, rehearsalId: string, plan: RehearsalPlan): Promise<void> {
  const bar = progressLines('rehearse', plan.strategies.length * peopleOf(plan));
  const ended = rehearsals.ended();
  let seen = 0;
  const look = (): RehearsalTold => {
    const told = rehearsals.find(rehearsalId)!;
    const came = told.runs.reduce((sum, run) => sum + run.came, 0);
    bar.step(came - seen);
    seen = came;
    return told;
  };
  while (look().state === 'running') await Promise.race([ended, sleep(LOOK_EVERY_MS)]);
  bar.end();
}

/** By row: what it is called, and how it is read off a run. */
const ROWS: readonly (readonly [name: string, of: (run: RunTold) => string | number])[] = [
  ['people', ({ came, people }) => (came === people ? people : `${came} of ${people}`)],
  ['answers', ({ answered }) => answered],
  ['  accepted', ({ accepted }) => accepted],
  ['  confirmed', ({ confirmed }) => confirmed],
  ['  given back', ({ givenBack }) => givenBack],
  ['  repeated', ({ repeated }) => repeated],
  ['  sold out', ({ soldOut }) => soldOut],
  ['  other refusals', ({ refusals, soldOut }) => sumOf(refusals) - soldOut],
  ['  faults', ({ faults }) => sumOf(faults)],
  ['conflicts', ({ conflicts }) => conflicts],
  ['retries', ({ retries }) => retries],
  ['p50', ({ p50Ms }) => inMs(p50Ms)],
  ['p99', ({ p99Ms }) => inMs(p99Ms)],
  ['answers a second', ({ answersPerSecond }) => Math.round(answersPerSecond)],
  ['revisions read', ({ evidence }) => (evidence?.revisions ? `0 … ${evidence.revisions.to}` : '–')],
  ['places taken', ({ evidence }) => (evidence === null ? '–' : `${evidence.taken} of ${evidence.capacity}`)],
  ['most ever taken', ({ evidence }) => evidence?.mostTaken ?? '–'],
  ['users with two places', ({ evidence }) => evidence?.usersTwice ?? '–'],
  ['answers not in the log', ({ evidence }) => (evidence ? `${evidence.missing} of ${evidence.acknowledged}` : '–')],
];
const FIRST_COLUMN = 24;
const COLUMN = 14;

const sumOf = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
const inMs = (ms: number | null): string => (ms === null ? '–' : `${ms.toFixed(1)} ms`);

function textOf({ runs, isSound, failure }: RehearsalTold): string {
  const paint = painter();
  const line = (name: string, cells: readonly (string | number)[]): string =>
    `${name.padEnd(FIRST_COLUMN)}${cells.map((cell) => String(cell).padStart(COLUMN)).join('')}`;
  const lines = [
    paint(
      'bold',
      line(
        '',
        runs.map(({ strategy }) => strategy),
      ),
    ),
  ];
  for (const [name, of] of ROWS) lines.push(line(name, runs.map(of)));
  for (const run of runs) lines.push(...notesOn(run).map((note) => paint('yellow', note)));
  if (runs.length > 1) lines.push(paint('dim', 'The first of the two finds the process cold; see docs/rehearsal.md.'));
  if (failure !== null) lines.push(paint('red', `it could not be played to its end: ${failure}`));
  if (isSound === true) lines.push(paint('green', 'never oversold, never twice'));
  if (isSound === false) lines.push(paint('red', 'NOT sound: the log shows what must never be; see --json'));
  return `${lines.join('\n')}\n`;
}

function notesOn({ strategy, eventId, isCutShort, isCalledOff, state }: RunTold): string[] {
  if (state === 'waiting') return [`${strategy}: not begun`];
  return [
    ...(isCutShort ? [`${strategy}: cut short, not everybody was let in`] : []),
    ...(isCalledOff ? [] : [`${strategy}: ${eventId} could not be called off; cancel it`]),
  ];
}
