import { readFileSync, readdirSync } from 'node:fs';

/** Which processors each thread of that process may use, as Linux lists them, each list once. */
export function processorsOf(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  return [...new Set(threads.map((thread) => allowed(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))))];
}

const allowed = (status: string): string => /^Cpus_allowed_list:\s*(\S+)/m.exec(status)![1]!;
