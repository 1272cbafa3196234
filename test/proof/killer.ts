/**
 * Sends signals when it is told to, from outside of everything else: to a list of processes, after a pause. Answers when
 * it has done so, by the monotonic clock.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './history.js';

export interface Blow {
  readonly pids: readonly number[];
  readonly signal: NodeJS.Signals;
  readonly afterMs: number;
  /** Not before SIGUSR1: the load generator's word that the moment has come, without a detour by whoever is busy. */
  readonly onCue: boolean;
  /** Not before one of them, a backend of Postgres, commits what somebody waits for; soon anyway where that cannot be seen. */
  readonly inCommit: boolean;
  /** Frozen for so long before: what is asked meanwhile is on its way and not answered. 0: not at all. */
  readonly frozenMs: number;
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

/** A commit is over in less than a millisecond: they are looked for without a pause, for so long. */
const LOOK_FOR_MS = 500;
/** fsync and fdatasync, as Linux counts them on x86-64 and on arm64. */
const SYNCS = process.arch === 'arm64' ? ['82', '83'] : ['74', '75'];

/**
 * A statement by itself that waits for the disk is an append of ours: reads never do, and what is written to the tables
 * is written in transactions of many statements.
 */
function isAppending(pid: number): boolean {
  try {
    const [call] = readFileSync(`/proc/${pid}/syscall`, 'latin1').split(' ', 1);
    return SYNCS.includes(call!) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(' SELECT');
  } catch {
    return false;
  }
}

/** Answers who commits: it has to be the first to go, or its answer is out before it is. */
function awaitCommit(pids: readonly number[]): readonly number[] {
  for (const end = monotonicMs() + LOOK_FOR_MS; monotonicMs() < end;) {
    const committing = pids.find(isAppending);
    if (committing !== undefined) return [committing];
  }
  return [];
}

async function obey(blow: Blow): Promise<void> {
  if (blow.onCue) await cue();
  await sleep(blow.afterMs);
  const first = blow.inCommit ? awaitCommit(blow.pids) : [];
  if (blow.frozenMs > 0) {
    strike({ ...blow, signal: 'SIGSTOP' });
    await sleep(blow.frozenMs);
  }
  process.send!({ at: monotonicMs(), hit: strike({ ...blow, pids: [...first, ...blow.pids] }) } satisfies Struck);
}

if (process.send !== undefined) {
  process.on('SIGUSR1', () => {
    cues += 1;
    heard();
  });
  process.on('message', (blow: Blow) => void obey(blow));
  process.on('disconnect', () => process.exit());
}
