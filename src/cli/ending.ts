import { constants } from 'node:os';

/**
 * How a command ends before its end: at Ctrl-C and SIGTERM, and when nobody takes what it prints. What it holds that would
 * outlive the process is let go first: an embedded Postgres that nobody else uses, a file that is half written. Whoever
 * signals once more does not want to wait for that.
 */

type LetGo = () => void | Promise<void>;

/** The latest last; what is being let go still counts. */
const held = new Set<() => Promise<void>>();
let stopping: AbortController | null = null;
let isEnding = false;

/** Does something with what has to be let go, and lets it go, once, however that ends. */
export async function holding<T>(letGo: LetGo, work: () => Promise<T>): Promise<T> {
  let going: Promise<void> | null = null;
  const once = (): Promise<void> => (going ??= Promise.resolve().then(letGo));
  held.add(once);
  try {
    return await work();
  } finally {
    await once();
    held.delete(once);
  }
}

/** Opens something, does something with it, and closes it. `stopping`: it is to be let go before it is open. */
export async function whileOpen<Opened extends { close(): Promise<void> }, T>(
  open: (stopping: AbortSignal) => Promise<Opened>,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const opening = open(stopping.signal);
  let isOpen = false;
  const close = async (): Promise<void> => {
    if (!isOpen) stopping.abort();
    await (await opening).close();
  };
  return holding(close, async () => {
    const opened = await opening;
    isOpen = true;
    return work(opened);
  });
}

/** For work that ends early and well when it is told to: it is told by `stopped`, and ends as at every other end. */
export async function untilStopped<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
  stopping = new AbortController();
  try {
    return await work(stopping.signal);
  } finally {
    stopping = null;
  }
}

/** What a command throws after that is only what became of it when everything was taken from below it. */
export const endsEarly = (): boolean => isEnding;

/** Call once, before the command runs. */
export function endInOrder(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(() => leaveBy(signal)));
  let isUnread = false;
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (isUnread) return;
    isUnread = true;
    // Who closes a pipe, as `head` does, has seen enough.
    if (code !== 'EPIPE') process.stderr.write(`standard output: ${message}\n`);
    process.exitCode = 1;
    void end(() => process.exit(1));
  });
  // Complaints that nobody reads are no reason to leave the work undone.
  process.stderr.on('error', () => undefined);
}

/** As without us. The first process of a container is not ended by a signal: it says by its status what a shell says of one. */
function leaveBy(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
  process.exit(128 + constants.signals[signal]);
}

async function end(leave: () => void): Promise<void> {
  if (isEnding || stopping?.signal.aborted === true) return leave();
  if (stopping !== null) return stopping.abort();
  isEnding = true;
  for (const letGo of [...held].reverse()) {
    // What cannot be let go stays, as when the process is killed; the rest goes all the same.
    await letGo().catch(() => undefined);
  }
  leave();
}
