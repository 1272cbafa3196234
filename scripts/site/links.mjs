import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Every link of a built site that leads nowhere: to a page, a file or a heading that is not there. */
export function brokenLinks(folder, base) {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.html'));
  const texts = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')]));
  const ids = new Map();
  const idsOf = (page) => {
    if (!ids.has(page)) ids.set(page, new Set([...texts.get(page).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)));
    return ids.get(page);
  };
  const broken = [];
  for (const [page, text] of texts)
    for (const [, link] of text.matchAll(/ (?:href|src)="([^"]+)"/g)) {
      if (/^([a-z]+:|\/\/)/i.test(link)) continue;
      const [path, anchor] = decodeURI(link).split('#');
      const file = path === '' ? page : fileOf(folder, page, path, base);
      if (file === null) broken.push(`${page}: ${link}`);
      else if (anchor && texts.has(file) && !idsOf(file).has(anchor)) broken.push(`${page}: ${link}: no such heading`);
    }
  return { pages: pages.length, broken: [...new Set(broken)] };
}

/** Null: it is not there. */
function fileOf(folder, page, path, base) {
  if (path.startsWith('/') && !path.startsWith(base)) return null;
  const within = path.startsWith('/') ? path.slice(base.length) : posix.join(posix.dirname(page), path);
  const names = within === '' || within.endsWith('/') ? [`${within}index.html`] : [within, `${within}.html`];
  return names.find((name) => existsSync(join(folder, name))) ?? null;
}
