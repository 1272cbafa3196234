import type { MutantResult } from './run.js';

/** One line for each mutant, and how many were caught. */
export function terminalTable(results: readonly MutantResult[]): string {
  const caught = results.filter((result) => result.caught).length;
  return [...results.map(lineOf), `${caught} of ${results.length} mutants caught`].join('\n');
}

export function lineOf(result: MutantResult): string {
  const { mutant, broken, engine, commands, seed, unmutated, failure } = result;
  const name = mutant.padEnd(32);
  const why = failure === null ? '' : ` (${failure.trim().split('\n').at(-1)})`;
  if (!result.caught) return `NOT CAUGHT  ${name} ${commands} commands from seed ${seed}${why}`;
  const found = `${invariantsOf(result).padEnd(7)} ${engine}, after ${commands} commands from seed ${seed}`;
  return `caught      ${name} ${found}; unmutated, ${unmutated} keep every promise\n            ${broken.join('\n            ')}`;
}

/** The same for a document. */
export function markdownTable(results: readonly MutantResult[]): string {
  const rows = results.map((result) => {
    const { mutant, caught, engine, commands, seed, unmutated } = result;
    const found = caught
      ? [invariantsOf(result), engine, commands, seed, unmutated]
      : ['**not caught**', '', commands, seed, ''];
    return `| \`${mutant}\` | ${found.join(' | ')} |`;
  });
  const head =
    '| mutant | broken | seen by | commands until then | seed | commands that keep every promise without it |';
  return [head, '|---|---|---|---|---|---|', ...rows].join('\n');
}

const invariantsOf = ({ broken }: MutantResult): string =>
  [...new Set(broken.map((one) => one.split(':')[0]))].join(', ');
