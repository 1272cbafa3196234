/**
 * Sends signals when it is told to, from outside of everything else: to a list of processes, after a pause. Answers when
 * it has done so, by the monotonic clock.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './history.js';

export interface Blow {
  readonly pids: readonly number[];
  readonly signal: NodeJS.Signals;
  readonly afterMs: number;
  /** Not before SIGUSR1: the load generator's word that the moment has come, without a detour by whoever is busy. */
  readonly onCue: boolean;
}

export interface Struck {
  readonly at: number;
  /** Of those processes, how many were there to be struck. */
  readonly hit: number;
}

function strike({ pids, signal }: Blow): number {
  let hit = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
      hit += 1;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return hit;
}

/** A cue that came before its order is not lost. */
let cues = 0;
let heard: () => void = () => undefined;

async function cue(): Promise<void> {
  while (cues === 0) await new Promise<void>((resolve) => (heard = resolve));
  cues = 0;
}

async function obey(blow: Blow): Promise<void> {
  if (blow.onCue) await cue();
  await sleep(blow.afterMs);
  process.send!({ at: monotonicMs(), hit: strike(blow) } satisfies Struck);
}

if (process.send !== undefined) {
  process.on('SIGUSR1', () => {
    cues += 1;
    heard();
  });
  process.on('message', (blow: Blow) => void obey(blow));
  process.on('disconnect', () => process.exit());
}
