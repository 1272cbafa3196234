import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Ground } from './bench.js';
import { ROOT } from './table.js';

/** A program of ours in a process of its own. */
export interface Child<Result> {
  /** What it answered when it was ready. */
  readonly ready: unknown;
  /** Lets it begin; once. Throws what it says, when it fails. */
  go(): Promise<Result>;
  stop(): Promise<void>;
}

type Message = { readonly ready: unknown } | { readonly result: unknown } | { readonly error: string };

const READY_BOUND_MS = 120_000;

/**
 * Starts `bench/children/<program>` with a task, and waits until it is ready. Throws what it says when it does not get
 * there. It is ended with the run, whatever ends that.
 */
export async function startChild<Task extends object, Result>(
  { leftovers }: Pick<Ground, 'leftovers'>,
  program: string,
  task: Task,
  execArgv: readonly string[] = [],
): Promise<Child<Result>> {
  const child = fork(`${ROOT}dist/bench/children/${program}.js`, {
    execArgv: [...process.execArgv, ...execArgv],
    stdio: 'inherit',
  });
  const ended = once(child, 'exit');
  const stop = leftovers.add(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const next = async (boundMs: number): Promise<Message> => {
    const died = ended.then(() => Promise.reject(new Error(`${program} ended`)));
    died.catch(() => undefined);
    const signal = AbortSignal.timeout(boundMs);
    const [message] = (await Promise.race([once(child, 'message', { signal }), died])) as [Message];
    if ('error' in message) throw new Error(`${program}: ${message.error}`);
    return message;
  };
  child.send(task);
  try {
    const message = await next(READY_BOUND_MS);
    const go = async (): Promise<Result> => {
      child.send({});
      return ((await next(GO_BOUND_MS)) as { result: Result }).result;
    };
    return { ready: (message as { ready: unknown }).ready, go, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const GO_BOUND_MS = 600_000;

/**
 * The other side: makes itself ready for the task it is given, says so, and does it when it is let. It ends when the one
 * who started it is gone.
 */
export function serveChild<Task, Result>(
  prepare: (task: Task) => Promise<{ readonly ready?: unknown; readonly run: () => Promise<Result> }>,
): void {
  const send = (message: Message): void => void process.send!(message);
  process.on('disconnect', () => process.exit());
  const failed = (error: unknown): void => send({ error: (error as Error).stack ?? String(error) });
  process.once('message', (task) => {
    prepare(task as Task)
      .then(({ ready = null, run }) => {
        process.once('message', () => void run().then((result) => send({ result }), failed));
        send({ ready });
      })
      .catch(failed);
  });
}
