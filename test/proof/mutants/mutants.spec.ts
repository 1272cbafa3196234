import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Checkout } from './checkout.js';
import { testServer } from '../../support/postgres.js';
import { ENGINES } from './engines.js';
import { storm } from './life.js';
import { MUTANTS_FOLDER, ownPatches, type MutantResult } from './run.js';
import { terminalTable } from './table.js';

const run = promisify(execFile);
const patches = await ownPatches();

describe.each(patches)('%s', (file) => {
  test('still applies to this tree', async () => {
    await expect(run('git', ['apply', '--check', file], { cwd: process.cwd() })).resolves.toBeDefined();
  });

  test('changes nothing but the service, which some engine runs, and is told in the README', async () => {
    const { name, touches } = await Checkout.patch(file);
    for (const touched of touches) {
      expect(touched).toMatch(/^(src|projections)\//);
      expect(ENGINES.some(({ sees }) => sees(touched))).toBe(true);
    }
    expect(await readFile(`${MUTANTS_FOLDER}README.md`, 'utf8')).toContain(`| \`${name}\` |`);
  });
});

test('there are at least the twelve', () => expect(patches.length).toBeGreaterThanOrEqual(12));

test('a storm breaks nothing of sound code', async () => {
  const { asked, broken, happened } = await storm(await testServer(), 3, 150);
  expect(broken).toEqual([]);
  expect(asked).toBe(150);
  expect(happened['frozen']).toBeGreaterThan(0);
});

describe('the report of a mutant', () => {
  const result: MutantResult = {
    ...{ mutant: 'lock-removed', caught: true, engine: 'storm', invariant: 'I5', broken: ['I5: a gap', 'I6: a row'] },
    ...{ commands: 50, seed: 7, unmutated: 400, tookMs: 3_000, failure: null },
  };

  test('names what was broken, after how many commands, and what the same seed gives without the patch', () => {
    const text = terminalTable([result]);
    for (const part of ['caught', 'lock-removed', 'I5, I6', 'storm', '50', 'seed 7', '400'])
      expect(text).toContain(part);
    expect(text).toContain('1 of 1 mutants caught');
  });

  test('says so when it was not caught, and why it could not be tried', () => {
    const missed: MutantResult = {
      ...result,
      caught: false,
      engine: null,
      invariant: null,
      broken: [],
      failure: 'no such column',
    };
    const text = terminalTable([result, missed]);
    expect(text).toContain('NOT CAUGHT');
    expect(text).toContain('no such column');
    expect(text).toContain('1 of 2 mutants caught');
  });
});
