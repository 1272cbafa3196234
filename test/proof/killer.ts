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

if (process.send !== undefined) {
  process.on('message', (blow: Blow) => {
    void sleep(blow.afterMs).then(() => process.send!({ at: monotonicMs(), hit: strike(blow) } satisfies Struck));
  });
  process.on('disconnect', () => process.exit());
}
