import { catchUp } from './scenarios/catch-up.js';
import { flash } from './scenarios/flash.js';
import { start } from './scenarios/start.js';
import { visible } from './scenarios/visible.js';
import { takeEach, type Bench } from './support/bench.js';
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

/** Takes the figures of the given names. */
export async function runCore(bench: Bench, only: readonly string[]): Promise<void> {
  const url = await bench.postgres.database('holdfast');
  await prepareDatabase(url);
  await takeEach(bench, CORE, only, (scenario) => scenario(bench, url));
}
