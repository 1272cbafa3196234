import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../support/processes.js';
import { monotonicMs } from './history.js';
import type { Contention, Mode, Result } from './result.js';
import { Run, type Row } from './run.js';
import type { Scene } from './scene.js';
import { verify, type Verdict } from './verify.js';

const RUN_WITHIN_MS = 300_000;

/** Something that waits for ever is a finding too. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const watch = new AbortController();
  const late = sleep(RUN_WITHIN_MS, undefined, { signal: watch.signal }).then(() => {
    throw new Error(`the run was not over within ${RUN_WITHIN_MS / 1_000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    watch.abort();
    late.catch(() => undefined);
  }
}

/** One run of a row on a scene that stands; throws nothing: what goes wrong is in the result. */
export async function execute(row: Row, seed: number, mode: Mode, scene: Scene, folder: string): Promise<Result> {
  await mkdir(folder, { recursive: true });
  const run = new Run(row, seed, mode, scene, folder);
  const written = new Map<Program, number>(scene.programs.map((program) => [program, program.output.length]));
  let verdict: Verdict | null = null;
  let figures = { conflicts: 0, unknowns: 0 };
  try {
    await run.open();
    const before = await scene.meter.sum();
    verdict = await inTime(row.run(run).then(() => verify(run, written)));
    const after = await scene.meter.sum();
    figures = { conflicts: after.conflicts - before.conflicts, unknowns: after.unknowns - before.unknowns };
  } catch (error) {
    run.break((error as Error).name === 'NotReady' ? 'I9' : row.id, String((error as Error).message));
  }
  const result = resultOf(run, verdict, figures);
  // Of a run that was cut short, the load may still go on; but whoever does not answer will not call its events off either.
  const isOver = row.spoils === true || run.apis.length === 0 || verdict === null;
  for (const order of isOver ? (['stop', 'close'] as const) : (['stop', 'end', 'close'] as const))
    await scene.load.tell({ do: order }).catch(() => undefined);
  if (result.violations.length === 0) await Promise.all(run.histories.map((file) => rm(file, { force: true })));
  return result;
}

function resultOf(run: Run, verdict: Verdict | null, figures: { conflicts: number; unknowns: number }): Result {
  const { row, seed, mode, kills, recoveriesMs, points, broken } = run;
  const counts = verdict?.report.counts;
  const unknown = (counts?.unknown ?? 0) + figures.unknowns;
  const contention: Contention = {
    overlap: run.hot === null ? null : (counts?.medianOverlap ?? 0),
    conflicts: figures.conflicts,
    replayed: counts?.replayedKeys ?? 0,
    promotions: counts?.promotions ?? 0,
    reused: counts?.lapsedPlacesReused ?? 0,
    lateConfirmed: counts?.lateConfirms.taken ?? 0,
    lateRefused: counts?.lateConfirms.lapsed ?? 0,
  };
  return {
    ...{
      row: row.id,
      seed,
      mode,
      startedAt: run.startedAt.toISOString(),
      tookMs: Math.round(monotonicMs() - run.begunAt),
    },
    ...{ operations: counts?.calls ?? 0, acknowledged: counts?.acknowledged ?? 0, kills, unknown },
    ...{
      violations: broken.slice(0, 20),
      void: voidOf(kills.api + kills.postgres + kills.standIn, unknown),
      notRun: null,
    },
    ...{
      recoveriesMs: recoveriesMs.map(Math.round),
      contention,
      points,
      longestMs: Math.round(verdict?.longestMs ?? 0),
    },
  };
}

/** A kill that interrupted nobody has tested nothing. */
function voidOf(kills: number, unknown: number): string | null {
  if (unknown >= kills) return null;
  return `${kills} kills of the API or the store, and only ${unknown} unknown outcomes: too few calls were interrupted`;
}

const NOTHING: Omit<Result, 'row' | 'seed' | 'mode' | 'startedAt'> = {
  ...{
    tookMs: 0,
    operations: 0,
    acknowledged: 0,
    kills: { api: 0, projector: 0, postgres: 0, standIn: 0 },
    unknown: 0,
  },
  ...{ violations: [], void: null, notRun: null, recoveriesMs: [], points: {}, longestMs: 0 },
  contention: { overlap: null, conflicts: 0, replayed: 0, promotions: 0, reused: 0, lateConfirmed: 0, lateRefused: 0 },
};

const named = ({ id }: Row, seed: number, mode: Mode): Pick<Result, 'row' | 'seed' | 'mode' | 'startedAt'> => ({
  ...{ row: id, seed, mode, startedAt: new Date().toISOString() },
});

/** A row that cannot run here is told as that, and never as passed. */
export const notRun = (row: Row, seed: number, mode: Mode, why: string): Result => ({
  ...NOTHING,
  ...named(row, seed, mode),
  notRun: why,
});

/** The processes did not even come up, or did not come back between two runs. */
export const failed = (row: Row, seed: number, mode: Mode, tookMs: number, error: Error): Result => ({
  ...NOTHING,
  ...named(row, seed, mode),
  tookMs: Math.round(tookMs),
  violations: [{ invariant: error.name === 'NotReady' ? 'I9' : row.id, what: error.message }],
});
