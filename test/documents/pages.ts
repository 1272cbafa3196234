import { readFileSync, readdirSync } from 'node:fs';

/** A fenced block of a page. `tag`: what its info string says after the language. */
export interface Block {
  readonly page: string;
  /** Of its first fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly tag: string;
  readonly text: string;
}

/** Every page there is, decisions included, by its path in the checkout. */
export const PAGES: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'SECURITY.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .sort(),
];

export const read = (page: string): string => readFileSync(page, 'utf8');

/** Decisions and the list of changes tell how something was, so nothing of theirs is run. */
export const PAGES_WITH_EXAMPLES = PAGES.filter((page) => !page.startsWith('docs/adr/') && page !== 'CHANGELOG.md');

/** Pages that somebody does from the top down, with a service beside them: stories.spec.ts does. */
export const STORIES = PAGES.filter((page) => page === 'docs/tutorial.md' || page.startsWith('docs/how-to/'));

const FENCE = /^( *)(```+)([^`\n]*)\n([^]*?)^ *\2$/gm;

export function blocksOf(page: string, text = read(page)): Block[] {
  return [...text.matchAll(FENCE)].map(({ index, 3: info = '', 4: body = '' }) => {
    const [, language = '', tag = ''] = /^(\S*) *(.*)$/.exec(info.trim())!;
    return { page, line: text.slice(0, index).split('\n').length, language, tag, text: body };
  });
}

/** A page without its code: what looks like a link or a heading in there is none. */
const prose = (text: string): string => text.replaceAll(FENCE, '');

/** The names of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const name = words.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    let anchor = name;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${name}-${n}`;
    anchors.add(anchor);
  }
  for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** Where a page's links and pictures lead, addresses of the web left out. */
export function linksOf(text: string): string[] {
  const withoutCode = prose(text).replaceAll(/`[^`\n]*`/g, '``');
  const targets = [...withoutCode.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target]) => target!);
  return targets.filter((target) => !/^[a-z]+:/i.test(target));
}
