import { reachedBy, rowOf, type Header, type Line } from './line.js';
import { groupsOf } from './sale.js';

const BEGIN = '<!-- figures: written by npm run bench, from here -->';
const END = '<!-- figures: to here -->';

/** The document with the figures of a run between its two marks. Throws when it has none. */
export function withFigures(document: string, header: Header, lines: readonly Line[]): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error('the document has no place for figures');
  return `${before}${BEGIN}\n\n${figures(header, lines)}\n\n${END}${after}`;
}

function figures({ command, date, machine, versions, database }: Header, lines: readonly Line[]): string {
  const facts = `\`${command}\`, ${date.slice(0, 10)}: ${machine}; ${versions}; ${database}.`;
  const tables = [...groupsOf(lines, ({ scenario }) => scenario)].map(([scenario, group]) => tableOf(scenario, group));
  return [facts, reachedBy(lines), ...tables].join('\n\n');
}

function tableOf(scenario: string, lines: readonly Line[]): string {
  const rows = lines.map((line) => {
    const [, what, target, median, range, , verdict, note] = rowOf(line) as string[];
    const said = verdict === 'short' || verdict === 'void' ? `${median}, **${verdict}**` : median;
    return `| ${[what, target, said, range, note].map((cell) => cell!.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [`| ${scenario} | target | median | min … max | |`, '|---|--:|--:|--:|---|', ...rows].join('\n');
}
