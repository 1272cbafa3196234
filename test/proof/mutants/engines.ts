import { execFile } from 'node:child_process';
import type { Broken } from './truth.js';

/** What an engine found in one checkout. */
export interface Tried {
  readonly commands: number;
  readonly broken: readonly Broken[];
  /** Why it could not be tried; null: it could. */
  readonly failure: string | null;
}

interface Task {
  readonly seed: number;
  readonly commands: number;
  /** Of a Postgres server on which databases may be made. */
  readonly serverUrl: string;
}

/** A way to find out whether the code of a checkout keeps its promises: a program of that checkout, in a process of its own. */
export interface Engine {
  readonly name: 'simulator' | 'storm';
  /** Whether a change of this file can show in it. */
  readonly sees: (file: string) => boolean;
  /** How many commands are tried before a mutant counts as not caught. */
  readonly commands: number;
  /** The next length of a run at which everything has been checked. */
  readonly atLeast: (commands: number) => number;
  readonly run: (root: string, task: Task) => Promise<Tried>;
}

const TIMEOUT_MS = 240_000;
const WORLD = 5_000;
const HOOKS = './test/support/jest-typescript.mjs';
/** What the simulator has an own one of: the store. */
const ONLY_IN_POSTGRES = /^src\/infrastructure\/(postgres|event-store\/(append-lane|postgres))/;

/** In the order in which they are tried: the simulator is a hundred times quicker, and sees no adapter. */
export const ENGINES: readonly Engine[] = [
  {
    name: 'simulator',
    sees: (file) => !ONLY_IN_POSTGRES.test(file) && /^(src|projections)\//.test(file),
    commands: 5 * WORLD,
    atLeast: (commands) => Math.ceil(commands / WORLD) * WORLD,
    run: async (root, { seed, commands }) => {
      const asked = ['--seed', String(seed), '--commands', String(commands)];
      const said = await answerOf(root, ['scripts/simulate.mjs', ...asked, '--json']);
      if (typeof said === 'string') return { commands: 0, broken: [], failure: said };
      return named(said.commands, said.violation == null ? [] : [said.violation]);
    },
  },
  {
    name: 'storm',
    sees: (file) => /^(src|projections)\//.test(file),
    commands: 3_000,
    atLeast: (commands) => commands,
    run: async (root, { seed, commands, serverUrl }) => {
      const asked = ['--server', serverUrl, '--seed', String(seed), '--commands', String(commands)];
      const said = await answerOf(root, ['--import', HOOKS, 'test/proof/mutants/storm-main.ts', ...asked]);
      if (typeof said === 'string') return { commands: 0, broken: [], failure: said };
      return named(said.commands, said.broken ?? []);
    },
  },
];

/** An error that nobody may throw is no name of a promise: it counts as a failure to run. */
function named(commands: number, broken: readonly Broken[]): Tried {
  const promises = broken.filter(({ invariant }) => /^I\d+$/.test(invariant));
  const [other] = broken;
  const failure = promises.length === 0 && other !== undefined ? other.message : null;
  return { commands, broken: promises, failure };
}

interface Said {
  readonly commands: number;
  /** The simulator's. */
  readonly violation?: Broken | null;
  /** The storm's. */
  readonly broken?: readonly Broken[];
}

/** The line of JSON that a program prints last, or why there is none. */
function answerOf(cwd: string, args: readonly string[]): Promise<Said | string> {
  const limits = { cwd, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, args, limits, (error, stdout, stderr) => {
      const line = stdout.trimEnd().split('\n').at(-1) ?? '';
      if (line.startsWith('{')) return resolve(JSON.parse(line) as Said);
      resolve(error?.killed === true ? `no end within ${TIMEOUT_MS / 1_000} s` : stderr.slice(-2_000));
    });
  });
}
