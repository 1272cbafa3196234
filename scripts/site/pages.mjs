import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** Where a page of the repository is in the site, without its ending. */
const PLACES = { 'docs/README.md': 'index', 'README.md': 'readme' };
const ROOT_PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];
const FILES = 'files';
const CODE = /^( *)(```+)[^`\n]*\n[^]*?^ *\2$|`[^`\n]*`/gm;
const LINK = /(\]\()<?([^)\s>]+)>?(\)| ")/g;

/**
 * The documents as the site's pages: every page at its place, with its links led to where things are there. What they link to in the
 * repository goes along as text, so that the site needs nothing else.
 */
export class Pages {
  /** Repository path of a page → its place. */
  places = new Map();
  /** What pages link to and is none. */
  files = new Set();

  constructor(root) {
    this.root = root;
    for (const page of [...ROOT_PAGES, ...markdownBelow(root, 'docs')])
      this.places.set(
        page,
        PLACES[page] ??
          page
            .replace(/^docs\//, '')
            .replace(/\.md$/, '')
            .toLowerCase(),
      );
  }

  /** Writes all of it below a folder. Throws where a link leads to nothing. */
  write(folder) {
    for (const [page, place] of this.places) put(join(folder, `${place}.md`), this.rewritten(page));
    for (const file of this.files) this.carry(file, folder);
  }

  /** Sections of the table of contents, each with its pages in their order: what stands beside every page. */
  contents() {
    const text = readFileSync(join(this.root, 'docs/README.md'), 'utf8');
    return text
      .split(/^## /m)
      .slice(1)
      .map((section) => ({
        text: section.slice(0, section.indexOf('\n')),
        items: [...new Set([...section.matchAll(LINK)].map(([, , target]) => this.pageOf(target)).filter(Boolean))].map(
          (page) => ({ text: this.titleOf(page), link: `/${this.places.get(page)}` }),
        ),
      }))
      .filter(({ items }) => items.length > 0);
  }

  /** Every decision. */
  decisions() {
    return [...this.places]
      .filter(([page]) => page.startsWith('docs/adr/'))
      .map(([page, place]) => ({ text: this.titleOf(page), link: `/${place}` }));
  }

  titleOf(page) {
    const [, title] = /^# (.*)$/m.exec(readFileSync(join(this.root, page), 'utf8'));
    return title.replaceAll('`', '');
  }

  /** The page of a link in the table of contents; undefined: it is none. */
  pageOf(target) {
    const path = posix.join('docs', target.split('#')[0]);
    return this.places.has(path) ? path : undefined;
  }

  rewritten(page) {
    const code = [];
    const hidden = readFileSync(join(this.root, page), 'utf8')
      .replaceAll(/<!--[^]*?-->\n?/g, '')
      .replaceAll(CODE, (text) => `\ue000${code.push(text) - 1}\ue000`);
    const linked = hidden.replaceAll(LINK, (_, before, target, after) => `${before}${this.led(page, target)}${after}`);
    return linked.replaceAll(/\ue000(\d+)\ue000/g, (_, n) => code[n]);
  }

  led(page, target) {
    if (/^([a-z]+:|#)/i.test(target)) return target;
    const [path, anchor] = decodeURI(target).split('#');
    const file = posix.join(posix.dirname(page), path).replace(/\/$/, '');
    const place = this.places.get(file);
    if (place !== undefined) return `/${place}${anchor === undefined ? '' : `#${anchor}`}`;
    const found = statSync(join(this.root, file), { throwIfNoEntry: false });
    if (found === undefined) throw new Error(`${page}: ${target}: there is no ${file}`);
    this.files.add(file);
    if (found.isDirectory()) return `/${FILES}/${file}/`;
    return file.endsWith('.svg') ? `/${FILES}/${file}` : `/${FILES}/${file}.txt`;
  }

  /** A file as text, as browsers show it; a folder as a page that lists it. */
  carry(file, folder) {
    const source = join(this.root, file);
    if (!statSync(source).isDirectory()) {
      const name = join(folder, 'public', FILES, file.endsWith('.svg') ? file : `${file}.txt`);
      mkdirSync(dirname(name), { recursive: true });
      return cpSync(source, name);
    }
    const below = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        posix.join(entry.parentPath.slice(this.root.length).replaceAll('\\', '/').replace(/^\//, ''), entry.name),
      )
      .sort();
    for (const each of below) if (!this.places.has(each)) this.carry(each, folder);
    const lines = below.map((each) => {
      const place = this.places.get(each);
      const text = place === undefined ? `\`${each.slice(file.length + 1)}\`` : this.titleOf(each);
      return `- [${text}](${place === undefined ? `/${FILES}/${each}.txt` : `/${place}`})`;
    });
    put(join(folder, FILES, file, 'index.md'), `# ${file}\n\n${lines.join('\n')}\n`);
  }
}

const markdownBelow = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();

function put(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
