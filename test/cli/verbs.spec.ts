import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command, CommanderError } from 'commander';
import { cliDocs, epilogueOf, pathOf, verbsBelow } from '../../scripts/docs/cli.js';
import { holdfast } from '../../src/cli/program.js';
import { everyVerb, run } from '../support/cli.js';

const BIN = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
const verbs = verbsBelow(holdfast('1.2.3')).map((verb) => [pathOf(verb), verb] as const);

/** What commander itself prints and ends with, without a process of its own. */
async function parse(...words: string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const printed = { stdout: '', stderr: '' };
  const program = holdfast('1.2.3');
  const tame = (command: Command): void => {
    command.exitOverride().configureOutput({
      writeOut: (text) => (printed.stdout += text),
      writeErr: (text) => (printed.stderr += text),
    });
    command.commands.forEach(tame);
  };
  tame(program);
  const { exitCode } = await program.parseAsync(words, { from: 'user' }).then(
    () => ({ exitCode: 0 }),
    (error: unknown) => error as CommanderError,
  );
  return { ...printed, exitCode };
}

describe.each(verbs)('%s', (path, verb) => {
  it('has a sentence, an example, its exit codes, and can print JSON', () => {
    expect(verb.description()).toMatch(/^[a-z].*[^.]$/);
    expect(epilogueOf(verb)).toMatch(new RegExp(`^Examples?:\\n(.*\\n)*.*\\b${path}\\b`));
    // Said by the verb, or once by the group it is in.
    expect(epilogueOf(verb) + epilogueOf(verb.parent!)).toMatch(/^Exit codes: 0 /m);
    expect(verb.options.map(({ long }) => long)).toContain('--json');
  });

  it('explains itself on standard output, without colours, and refuses a wrong option on standard error', async () => {
    const words = path.split(' ').slice(1);
    const help = await parse(...words, '--help');
    expect(help).toEqual({ stdout: expect.stringContaining(`Usage: ${path}`), stderr: '', exitCode: 0 });
    expect(help.stdout).not.toContain('\u001b');
    const wrong = await parse(...words, '--no-such-option');
    expect(wrong).toEqual({ stdout: '', stderr: expect.stringMatching(/^error: /), exitCode: 1 });
    expect(wrong.stderr).toContain('(add --help for what there is)');
  });
});

it('docs/cli.md has of every verb the exit codes that its help has, to the end of the sentence', () => {
  const table = cliDocs(holdfast('1.2.3')).get('docs/cli.md')!;
  const paragraphOf = (verb: Command): string | undefined =>
    epilogueOf(verb)
      .split('\n\n')
      .find((paragraph) => paragraph.startsWith('Exit codes: '));
  const rows = [...table.matchAll(/^\| \[`(.+)`\].* \| (.+) \|$/gm)].map(([, path, codes]) => [path, codes]);
  const told = verbs.map(([path, verb]) => {
    const paragraph = paragraphOf(verb) ?? paragraphOf(verb.parent!)!;
    return [path, /^Exit codes: (.+)\.$/.exec(paragraph.trim().replaceAll(/\s+/g, ' '))?.[1]];
  });
  expect(rows).toEqual(told);
  // Only two generations can differ, and only there are two compared.
  expect(rows.filter(([, codes]) => codes!.includes('differ')).map(([path]) => path)).toEqual([
    'holdfast projections rebuild',
  ]);
});

it('what writes can be looked at first, and has to be meant', () => {
  const having = (option: string): string[] =>
    verbs.filter(([, { options }]) => options.some(({ long }) => long === option)).map(([path]) => path);
  const [looking, meaning] = [having('--dry-run'), having('--yes')];
  // An import goes into an empty log only; of a log that gets another identity there is nothing to look at.
  expect(looking.filter((path) => !meaning.includes(path))).toEqual(['holdfast log import']);
  expect(meaning.filter((path) => !looking.includes(path))).toEqual(['holdfast log renew']);
  const projections = ['rebuild', 'switch', 'rollback', 'drop', 'pause', 'resume', 'skip'];
  expect(looking.filter((path) => meaning.includes(path))).toEqual([
    ...projections.map((verb) => `holdfast projections ${verb}`),
    ...['holdfast users erase', 'holdfast events import', 'holdfast webhooks replay'],
  ]);
});

it.each([
  'projections switch',
  'projections rollback',
  'projections drop 1',
  'projections skip 1 --reason why',
  'users erase ada',
  'log renew',
])('%s opens nothing before it is meant', async (words) => {
  const away = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  await expect(run(everyVerb, away, ...words.split(' '))).rejects.toThrow(/\b[Ss]ay --yes/);
});

it('the command itself prints data and complaints apart, plain where there is no terminal', () => {
  const start = (...words: string[]) =>
    spawnSync(process.execPath, [BIN, ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', CONNECT_TIMEOUT_MS: '500' },
    });
  const doctor = start('doctor');
  expect(doctor).toMatchObject({ status: 1, stderr: '' });
  expect(doctor.stdout).toMatch(/^unknown {2}database +cannot be reached: .*\n +→ See that the server runs/);
  expect(doctor.stdout).not.toContain('\u001b');
  const none = start('events', 'import', 'none.csv', '--by', 'ann');
  expect(none).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'none.csv: expected a file that is there, not a folder or a pipe\n',
  });
});
