/**
 * The rules of the house bite: for each, a violation is planted in a scratch tree and must be found by exactly the
 * rules named beside it, and what the rooms are allowed to import must pass. Whether the real tree is clean is what
 * `npm run check` asks.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('who may import whom', () => {
  const domain = 'domain-imports-only-itself';
  const application = 'application-imports-domain-and-nest-bus';
  const http = 'http-imports-application-and-domain';
  const adapters = 'adapters-import-ports-and-domain-events';
  const projections = 'projections-import-domain-events-and-ports';
  const roots = 'rooms-never-import-roots';
  const onDemand = 'eventstoredb-client-is-loaded-on-demand';
  const traces = 'opentelemetry-is-loaded-on-demand';

  const violations: [file: string, imported: string, rules: string[]][] = [
    ['src/domain/booking/a.ts', 'node:crypto', [domain]],
    ['src/domain/booking/b.ts', 'pg', [domain]],
    ['src/domain/booking/c.ts', '../../application/ports.js', [domain]],
    ['src/domain/booking/d.ts', '../../../projections/projection.js', [domain]],
    ['src/domain/booking/e.ts', '../../app.module.js', [domain, roots]],
    ['src/application/a.ts', '../infrastructure/config.js', [application]],
    ['src/application/b.ts', '../../projections/projection.js', [application]],
    ['src/application/c.ts', 'pg', [application]],
    ['src/application/d.ts', '@eventstore/db-client', [application, onDemand]],
    ['src/application/e.ts', 'node:timers/promises', [application]],
    ['src/application/f.ts', '@nestjs/core', [application]],
    ['src/infrastructure/http/a.ts', '../event-store/codec.js', [http]],
    ['src/infrastructure/http/b.ts', '../postgres/pool.js', [http]],
    ['src/infrastructure/http/c.ts', '../read-model/queries.js', [http]],
    ['src/infrastructure/http/d.ts', '../../../projections/projection.js', [http]],
    ['src/infrastructure/http/e.ts', 'pg', ['http-has-no-database-driver']],
    ['src/infrastructure/http/f.ts', '../../app.module.js', [http, roots]],
    ['src/infrastructure/event-store/a.ts', '../http/controller.js', [adapters]],
    ['src/infrastructure/event-store/b.ts', '../../application/commands/book.js', [adapters]],
    ['src/infrastructure/event-store/c.ts', '../../application/transact.js', [adapters]],
    ['src/infrastructure/event-store/d.ts', '../../domain/booking/decide.js', [adapters]],
    ['src/infrastructure/postgres/a.ts', '../../domain/booking/commands.js', [adapters]],
    ['src/infrastructure/read-model/a.ts', '../../../projections/projection.js', [adapters]],
    ['src/infrastructure/read-model/b.ts', '../../cli/main.js', [adapters, roots]],
    ['projections/a.ts', '../src/infrastructure/http/controller.js', [projections]],
    ['projections/b.ts', '../src/application/commands/book.js', [projections]],
    ['projections/c.ts', '../src/domain/booking/decide.js', [projections]],
    ['projections/d.ts', '../src/infrastructure/read-model/queries.js', [projections]],
    ['projections/e.ts', './main.js', [roots]],
    ['projections/f.ts', './rebuild-main.js', [roots]],
    ['projections/projector.ts', 'node:timers', ['projector-has-no-timers']],
    ['src/infrastructure/postgres/b.ts', 'fast-check', ['service-imports-only-shipped-packages']],
    ['src/infrastructure/postgres/c.ts', 'undeclared', ['service-imports-only-shipped-packages']],
    ['src/main.ts', '../test/support/world.js', ['service-imports-no-tests']],
    ['src/cli/a.ts', '../../bench/main.js', ['service-imports-no-tests']],
    ['src/infrastructure/event-store/e.ts', '@eventstore/db-client', [onDemand]],
    ['src/infrastructure/tracing/a.ts', '@opentelemetry/api', [traces]],
    ['src/domain/booking/ring-a.ts', './ring-b.js', ['no-cycles']],
    ['test/a.spec.ts', './nowhere.js', ['imports-resolve']],
  ];

  const allowed: [file: string, ...imported: string[]][] = [
    ['src/app.module.ts', './infrastructure/http/controller.js', './infrastructure/postgres/pool.js', 'pg'],
    ['src/cli/main.ts', '../app.module.js', '../../projections/main.js'],
    ['src/domain/booking/ring-b.ts', './ring-a.js'],
    ['src/domain/booking/events.ts'],
    ['src/domain/booking/commands.ts', './events.js'],
    ['src/domain/booking/decide.ts', './commands.js'],
    ['src/application/ports.ts', '../domain/booking/events.js'],
    ['src/application/errors.ts'],
    ['src/application/transact.ts', './ports.js', './errors.js', '../domain/booking/decide.js'],
    ['src/application/commands/book.ts', '../transact.js', '@nestjs/common', '@nestjs/cqrs'],
    ['src/infrastructure/config.ts'],
    ['src/infrastructure/logger.ts', './config.js'],
    ['src/infrastructure/http/controller.ts', '../../application/commands/book.js', '../config.js', '../logger.js'],
    ['src/infrastructure/event-store/codec.ts', '../../domain/booking/events.js', 'node:crypto'],
    ['src/infrastructure/postgres/pool.ts', '../../application/errors.js', '../config.js', 'pg'],
    ['src/infrastructure/read-model/queries.ts', '../../application/ports.js', '../postgres/pool.js'],
    ['projections/main.ts', './projection.js', '../src/app.module.js'],
    ['projections/rebuild-main.ts', './projection.js', '../src/infrastructure/read-model/queries.js'],
    ['projections/projection.ts', '../src/domain/booking/events.js', '../src/application/ports.js'],
    ['projections/checkpoint.ts', '../src/infrastructure/postgres/pool.js', '../src/infrastructure/logger.js', 'pg'],
    ['test/support/world.ts', '../../src/app.module.js', 'fast-check'],
    ['bench/main.ts', '../src/app.module.js'],
  ];

  it('finds each planted violation, and nothing else', async () => {
    const bitten = await withScratchTree(async (scratch) => {
      for (const [file, ...imported] of allowed) await plant(scratch, file, imported);
      for (const [file, imported] of violations) await plant(scratch, file, [imported]);
      return cruise(scratch, 'src', 'projections', 'test', 'bench');
    });

    const expected = violations.flatMap(([file, , rules]) => rules.map((rule) => `${file}: ${rule}`));
    expect(bitten.sort()).toEqual(expected.sort());
  });

  it('has a planted violation for every rule', () => {
    const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };
    const planted = new Set(violations.flatMap(([, , rules]) => rules));
    expect([...planted].sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });
});

describe('no clock, no timer, no chance, no revision left open', () => {
  const globals = 'no-restricted-globals';
  const properties = 'no-restricted-properties';

  const violations: [file: string, source: string, rule: string][] = [
    ['src/domain/booking/a.ts', 'export const now = Date.now();', globals],
    ['src/domain/booking/a.ts', 'export const at = (time: string) => new Date(time);', globals],
    ['src/domain/booking/a.ts', 'export const port = process.env;', globals],
    ['src/domain/booking/a.ts', 'export const clock = () => globalThis;', globals],
    ['src/domain/booking/a.ts', 'export const id = () => crypto.randomUUID();', globals],
    ['src/domain/booking/a.ts', 'export const wait = () => setTimeout(() => {}, 1);', globals],
    ['src/domain/booking/a.ts', 'export const dice = () => Math.random();', properties],
    ['src/domain/booking/a.ts', 'export const { random } = Math;', properties],
    ...['src/application/a.ts', 'projections/projector.ts'].flatMap((file): [string, string, string][] => [
      [file, 'export const now = () => Date.now();', globals],
      [file, 'export const now = () => new Date();', globals],
      [file, 'export const now = () => performance.now();', globals],
      [file, 'export const wait = () => setTimeout(() => {}, 1);', globals],
      [file, 'export const wait = () => setInterval(() => {}, 1);', globals],
      [file, 'export const turn = () => setImmediate(() => {});', globals],
      [file, 'export const turn = () => queueMicrotask(() => {});', globals],
      [file, 'export const turn = () => process.nextTick(() => {});', properties],
      [file, 'export const wait = () => AbortSignal.timeout(1);', properties],
      [file, 'export const dice = () => Math.random();', properties],
    ]),
    ['projections/bookings.ts', 'export const now = () => Date.now();', properties],
    ['projections/bookings.ts', 'export const dice = () => Math.random();', properties],
    ['projections/bookings.ts', 'export const now = () => new Date();', 'no-restricted-syntax'],
    [
      'src/infrastructure/a.ts',
      "import { ANY } from '@eventstore/db-client';\nexport const any = ANY;",
      'no-restricted-imports',
    ],
    [
      'src/infrastructure/a.ts',
      'export const put = (client: { appendToStream(...all: string[]): void }) => client.appendToStream("a", "b");',
      'no-restricted-syntax',
    ],
  ];

  const allowed: [file: string, source: string][] = [
    ['src/domain/booking/a.ts', 'export const least = (a: number, b: number) => Math.min(a, b);'],
    ['src/application/a.ts', 'export const later = (time: { now(): number }) => time.now() + 1;'],
    ['projections/bookings.ts', 'export const at = (time: string) => new Date(time);'],
    ['src/infrastructure/a.ts', 'export const now = () => Date.now() + Math.random();'],
  ];

  // Planted text is no part of the project, so the rules that ask the type-checker sit these tests out.
  const options = {
    cwd: root,
    overrideConfig: [{ files: ['**/*.ts'], ...(tseslint.configs.disableTypeChecked as object) }],
  };
  const lint = new ESLint(options);

  it.each(violations)('in %s: %s', async (filePath, source, rule) => {
    const [result] = await lint.lintText(`${source}\n`, { filePath: join(root, filePath) });
    expect(result?.messages.map(({ ruleId }) => ruleId)).toEqual([rule]);
  });

  it.each(allowed)('but in %s: %s', async (filePath, source) => {
    const [result] = await lint.lintText(`${source}\n`, { filePath: join(root, filePath) });
    expect(result?.messages).toEqual([]);
  });
});

/** A tree of its own with our settings and a few empty packages: rules are about paths, so the paths must be real. */
async function withScratchTree<T>(work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-rules-'));
  try {
    for (const file of ['package.json', 'tsconfig.json']) await copyFile(join(root, file), join(scratch, file));
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, object>;
    await write(
      join(scratch, 'package.json'),
      JSON.stringify({ ...manifest, dependencies: { ...manifest['dependencies'], '@eventstore/db-client': '*' } }),
    );
    const packages = ['@nestjs/common', '@nestjs/core', '@nestjs/cqrs', '@eventstore/db-client', '@opentelemetry/api'];
    for (const name of [...packages, 'pg', 'fast-check', 'undeclared']) {
      await write(join(scratch, 'node_modules', name, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
      await write(join(scratch, 'node_modules', name, 'index.js'), '');
    }
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function plant(scratch: string, file: string, imported: string[]): Promise<void> {
  await write(join(scratch, file), [...imported.map((name) => `import '${name}';`), 'export {};', ''].join('\n'));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** The violations found in a tree, each as `file: rule`. */
async function cruise(tree: string, ...rooms: string[]): Promise<string[]> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'];
  const run = promisify(execFile)(process.execPath, [program, ...options, ...rooms], {
    cwd: tree,
    maxBuffer: 64 * 1024 * 1024,
  });
  // It exits with the number of violations; what it says about them is on standard output either way.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const report = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return report.summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`);
}
