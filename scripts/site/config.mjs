/** How VitePress makes the site: `contents` and `decisions` stand beside every page. */
export const configOf = ({ contents, decisions, base }) => ({
  title: 'Holdfast',
  description: 'An event-sourced booking service that cannot double-book.',
  lang: 'en',
  base,
  outDir: '../../site',
  cacheDir: '../site-cache',
  appearance: true,
  lastUpdated: false,
  head: [['style', {}, WIDER]],
  // Ours finds more: headings, and what is carried along.
  ignoreDeadLinks: true,
  markdown: { html: false, anchor: { slugify }, theme: { light: 'github-light', dark: 'github-dark' } },
  themeConfig: {
    nav: contents.map(({ text, items }) => ({ text, link: items[0].link })),
    sidebar: [...contents, { text: 'Decisions', collapsed: true, items: decisions }],
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    docFooter: { prev: false, next: false },
  },
});

/** Tables here have much to say. */
const WIDER =
  ':root { --vp-layout-max-width: 1640px } .VPDoc.has-aside .content-container { max-width: 880px !important }';

/** The names of headings, as links in the documents have them. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
