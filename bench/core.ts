import { catchUp } from './scenarios/catch-up.js';
import { flash } from './scenarios/flash.js';
import { start } from './scenarios/start.js';
import { visible } from './scenarios/visible.js';
import type { Bench } from './support/bench.js';
import { prepareDatabase } from './support/holdfast.js';

/**
 * The figures that the service stands on, in the order in which they are taken: the flash sales write the log that the
 * projector then has to fold. Each is a function that reports its own lines.
 */
export const CORE: Readonly<Record<string, (bench: Bench, holdfastUrl: string) => Promise<void>>> = {
  flash,
  'catch-up': catchUp,
  visible,
  start,
};

/** Takes the figures of the given names. A scenario that breaks off is reported as wrong, and the next one runs. */
export async function runCore(bench: Bench, only: readonly string[]): Promise<void> {
  const url = await bench.postgres.database('holdfast');
  await prepareDatabase(url);
  for (const [name, scenario] of Object.entries(CORE)) {
    if (!only.includes(name) || bench.leftovers.isOver) continue;
    bench.report.progress(`${name} …`);
    await scenario(bench, url).catch((error: unknown) => {
      if (bench.leftovers.isOver) return;
      bench.report.wrong(
        `${name} broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    });
  }
}
