import type { Position } from '../src/application/ports.js';

/** What is looked back upon. */
const WINDOW_MS = 10_000;
/** Too short to say how fast something goes. */
const LEAST_MS = 400;

interface Look {
  readonly at: number;
  readonly position: Position;
}

/** How fast generations follow the log, by what was seen of them of late, whoever folds them. */
export class Pace {
  private readonly looks = new Map<number, Look[]>();

  /** Answers records in a second, or null where that cannot be told yet. `at`: milliseconds, by one clock. */
  perSecond(generation: number, position: Position, at: number): number | null {
    const seen = (this.looks.get(generation) ?? []).filter((look) => at - look.at <= WINDOW_MS);
    // A generation that was dropped and made again begins anew.
    const looks = seen.some((look) => look.position > position) ? [] : seen;
    looks.push({ at, position });
    this.looks.set(generation, looks);
    const [first] = looks;
    const passedMs = at - first!.at;
    return passedMs < LEAST_MS ? null : (Number(position - first!.position) / passedMs) * 1_000;
  }
}
