/**
 * `npm run check`: the law before a commit. All checks run, two at a time; one line each, the output only of those
 * that fail. `node scripts/check.mjs lint types` runs some.
 */
import { spawn } from 'node:child_process';
import { prepareToCheck, root } from './prepare.mjs';

const checks = {
  lint: ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  types: ['node_modules/typescript/bin/tsc', '--noEmit'],
  islands: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'src/infrastructure/http/control-room/islands'],
  dead: ['node_modules/knip/bin/knip.js', '--no-progress'],
  imports: ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'src', 'projections', 'bench', 'test'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  golden: ['scripts/golden.mjs', '--check'],
  weight: ['scripts/weigh.mjs'],
  docs: ['scripts/docs.mjs', '--check'],
  contract: ['scripts/contract.mjs', '--check'],
  release: ['scripts/release.mjs', '--check'],
};
const concurrency = 2;

prepareToCheck();
const queue = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);
const unknown = queue.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) throw new Error(`no check ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}`);

let failed = 0;
await Promise.all(
  Array.from({ length: concurrency }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) if (!(await passes(name))) failed += 1;
  }),
);
process.exitCode = failed > 0 ? 1 : 0;

async function passes(name) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, checks[name], { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ok = await new Promise((resolve) => child.on('close', (code) => resolve(code === 0)));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)${ok ? '' : `\n${output.trimEnd()}`}`);
  return ok;
}
