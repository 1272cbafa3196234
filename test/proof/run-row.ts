import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCampaign } from './campaign.js';
import { rowOf } from './matrix.js';
import type { Mode, Result } from './result.js';

export interface RowOptions {
  /** The checkout whose build is run; this one unless said. */
  readonly root?: string;
  readonly mode?: Mode;
  /** Where the histories are written, and kept when something was broken; a temporary folder unless said. */
  readonly folder?: string;
}

/**
 * One run of one row on processes and a database of its own, from beginning to end: what a stranger's build is put
 * under. What goes wrong is in the result. Throws for a row that there is not.
 */
export async function runRow(
  id: string,
  seed: number,
  { root, mode = 'quick', folder }: RowOptions = {},
): Promise<Result> {
  const row = rowOf(id);
  if (row === undefined) throw new Error(`there is no row ${id}`);
  let result: Result | null = null;
  await runCampaign({
    ...{
      mode,
      lanes: [[row.id]],
      inTurn: 1,
      folder: folder ?? (await mkdtemp(path.join(tmpdir(), 'holdfast-proof-'))),
    },
    ...(root === undefined ? {} : { root }),
    seedFor: () => (result === null ? seed : null),
    done: (done) => (result = done),
  });
  return result!;
}
