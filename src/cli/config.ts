import type { Command } from 'commander';
import { examineSettings } from '../infrastructure/config.js';
import type { Question } from '../infrastructure/settings.js';
import { painter } from './terminal.js';

/** Some setting is not as it should be. */
const DIFFERS = 3;
const MASK = '***';

const EXAMPLES = `
Examples:
  holdfast config
  holdfast config --json | jq '.settings[] | select(.origin == "environment")'

Nothing is opened or written. Of secrets it is told that they are set, of addresses neither user nor options. What each
setting is for: docs/settings.md.

Exit codes: 0 the service would start with these, 3 some are refused: it is told which, and what was expected.
`;

/** `holdfast config`: every setting as the service would take it now, and where that comes from. */
export function registerConfig(program: Command): void {
  program
    .command('config')
    .description('show every setting as it is in force, and where that comes from')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(({ json }: { json?: true }) => {
      const { questions, problems } = examineSettings(process.env);
      const refused = new Set(problems.map(({ name }) => name));
      const settings = questions.map((question) => toldOf(question, refused.has(question.name)));
      const ok = problems.length === 0;
      process.stdout.write(json ? `${JSON.stringify({ ok, settings, problems }, null, 2)}\n` : table(settings));
      for (const { name, expected } of problems) process.stderr.write(`${name}: expected ${expected}\n`);
      if (!ok) process.exitCode = DIFFERS;
    });
}

interface Told {
  readonly name: string;
  /** Null: unset, or refused. */
  readonly value: string | null;
  readonly origin: 'default' | 'environment';
  readonly default: string | null;
  readonly expected: string;
  readonly refused: boolean;
}

function toldOf({ name, value, fallback, expected, kind }: Question, refused: boolean): Told {
  const shown = value === null ? fallback : kind === 'secret' ? MASK : kind === 'url' ? masked(value) : value;
  const origin = value === null ? 'default' : 'environment';
  // What was refused may be a secret that was put in the wrong place.
  return { name, value: refused && value !== null ? null : shown, origin, default: fallback, expected, refused };
}

/** Whom to log in as goes, up to the last "@" wherever it stands, and so do the options, which may name passwords. */
function masked(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z0-9+]*:\/\/)?(.*)$/is.exec(url) ?? [];
  const at = rest.lastIndexOf('@');
  const address = rest.slice(at + 1).replace(/[?#].*$/s, `?${MASK}`);
  return `${scheme}${at < 0 ? '' : `${MASK}@`}${address}`;
}

function table(settings: readonly Told[]): string {
  const paint = painter();
  const widest = Math.max(...settings.map(({ name }) => name.length));
  const lines = settings.map(({ name, value, origin, refused }) => {
    const shown = refused ? paint('red', 'refused') : (value ?? paint('dim', 'unset'));
    return `${name.padEnd(widest)}  ${origin === 'default' ? paint('dim', 'default    ') : paint('cyan', 'environment')}  ${shown}`;
  });
  return `${lines.join('\n')}\n`;
}
