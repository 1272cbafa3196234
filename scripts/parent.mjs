/**
 * npm passes SIGTERM to the shell it runs a script in, and most shells die of it without telling their child, which
 * would run on unseen. So whoever runs below npm watches its parent and takes its death for the SIGTERM it was.
 * A signal that did arrive (Ctrl-C reaches everybody) ends the watch: nobody is told to stop twice.
 */
import { constants } from 'node:os';

const pollMs = 200;
const parent = process.ppid;

/** What a shell says of who was ended by a signal. */
export const endedBy = (signal) => 128 + constants.signals[signal];

/** Below npm. Call it before the program starts, which may take its whole life; returns at once, keeps nothing alive. */
export function stopWithParent() {
  if (process.env.npm_lifecycle_event !== undefined) watchParent();
}

/** The same, below whatever it is. */
export function watchParent() {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, pollMs);
  watch.unref();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.prependOnceListener(signal, () => {
      clearInterval(watch);
      // Our listening keeps the signal from ending a program that has not begun to listen itself.
      if (process.listenerCount(signal) === 0) process.exit(endedBy(signal));
    });
}
