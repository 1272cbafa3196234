import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { PAGES, anchorsOf, linksOf, read } from './pages.js';

const anchors = new Map<string, ReadonlySet<string>>();

function anchorsIn(page: string): ReadonlySet<string> {
  if (!anchors.has(page)) anchors.set(page, anchorsOf(read(page)));
  return anchors.get(page)!;
}

/** The links of a page that lead nowhere, and why. */
function brokenIn(page: string, text = read(page)): string[] {
  return linksOf(text).flatMap((link) => {
    const [file = '', anchor] = decodeURI(link).split('#');
    const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
    if (file !== '' && !existsSync(target)) return [`${page}: ${link}: there is no ${target}`];
    if (anchor === undefined || !target.endsWith('.md')) return [];
    const known = file === '' ? anchorsOf(text) : anchorsIn(target);
    return known.has(anchor) ? [] : [`${page}: ${link}: ${target} has no heading of that name`];
  });
}

it('every link between documents leads to a file that is there, and to a heading in it', () => {
  expect(PAGES.flatMap((page) => brokenIn(page))).toEqual([]);
  expect(PAGES.flatMap((page) => linksOf(read(page))).length).toBeGreaterThan(500);
});

it('every decision is in the table of ARCHITECTURE.md, in their order', () => {
  const table = read('ARCHITECTURE.md').split('\n## Decisions\n')[1]!;
  const rows = [...table.matchAll(/^\| \[(\d+)\]\((docs\/adr\/(\d{4})-.+\.md)\) \| \S.* \|$/gm)];
  expect(rows.map(([, , page]) => page)).toEqual(PAGES.filter((page) => page.startsWith('docs/adr/')));
  for (const [, number, , inName] of rows) expect(Number(number)).toBe(Number(inName));
});

it('a broken link is found', () => {
  const planted =
    '# A page\n[x](nowhere.md) [y](#a-page) [z](#another) [u](moving.md#restoring) [v](moving.md#baking)\n';
  expect(brokenIn('docs/planted.md', planted)).toEqual([
    'docs/planted.md: nowhere.md: there is no docs/nowhere.md',
    'docs/planted.md: #another: docs/planted.md has no heading of that name',
    'docs/planted.md: moving.md#baking: docs/moving.md has no heading of that name',
  ]);
});

it('every document is reached from the README', () => {
  const seen = new Set(['README.md']);
  for (const page of seen)
    for (const link of linksOf(read(page))) {
      const target = path.posix.join(path.posix.dirname(page), decodeURI(link).split('#')[0]!);
      if (PAGES.includes(target)) seen.add(target);
      // A folder shows what is in it.
      else if (existsSync(target) && statSync(target).isDirectory())
        for (const inside of PAGES.filter(
          (name) => path.posix.dirname(name) === path.posix.normalize(target).replace(/\/$/, ''),
        ))
          seen.add(inside);
    }
  expect(PAGES.filter((page) => !seen.has(page))).toEqual([]);
});
