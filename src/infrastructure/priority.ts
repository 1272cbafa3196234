import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Lets everybody else on this machine have a processor first, from now on: for work that takes hours beside a service that
 * answers in milliseconds. Every thread, because Linux keeps a priority for each, and a thread that is started later has
 * that of the one that starts it. Where it is not allowed, nothing changes.
 */
export function makeWay(): void {
  for (const thread of threads()) {
    try {
      setPriority(thread, constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended meanwhile, or it is forbidden: the work is done all the same.
    }
  }
}

function threads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    // Not Linux: there it is the process that has a priority.
    return [process.pid];
  }
}
