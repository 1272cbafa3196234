import { rm } from 'node:fs/promises';
import type { Bench } from '../support/bench.js';
import { spreadOf } from '../support/measure.js';
import { temporaryFolder } from '../support/postgres.js';
import { startService } from '../support/service.js';

const RUNS = 3;
const TARGET_S = 6;

/**
 * From nothing but an installed and built checkout to the first 200 on `/health/ready`, through the script that
 * `npm start` runs; then once more on the data that is there.
 */
export async function start(bench: Bench): Promise<void> {
  const { report, quick } = bench;
  const runs = quick ? 1 : RUNS;
  const cold: number[] = [];
  const warm: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const dataDir = await temporaryFolder();
    const clear = bench.leftovers.add(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
    try {
      cold.push(await secondsToReady(bench, dataDir));
      warm.push(await secondsToReady(bench, dataDir));
      report.progress(`start ${run}/${runs}: ${cold.at(-1)!.toFixed(1)} s, again ${warm.at(-1)!.toFixed(1)} s`);
    } finally {
      await clear();
    }
  }
  const line = { scenario: 'start', unit: 's', runs, target: { atMost: TARGET_S } } as const;
  report.add({ ...line, what: 'npm start to ready, no data yet', figure: spreadOf(cold) });
  report.add({ ...line, what: 'npm start to ready, data there', figure: spreadOf(warm) });
}

async function secondsToReady(bench: Bench, dataDir: string): Promise<number> {
  const service = await startService(dataDir, { LOG_LEVEL: 'warn' });
  const stop = bench.leftovers.add(() => service.stop());
  await stop();
  return service.startMs / 1_000;
}
