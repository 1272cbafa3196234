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
  const where = `${invariantsOf(result).padEnd(7)} ${engine}, after ${commands} commands from seed ${seed}`;
  return `caught      ${name} ${where}; unmutated, ${unmutated} keep every promise\n            ${broken.map(shortened).join('\n            ')}`;
}

/** The same as a section of a document; nothing where nothing was tried. */
export function mutantsSection(results: readonly MutantResult[]): string {
  if (results.length === 0) return '';
  const rows = results.map((result) => {
    const { mutant, caught, engine, commands, seed, unmutated } = result;
    const broken = caught ? invariantsOf(result) : '**not caught**';
    return `| ${[`\`${mutant}\``, broken, engine ?? '', commands, seed, caught ? unmutated : ''].join(' | ')} |`;
  });
  return [
    '\n## Mutants\n',
    'Each breaks the code in one way ([what each does](../test/proof/mutants/README.md)), in a copy of it. It is caught when',
    'the report names an invariant, and the same seed keeps every promise without it. `npm run proof -- --mutants`:\n',
    '| mutant | broken | seen by | after commands | seed | commands kept without it |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const MOST = 160;
const shortened = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text);

const invariantsOf = ({ broken }: MutantResult): string =>
  [...new Set(broken.map((one) => one.split(':')[0]))].join(', ');
