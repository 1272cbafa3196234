import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import ts from 'typescript';
import { holdfast } from '../../src/cli/program.js';
import { onServer } from '../support/postgres.js';
import type { Block } from './pages.js';
import { linesOf, type ShellLine } from './shell.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>> };
const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
  paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** What is wrong with a block that is not run, as far as that can be told without running it. `url`: of a database. */
export async function faultsOf(block: Block, url: string): Promise<string[]> {
  switch (block.language) {
    case 'sh':
      return linesOf(block.text).flatMap(faultOfLine);
    case 'json':
      return block.text
        .trim()
        .split(/\n(?=\{)/)
        .flatMap(faultOfJson);
    case 'sql':
      return faultsOfSql(url, block.text);
    case 'js':
    case 'ts':
      return faultsOfScript(block.text);
    default:
      return [`nobody knows how to check ${block.language || 'a block without a language'}`];
  }
}

/** That the verb, the options, the script, the file, the route are there. */
function faultOfLine({ text, words: [program, ...rest] }: ShellLine): string[] {
  const fault = (what: string): string[] => [`${text}: ${what}`];
  if (program === 'npx' && rest[0] === 'holdfast') {
    const why = whyNoCommand(rest.slice(1));
    return why === null ? [] : fault(why);
  }
  if (program === 'npm') {
    const name = rest[0] === 'run' ? rest[1]! : rest[0]!;
    if (scripts[name] === undefined) return fault(`there is no script ${name}`);
    return rest.filter((word) => word.startsWith('test/') && !existsSync(word)).flatMap((word) => fault(`no ${word}`));
  }
  if (program === 'curl') {
    const why = whyNoRoute(rest);
    return why === null ? [] : fault(why);
  }
  return fault('only npx holdfast, npm and curl can be checked');
}

function whyNoCommand(words: readonly string[]): string | null {
  let command: Command = holdfast('0.0.0');
  let left = [...words];
  if (left[0] === '--help') return null;
  while (command.commands.length > 0) {
    const next = command.commands.find((each) => each.name() === left[0]);
    if (next === undefined) return `there is no verb ${left[0] ?? '(none said)'}`;
    command = next;
    left = left.slice(1);
  }
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  const { operands, unknown } = command.parseOptions(left);
  if (unknown.length > 0 && unknown[0] !== '--help') return `there is no ${unknown[0]}`;
  const needed = command.registeredArguments.filter(({ required }) => required).length;
  if (unknown.length > 0 || (operands.length >= needed && operands.length <= command.registeredArguments.length))
    return null;
  return `${operands.length} arguments, and it takes ${command.registeredArguments.length}`;
}

function whyNoRoute(words: readonly string[]): string | null {
  const address = words.find((word) => /^(https?:|\$HOLDFAST|localhost)/.test(word));
  if (address === undefined) return 'it has no address';
  const path = address.replace(/^(https?:\/\/)?[^/]*/, '').split('?')[0]!;
  const has = (flag: string): number => words.indexOf(flag);
  const method = has('-X') >= 0 ? words[has('-X') + 1]! : has('-d') >= 0 ? 'POST' : 'GET';
  const isIt = (pattern: string): boolean => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const known = Object.entries(paths).some(
    ([pattern, all]) => isIt(pattern) && all[method.toLowerCase()] !== undefined,
  );
  return known ? null : `there is no route ${method} ${path}`;
}

function faultOfJson(text: string): string[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** The database plans each statement, and does nothing. */
async function faultsOfSql(url: string, text: string): Promise<string[]> {
  const statements = text.split(/;\s*$/m).filter((statement) => statement.replaceAll(/--.*$/gm, '').trim() !== '');
  return onServer(url, async (client) => {
    const faults: string[] = [];
    for (const statement of statements)
      await client
        .query(`PREPARE example AS ${statement}`)
        .then(() => client.query('DEALLOCATE example'))
        .catch((error: unknown) => faults.push(`${(error as Error).message}: ${statement.trim()}`));
    return faults;
  });
}

function faultsOfScript(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true, fileName: 'example.ts' });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}
