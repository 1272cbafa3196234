/** What browsers of the control room load: each island a script of its own, what they share in others, and one style. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const islands = fileURLToPath(new URL('../src/infrastructure/http/control-room/islands', import.meta.url));
const isEntry = (name) => /\.(tsx?|css)$/.test(name);

/** `more`: where to, or whether at all. */
export const buildIslands = (more) =>
  build({
    entryPoints: readdirSync(islands)
      .filter(isEntry)
      .map((name) => join(islands, name)),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome115', 'firefox115', 'safari16.4'],
    minify: true,
    tsconfig: join(islands, 'tsconfig.json'),
    chunkNames: 'shared-[hash]',
    logLevel: 'warning',
    ...more,
  });

/** Of every page. */
const ALWAYS = 'session.js';

/** The bytes of script, gzipped, that a page with each of the islands loads. Writes nothing. */
export async function sizesOfPages() {
  const { outputFiles, metafile } = await buildIslands({ write: false, metafile: true, outdir: '/' });
  const bytes = new Map(outputFiles.map(({ path, contents }) => [nameOf(path), gzipSync(contents).length]));
  const imports = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [
      nameOf(path),
      output.imports.filter(({ kind }) => kind === 'import-statement').map((one) => nameOf(one.path)),
    ]),
  );
  const loadedBy = (name, seen = new Set()) => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const other of imports.get(name) ?? []) loadedBy(other, seen);
    return seen;
  };
  const entries = [...bytes.keys()].filter((name) => name.endsWith('.js') && !name.startsWith('shared-'));
  return entries.map((name) => {
    const loaded = new Set([...loadedBy(ALWAYS), ...loadedBy(name)]);
    return { page: name, bytes: [...loaded].reduce((sum, one) => sum + (bytes.get(one) ?? 0), 0) };
  });
}

const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);
