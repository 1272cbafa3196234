import type { BenchPostgres } from './postgres.js';
import type { Report } from './table.js';

/** What every scenario is given. */
export interface Bench {
  readonly postgres: BenchPostgres;
  readonly report: Report;
  /** What has to be undone when the run is broken off. */
  readonly leftovers: Leftovers;
  /** Fewer and smaller runs: to see that everything works, not to quote. */
  readonly quick: boolean;
}

/** Servers, processes and folders that must not outlive the run, whatever ends it. */
export class Leftovers {
  private readonly undoings = new Set<() => Promise<void>>();

  /** `undo` runs once: by calling what is answered, or when the run ends. */
  add(undo: () => Promise<void>): () => Promise<void> {
    const once = async (): Promise<void> => {
      if (this.undoings.delete(once)) await undo();
    };
    this.undoings.add(once);
    return once;
  }

  /** The youngest first. One that fails does not keep the others. */
  async clear(): Promise<void> {
    for (const undo of [...this.undoings].reverse())
      await undo().catch((error: unknown) => process.stderr.write(`bench: ${String(error)}\n`));
  }
}
