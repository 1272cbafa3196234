import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { proveMutants, type MutantResult } from './run.js';
import { lineOf, terminalTable } from './table.js';

/**
 * `npm run proof -- --mutants` (`file` null: all of ours, summed up in the folder `out`) and `--mutant FILE`: tells of each
 * as soon as it is through. Answers whether all were caught.
 */
export async function mutantsCommand(file: string | null, seed: number, out: string): Promise<boolean> {
  const files = file === null ? [] : [file];
  const results = await proveMutants({ files, seed, onResult: (result) => console.log(lineOf(result)) });
  if (file === null) {
    mkdirSync(out, { recursive: true });
    writeFileSync(fileIn(out), results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  }
  console.log(terminalTable(results).split('\n').at(-1));
  return results.every(({ caught }) => caught);
}

/** What the last run of all mutants came to; none: there was no such run. */
export function mutantResultsIn(out: string): MutantResult[] {
  if (!existsSync(fileIn(out))) return [];
  const lines = readFileSync(fileIn(out), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as MutantResult);
}

const fileIn = (out: string): string => path.join(out, 'mutants.jsonl');
