import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inPackage } from '../src/infrastructure/package.js';
import { Refused } from './operate.js';
import type { RebuildEvents } from './rebuild.js';

/** What the process says: how far it is, and in the end what came of it. */
export type RebuildTold =
  | { readonly [Name in keyof RebuildEvents]: OnProgress<Name> }[keyof RebuildEvents]
  /** `different`: the tables in which both generations differ. */
  | { readonly on: 'end'; readonly different: readonly string[] }
  /** `isSaid`: it cannot be, for a reason that whoever asked may see. */
  | { readonly on: 'failed'; readonly why: string; readonly isSaid: boolean };

interface OnProgress<Name extends keyof RebuildEvents> {
  readonly on: Name;
  readonly args: Parameters<RebuildEvents[Name]>;
}

/** `rebuild-main.ts`, as it is built. */
const PROGRAM = inPackage('dist/bundle/rebuild.js');

/**
 * Does what `rebuild` does, in a process of its own, which has the settings of this one and makes way for it: folding takes
 * all of a processor, and whoever answers requests has one only. `url`: the database with the tables. Answers the tables in which
 * both generations differ. Throws Refused for what cannot be, and else Error with what the process said. It ends with this
 * one, whatever ends that, and at once when it is told to by `signal`.
 */
export async function rebuildApart(
  url: string,
  events: RebuildEvents,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const child = fork(PROGRAM, {
    env: { ...process.env, DATABASE_URL: url },
    // Node's own options are for one who answers requests; positions are bigints.
    ...{ execArgv: [], serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'], signal },
  });
  const ended = new Promise<readonly string[]>((resolve, reject) => {
    child.on('message', (told: RebuildTold) => {
      if (told.on === 'end') resolve(told.different);
      else if (told.on === 'failed') reject(told.isSaid ? new Refused(told.why) : new Error(told.why));
      else (events[told.on] as (...args: readonly unknown[]) => void)(...told.args);
    });
  });
  const died = once(child, 'exit').then(([code, by]): never => {
    throw new Error(`the process of the rebuild ended: ${String(code ?? by)}`);
  });
  try {
    return await Promise.race([ended, died]);
  } finally {
    // It has waited for that, so that its last word is not lost.
    if (child.connected) child.disconnect();
  }
}
