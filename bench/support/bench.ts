import type { BenchPostgres } from './postgres.js';
import type { Report } from './table.js';

/** What every scenario is given. */
export interface Ground {
  readonly report: Report;
  /** What has to be undone when the run is broken off. */
  readonly leftovers: Leftovers;
  /** Fewer and smaller runs: to see that everything works, not to quote. */
  readonly quick: boolean;
}

/** With a Postgres, which those of `--core` need. */
export interface Bench extends Ground {
  readonly postgres: BenchPostgres;
}

/** Takes the scenarios of the given names. One that breaks off is reported as wrong, and the next one runs. */
export async function takeEach<Scenario>(
  { report, leftovers }: Ground,
  scenarios: Readonly<Record<string, Scenario>>,
  only: readonly string[],
  take: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (!only.includes(name) || leftovers.isOver) continue;
    report.progress(`${name} …`);
    await take(scenario).catch((error: unknown) => {
      if (leftovers.isOver) return;
      report.wrong(`${name} broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    });
  }
}

const ENDED_BY = { SIGINT: 130, SIGTERM: 143 } as const;

/** Servers, processes and folders that must not outlive the run, whatever ends it. */
export class Leftovers {
  private readonly undoings = new Set<() => Promise<void>>();
  private isClearing = false;

  /** Those of this process, which Ctrl-C and SIGTERM end. */
  static ofThisProcess(): Leftovers {
    const leftovers = new Leftovers();
    // Taken once: who asks a second time does not want to wait for the cleaning up.
    for (const [signal, code] of Object.entries(ENDED_BY))
      process.once(signal, () => void leftovers.clear().finally(() => process.exit(code)));
    return leftovers;
  }

  /** From here on the run is being ended, and what fails fails because of that. */
  get isOver(): boolean {
    return this.isClearing;
  }

  /** `undo` runs once: by calling what is answered, or when the run ends. Throws when it is ending already. */
  add(undo: () => Promise<void>): () => Promise<void> {
    let undone: Promise<void> | null = null;
    const once = (): Promise<void> => (undone ??= undo().finally(() => this.undoings.delete(once)));
    this.undoings.add(once);
    if (this.isClearing) throw new Error('the run is being ended');
    return once;
  }

  /** The youngest first. One that fails does not keep the others. */
  async clear(): Promise<void> {
    this.isClearing = true;
    for (let last = this.youngest(); last !== undefined; last = this.youngest())
      await last().catch((error: unknown) => process.stderr.write(`bench: ${String(error)}\n`));
  }

  private youngest(): (() => Promise<void>) | undefined {
    return [...this.undoings].at(-1);
  }
}
