import type { Page } from './scrape.js';

const WORDS = new Set([
  ...['sum', 'max', 'min', 'avg', 'count', 'by', 'and', 'or', 'unless', 'on', 'ignoring', 'bool'],
  ...['rate', 'increase', 'histogram_quantile', 'absent'],
]);
const LABELS = /\bby\s*\(([^)]*)\)/g;
const SELECTOR = /\b([a-zA-Z_:][\w:]*)\{([^}]*)\}/g;

/**
 * What is wrong with a query, in sentences; none when a process that shows this page can answer it. `labelsOf` tells the
 * labels of a name. Not a parser: it knows the forms that our own rules and dashboards use, and refuses every other word.
 */
export function wrongIn(query: string, page: Page, labelsOf: (name: string) => ReadonlySet<string>): string[] {
  const wrong: string[] = [];
  const selected = [...query.matchAll(SELECTOR)];
  for (const [, name, matchers] of selected)
    for (const [, label, , value] of matchers!.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (!labelsOf(name!).has(label!)) wrong.push(`${name} has no label ${label}`);
      for (const each of value!.split('|'))
        if (!page.has(name!, label!, each)) wrong.push(`${name} has no ${label}="${each}"`);
    }
  const bare = query
    .replace(LABELS, ' ')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ');
  const words = [...bare.matchAll(/[a-zA-Z_:][\w:]*/g)].map(([word]) => word).filter((word) => !WORDS.has(word));
  for (const name of words) if (!page.names.has(name)) wrong.push(`nothing shows ${name}`);
  if (words.length === 0) wrong.push('asks for nothing');
  for (const [, list] of query.matchAll(LABELS))
    for (const label of list!.split(',').map((word) => word.trim()))
      if (!words.some((name) => labelsOf(name).has(label))) wrong.push(`nothing asked for has the label ${label}`);
  for (const [, call, name] of bare.matchAll(/(?:\b(rate|increase)\s*\(\s*)?\b((?:holdfast|nodejs|process)_\w+)/g)) {
    const isCount = page.names.has(name!) && page.types.get(name!) !== 'gauge';
    if (isCount !== (call !== undefined))
      wrong.push(`${name}: rate and increase are for counters, and for all of them`);
  }
  return wrong;
}
