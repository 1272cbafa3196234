import { readFile } from 'node:fs/promises';
import { SECRET, type Program } from '../support/processes.js';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { check, type Report } from './checker/check.js';
import { readHistory, type End, type Entry } from './history.js';
import type { Run } from './run.js';
import { percentile } from './percentile.js';
import { differencesIn, lagOf } from './tables.js';

/** What a call may be told while something is broken. Everything else from 500 up is a bug. */
const FAULTS = [
  'overloaded',
  'store-unavailable',
  'outcome-unknown',
  'clock-skew',
  'stream-unreadable',
  'read-model-behind',
];
/** Nothing else is in the document of a fault. */
const MEMBERS = ['type', 'title', 'status', 'code', 'detail', 'checks'];
const LINES_OF_BUGS = /request failed unexpectedly|"level":"fatal"|unhandled|uncaught|TypeError|ReferenceError/i;
const A_TOKEN = /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/;

export interface Verdict {
  readonly report: Report;
  readonly records: readonly StoredRecord[];
  readonly longestMs: number;
}

/** Everything that must be so after the faults: what is not is added to the run. `written`: by each process before. */
export async function verify(run: Run, written: ReadonlyMap<Program, number>): Promise<Verdict> {
  const { scene } = run;
  await Promise.all(run.apis.map((api) => scene.ready(api).catch((error: Error) => run.break('I9', error.message))));
  if (run.apis.length > 0) await run.aim();
  for (const undecided of await scene.load.tell({ do: 'resolve' })) run.break('I9', `never decided: ${undecided}`);
  run.close();

  if (!run.but.includes('I9')) {
    const lag = await lagOf(run.books, run.upTo);
    if (lag !== null) run.break('I9', lag);
  }
  const records = await run.books.after(run.from);
  const entries = run.histories.flatMap((file) => readHistory(file));
  const ours = records.filter(({ position }) => !run.foreign.includes(position));
  const gapless = run.isGapless && run.foreign.length === 0;
  const report = check(entries, ours, { from: Number(run.from), gapless, ...run.checks });
  for (const { invariant, event, what } of report.violations) run.break(invariant, `${event}: ${what}`);
  if (!run.but.includes('I6')) {
    const folded = run.upTo === undefined ? records : records.filter(({ position }) => position <= run.upTo!);
    for (const what of await differencesIn(run.books.tables, folded, run.name)) run.break('I6', what);
  }
  const longestMs = judgeAnswers(run, entries);
  for (const program of scene.programs) judgeOutput(run, program.output.slice(written.get(program) ?? 0));
  judgeOutput(run, await readFile(`${scene.stage.dataDir}/postgres.log`, 'utf8').catch(() => ''), null);
  run.broken.splice(0, run.broken.length, ...run.broken.filter(({ invariant }) => !run.but.includes(invariant)));
  return { report, records, longestMs };
}

/** I10, and that nobody waited for longer than 10 s; answers how long the longest did. */
function judgeAnswers(run: Run, entries: readonly Entry[]): number {
  const asked = new Map(entries.flatMap((entry) => (entry.kind === 'invoke' ? [[entry.call, entry.at]] : [])));
  let longestMs = 0;
  let shed = 0;
  const acceptedMs: number[] = [];
  for (const entry of entries) {
    if (!('call' in entry) || entry.kind === 'invoke') continue;
    const { call, at, status, code, body } = entry as End;
    longestMs = Math.max(longestMs, at - (asked.get(call) ?? at));
    if (status >= 200 && status < 300) acceptedMs.push(at - (asked.get(call) ?? at));
    if (code === 'overloaded' || code === 'rate-limited') shed += 1;
    if (status < 500) continue;
    if (!FAULTS.includes(code)) run.break('I10', `${call} was told ${status} ${code}`);
    const more = Object.keys(body).filter((name) => !MEMBERS.includes(name));
    if (more.length > 0) run.break('I10', `${call} was told ${status} ${code} with ${more.join()}`);
  }
  if (longestMs > run.answeredWithinMs) run.break('bound', `a call took ${Math.round(longestMs)} ms`);
  if (run.acceptedWithinMs !== null) {
    const p99 = percentile(acceptedMs, 0.99);
    run.expect(shed > 0, 'nothing was shed: it was no overload');
    run.expect(p99 <= run.acceptedWithinMs, `the p99 of what was accepted is ${Math.round(p99)} ms`);
  }
  return longestMs;
}

/** I10: what a process wrote has no secret in it, and is not about a bug. */
function judgeOutput(run: Run, output: string, bugs: RegExp | null = LINES_OF_BUGS): void {
  if (output.includes(SECRET) || A_TOKEN.test(output))
    run.break('I10', 'a secret or a token is in what a process wrote');
  const line = bugs === null ? undefined : output.split('\n').find((text) => bugs.test(text));
  if (line !== undefined) run.break('I10', `a process wrote: ${line.slice(0, 300)}`);
}
