/**
 * `npm run site`: the documents as a site that can be searched, in site/. Fails at a link that leads nowhere, to a page or
 * to a heading. `-- --base /holdfast/`: for a server that has it below that path; `-- --serve`: shows it at port 4173, until
 * Ctrl-C or SIGTERM.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopWithParent } from './parent.mjs';
import { prepareToCheck, root } from './prepare.mjs';
import { brokenLinks } from './site/links.mjs';
import { Pages } from './site/pages.mjs';

const { values } = parseArgs({
  options: { base: { type: 'string', default: '/' }, serve: { type: 'boolean', default: false } },
});

prepareToCheck();
const source = join(root, '.holdfast/site-source');
const site = join(root, 'site');
for (const folder of [source, site]) rmSync(folder, { recursive: true, force: true });
const pages = new Pages(root);
pages.write(source);

const settings = { contents: pages.contents(), decisions: pages.decisions(), base: values.base };
const config = new URL('site/config.mjs', import.meta.url).href;
mkdirSync(join(source, '.vitepress'));
writeFileSync(
  join(source, '.vitepress/config.mjs'),
  `import { configOf } from ${JSON.stringify(config)};\nexport default configOf(${JSON.stringify(settings)});\n`,
);

const { build, serve } = await import('vitepress');
await build(source);

const { pages: count, broken } = brokenLinks(site, values.base);
const index = readdirSync(join(site, 'assets/chunks')).find((name) => name.includes('localSearchIndex'));
if (index === undefined || !existsSync(join(site, 'index.html'))) broken.push('no index to search in');
for (const each of broken) console.error(each);
if (broken.length > 0) process.exitCode = 1;
else console.log(`${count} pages in site/`);
if (values.serve && broken.length === 0) {
  stopWithParent();
  // Where the built site is stands in the configuration beside what it was built from: that stays.
  await serve({ root: source, base: values.base, port: 4173 });
} else rmSync(source, { recursive: true });
