import { durations, type Buckets } from '../../application/tally.js';
import { PROBLEM_KINDS } from './problems.js';

/** `broken`: it was given up, or was no request. */
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'broken'] as const;
type Class = (typeof CLASSES)[number];

export type Kind = 'read' | 'write';

/** What HTTP counts since the process started. Plain numbers: whoever shows them reads them. */
export class HttpTally {
  /** Turned away because too much was under way. */
  shed = 0;
  readonly answers = new Map<Class, number>(CLASSES.map((name) => [name, 0]));
  /** By code. */
  readonly problems = new Map<string, number>(PROBLEM_KINDS.map(({ code }) => [code, 0]));
  /** In milliseconds, to the last byte; of what was answered and does not go on for as long as somebody listens. */
  readonly took: Readonly<Record<Kind, Buckets>> = { read: durations(), write: durations() };

  /** `status` null: nothing was sent. `tookMs` null: not to be compared with others. */
  ended(kind: Kind, status: number | null, problem: string | null, tookMs: number | null): void {
    const name = status === null ? 'broken' : CLASSES[Math.floor(status / 100) - 1]!;
    this.answers.set(name, this.answers.get(name)! + 1);
    if (problem !== null) this.problems.set(problem, (this.problems.get(problem) ?? 0) + 1);
    if (status !== null && tookMs !== null) this.took[kind].observe(tookMs);
  }
}

export const kindOf = (method: string): Kind => (method === 'GET' || method === 'HEAD' ? 'read' : 'write');
