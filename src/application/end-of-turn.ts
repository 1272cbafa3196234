import type { Time } from './ports.js';

/**
 * What comes up within one turn of the event loop, done at its end, one right after the other. A request runs through more
 * code than a processor keeps at hand: where each goes all the way by itself, every step of it is fetched anew for every
 * request; where all of them take the same step together, the second finds it there (docs/adr/0046-step-by-step.md).
 */
export class EndOfTurn {
  private waiting: (() => void)[] = [];

  constructor(private readonly time: Pick<Time, 'turn'>) {}

  /** `step` may not throw: nobody would hear of it. */
  do(step: () => void): void {
    if (this.waiting.push(step) === 1) void this.time.turn().then(() => this.doAll());
  }

  private doAll(): void {
    const steps = this.waiting;
    this.waiting = [];
    for (const step of steps) step();
  }
}
