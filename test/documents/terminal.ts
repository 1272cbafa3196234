import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { everyVerb, run } from '../support/cli.js';
import type { Settings } from '../support/processes.js';
import { linesOf, type ShellLine } from './shell.js';

export interface TerminalOptions {
  readonly folder: string;
  /** Addresses as the pages have them, and where they lead here. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Those of the service, for the command line. */
  readonly settings: Settings;
}

/** Programs that are told to go on in the background have begun when they say something. */
const START_TIMEOUT_MS = 10_000;

/** The terminal of somebody who does what a page says: commands, calls, programs of the page, and variables between them. */
export class Terminal {
  private readonly variables = new Map<string, string>();
  private readonly exported = new Set<string>();
  private readonly background: ChildProcess[] = [];
  /** People are slower than the tables. A test is not, and waits for what it has written. */
  private position: string | null = null;

  constructor(private readonly options: TerminalOptions) {}

  /** Does what a block says, and answers what came out otherwise than it says. */
  async type(block: string): Promise<string[]> {
    const faults: string[] = [];
    for (const line of linesOf(block)) {
      const fault = await this.line(line).catch((error: Error) => error.message);
      if (fault !== null) faults.push(`${line.text}: ${fault}`);
    }
    return faults;
  }

  async close(): Promise<void> {
    for (const child of this.background.filter(({ exitCode }) => exitCode === null)) {
      child.kill();
      await once(child, 'exit');
    }
  }

  /** The same text with the addresses of here. */
  here(text: string): string {
    return [...this.options.addresses].reduce((at, [from, to]) => at.replaceAll(from, to), text);
  }

  private async line(line: ShellLine): Promise<string | null> {
    const words = line.words.map((word) => this.filled(word));
    const [program, ...rest] = words;
    if (program === 'curl') return this.call(rest, line);
    if (program === 'jq') return this.keep(line, this.filled(/^<<< "(.*)"$/.exec(line.rest)?.[1] ?? ''));
    if (program === 'node') return rest.at(-1) === '&' ? this.begin(rest.slice(0, -1)) : this.node(rest, line);
    if (program === 'npx' && rest[0] === 'holdfast') return this.holdfast(rest.slice(1), line);
    return 'only npx holdfast, curl, jq and node can be run';
  }

  private async holdfast(words: readonly string[], line: ShellLine): Promise<string | null> {
    const { stdout, stderr, exitCode } = await run(everyVerb, { ...this.options.settings, ...line.settings }, ...words);
    if ((exitCode ?? 0) !== line.exitCode) return `ended with ${exitCode}: ${stdout}${stderr}`;
    if (stdout + stderr === '') return 'printed nothing';
    return this.keep(line, stdout.trim());
  }

  private async call(words: readonly string[], line: ShellLine): Promise<string | null> {
    const after = (flag: string): string[] => words.flatMap((word, n) => (word === flag ? [words[n + 1]!] : []));
    const address = words.find((word) => /^https?:/.test(word))!;
    const [body] = after('-d');
    const headers = new Headers(after('-H').map((header) => header.split(/: (.*)/).slice(0, 2) as [string, string]));
    if (body !== undefined && !headers.has('Content-Type'))
      headers.set('Content-Type', 'application/x-www-form-urlencoded');
    const method = after('-X')[0] ?? (body === undefined ? 'GET' : 'POST');
    if (method === 'GET' && this.position !== null) headers.set('Holdfast-Position', this.position);
    const answer = await fetch(address, { method, headers, ...(body === undefined ? {} : { body }) });
    this.position = answer.headers.get('Holdfast-Position') ?? this.position;
    const text = await answer.text();
    const [status, ...words_] = line.said.split(' ');
    const word = words_.join(' ');
    if (answer.status !== Number(status)) return `${answer.status}, not ${status || 'said'}: ${text}`;
    if (!says(text, word)) return `does not say ${word}: ${text}`;
    return this.keep(line, text);
  }

  private async node(words: readonly string[], line: ShellLine): Promise<string | null> {
    const child = this.spawn(words);
    const said = heard(child);
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === line.exitCode ? this.keep(line, said()) : `ended with ${code}: ${said()}`;
  }

  private async begin(words: readonly string[]): Promise<null> {
    const child = this.spawn(words);
    this.background.push(child);
    await once(child.stdout!, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
    return null;
  }

  private spawn(words: readonly string[]): ChildProcess {
    const env = Object.fromEntries([...this.exported].map((name) => [name, this.variables.get(name)!]));
    return spawn(process.execPath, words, { cwd: this.options.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** For a line that keeps what it gets in a variable: all of it, or one member. */
  private keep({ into, text, words, rest }: ShellLine, value: string): null {
    if (into === null) return null;
    const [, member] = /jq -r \.(\w+)/.exec(words[0] === 'jq' ? words.join(' ') : rest) ?? [];
    this.variables.set(
      into,
      member === undefined ? value : String((JSON.parse(value) as Record<string, unknown>)[member]),
    );
    if (text.startsWith('export ')) this.exported.add(into);
    return null;
  }

  private filled(word: string): string {
    return this.here(word.replaceAll(/\$([A-Z]+)/g, (whole, name: string) => this.variables.get(name) ?? whole));
  }
}

/** A word after the status is a problem's code or a booking's status, or else stands somewhere in the answer. */
function says(text: string, word: string): boolean {
  if (word === '') return true;
  const { code, status } = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return (
    code === word || status === word || (typeof code !== 'string' && typeof status !== 'string' && text.includes(word))
  );
}

function heard(child: ChildProcess): () => string {
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return () => said;
}
