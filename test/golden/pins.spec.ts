import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliDocs } from '../../scripts/docs/cli.js';
import { eventDocs } from '../../scripts/docs/events.js';
import { holdfast } from '../../src/cli/program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let copy: string;
beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'holdfast-pins-'));
  for (const folder of ['test/golden', 'docs/schemas', 'docs/events.md'])
    cpSync(path.join(root, folder), path.join(copy, folder), { recursive: true });
});
afterEach(() => rmSync(copy, { recursive: true }));

function script(name: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'scripts', name), ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, complaints: stderr.split('\n').filter((line) => line !== '') };
}
const golden = () => script('golden.mjs', '--check', '--root', copy);
const edit = (file: string, change: (text: string) => string): void =>
  writeFileSync(path.join(copy, file), change(readFileSync(path.join(copy, file), 'utf8')));

describe('the check', () => {
  it('passes what is as it was pinned', () => {
    expect(golden()).toEqual({ status: 0, stdout: '', complaints: [] });
  });

  it('fails when one byte of a golden file was changed, one is gone, or one is not pinned', () => {
    edit('test/golden/records/EventRenamed.v1.json', (text) => text.replace('ada', 'bda'));
    edit('test/golden/chain.json', (text) => `${text} `);
    rmSync(path.join(copy, 'test/golden/records/HoldExpired.v1.json'));
    cpSync(
      path.join(copy, 'test/golden/records/HoldExtended.v1.json'),
      path.join(copy, 'test/golden/records/HoldExtended.v2.json'),
    );
    expect(golden()).toEqual({
      status: 1,
      stdout: '',
      complaints: [
        expect.stringMatching(/^test\/golden\/chain\.json was changed/),
        expect.stringMatching(/^test\/golden\/records\/EventRenamed\.v1\.json was changed/),
        expect.stringMatching(/^test\/golden\/records\/HoldExpired\.v1\.json is gone/),
        'test/golden/records/HoldExtended.v2.json is not pinned: npm run golden',
      ],
    });
  });

  it('lets a schema say better what a field means, and not take another form', () => {
    const sentence = (text: string): string => text.replace('What it is called', 'How it is called');
    edit('docs/schemas/EventScheduled.v1.json', sentence);
    expect(golden().status).toBe(0);
    edit('docs/schemas/EventScheduled.v1.json', (text) => text.replace('"minimum": 0', '"minimum": 1'));
    expect(golden().complaints).toEqual([
      expect.stringMatching(/^docs\/schemas\/EventScheduled\.v1\.json was changed/),
    ]);
  });

  it('fails when a document is not what the code says, or a form that is in logs no longer is', () => {
    edit('docs/events.md', (text) => text.replace('another title', 'a title'));
    edit('docs/schemas/EventRenamed.v1.json', (text) => text.replace('What it is', 'How it is'));
    edit('test/golden/manifest.json', (text) => text.replace(/("docs\/schemas\/HoldExpired.v1.json": ")./, '$1x'));
    edit('docs/schemas/HoldExpired.v1.json', (text) => text.replace('"seats"', '"places"'));
    cpSync(path.join(copy, 'docs/schemas/EventRenamed.v1.json'), path.join(copy, 'docs/schemas/EventNamed.v1.json'));
    expect(script('docs.mjs', 'events', '--check', '--root', copy)).toEqual({
      status: 1,
      stdout: '',
      complaints: [
        'docs/events.md is not what the code says: npm run docs:events',
        'docs/schemas/EventRenamed.v1.json is not what the code says: npm run docs:events',
        expect.stringMatching(/^docs\/schemas\/HoldExpired\.v1\.json is what is in logs, and the code says otherwise/),
        'docs/schemas/EventNamed.v1.json is not made from the code',
      ],
    });
  });
});

describe('docs/events.md', () => {
  const source = readFileSync(path.join(root, 'src/domain/booking/events.ts'), 'utf8');
  const docsOf = (text: string): ReadonlyMap<string, string> => {
    const file = path.join(copy, 'events.ts');
    writeFileSync(file, text);
    return eventDocs(file, path.join(root, 'src/application/ports.ts'));
  };

  it('follows the sentences in the code, and their lack is an error', () => {
    expect(docsOf(source).get('docs/events.md')).toBe(readFileSync(path.join(root, 'docs/events.md'), 'utf8'));
    const other = docsOf(source.replace('The event has another title.', 'It is called otherwise.'));
    expect(other.get('docs/events.md')).toContain('| 1 | It is called otherwise. The only change');
    expect(() => docsOf(source.replace('/** Whose it is: an opaque id, never a name. */', ''))).toThrow(
      /userId has no sentence above it/,
    );
    expect(() => docsOf(source.replace('readonly capacity: number', 'readonly places: number'))).toThrow(/capacity/);
  });
});

describe('docs/cli.md', () => {
  it('has every verb there is, with its options and exit codes', () => {
    const program = holdfast('1.2.3');
    expect(cliDocs(program).get('docs/cli.md')).toBe(readFileSync(path.join(root, 'docs/cli.md'), 'utf8'));
    program
      .command('dance')
      .description('a verb of tomorrow')
      .argument('[partner]', 'with whom')
      .requiredOption('--tempo <bpm>', 'how fast')
      .addHelpText('after', '\nExample:\n  holdfast dance ada\n\nExit codes: 0 danced, 7 fell.\n');
    const page = cliDocs(program).get('docs/cli.md');
    expect(page).toContain('| [`holdfast dance`](#holdfast-dance) | a verb of tomorrow | 0 danced, 7 fell |');
    expect(page).toContain('| `[partner]` | with whom |\n| `--tempo <bpm>` | how fast; needed |\n');
    expect(page).toContain('```text not-run: the words of --help\nExample:\n  holdfast dance ada\n```');
  });
});
