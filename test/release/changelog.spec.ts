import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { disagreements, nextVersion, versionsIn, withRelease } from '../../scripts/release/changelog.js';

const HEAD = '# Changelog\n\n';
const changelog = (unreleased: string, ...released: string[]): string =>
  [`${HEAD}## [Unreleased]\n\n${unreleased}`, ...released].join('\n\n');
const ADDED = '### Added\n\n- A thing.';
const ONE = '## [0.1.0] - 2027-02-01\n\n### Added\n\n- All.';

describe('the version of the next release', () => {
  it.each([
    ['the first one is the one that the package has', changelog(ADDED), '0.1.0', '0.1.0'],
    ['what was added makes a minor one', changelog(ADDED, ONE), '0.1.0', '0.2.0'],
    ['mends alone make a patch', changelog('### Fixed\n\n- It.\n\n### Security\n\n- Too.', ONE), '0.1.0', '0.1.1'],
    ['what was removed makes a major one', changelog('### Removed\n\n- It.', ONE), '1.4.2', '2.0.0'],
    ['and before 1.0 a minor one', changelog('### Removed\n\n- It.', ONE), '0.1.0', '0.2.0'],
    ['so does what is said to break', changelog('### Changed\n\n- **Breaking**: it.', ONE), '1.4.2', '2.0.0'],
    ['nothing makes none', changelog('', ONE), '0.1.0', null],
  ])('%s', (_what, text, present, next) => {
    expect(nextVersion(text, present)).toBe(next);
  });

  it('is written below what comes after it', () => {
    const after = withRelease(changelog(ADDED, ONE), '0.2.0', '2027-03-01');
    expect(versionsIn(after)).toEqual([
      { name: 'Unreleased', date: null, text: '' },
      { name: '0.2.0', date: '2027-03-01', text: ADDED },
      { name: '0.1.0', date: '2027-02-01', text: '### Added\n\n- All.' },
    ]);
    expect(disagreements(after, { 'package.json': '0.2.0', 'openapi.json': '0.2.0' })).toEqual([]);
  });
});

it('whatever says another version is told', () => {
  expect(disagreements(changelog(ADDED, ONE), { 'package.json': '0.1.0', 'openapi.json': '0.0.9' })).toEqual([
    'openapi.json: says 0.0.9, and the version is 0.1.0',
  ]);
  expect(disagreements(changelog(ADDED), { 'package.json': '0.1.0', 'openapi.json': '0.1.1' })).toHaveLength(1);
  const wrong = changelog(ADDED, '## [0.1.0] - 2027-02-01', '## [0.10.0]');
  expect(disagreements(wrong, { 'package.json': '0.1.0' })).toEqual([
    'CHANGELOG.md: 0.1.0 stands above 0.10.0',
    'CHANGELOG.md: 0.10.0 is no version with a date',
  ]);
  expect(disagreements(`${HEAD}${ONE}`, { 'package.json': '0.1.0' })).toHaveLength(1);
});

it('a release writes one version everywhere, and a dry run nothing', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const copy = mkdtempSync(path.join(tmpdir(), 'holdfast-release-'));
  const files = ['package.json', 'package-lock.json', 'openapi.json', 'clients/typescript/package.json'];
  try {
    for (const file of [...files, 'CHANGELOG.md']) {
      mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
      cpSync(path.join(root, file), path.join(copy, file));
    }
    const read = (file: string): string => readFileSync(path.join(copy, file), 'utf8');
    const release = (...words: string[]): string =>
      execFileSync(process.execPath, [path.join(root, 'scripts/release.mjs'), '--root', copy, ...words], {
        encoding: 'utf8',
      });
    const before = read('CHANGELOG.md');
    expect(release('--version', '7.8.9', '--dry-run')).toMatch(/^7\.8\.9, .*nothing is written/);
    expect(read('CHANGELOG.md')).toBe(before);
    release('--version', '7.8.9');
    for (const file of files) expect(read(file)).toMatch(/"version": "7\.8\.9"/);
    expect(read('CHANGELOG.md')).toMatch(/^## \[Unreleased\]\n\n## \[7\.8\.9\] - \d{4}-\d\d-\d\d\n/m);
  } finally {
    rmSync(copy, { recursive: true });
  }
});
