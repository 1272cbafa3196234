/** One command of a block of shell, as far as documents use the shell. */
export interface ShellLine {
  readonly text: string;
  /** `NAME=$(…)` before it, or null. */
  readonly into: string | null;
  /** `NAME=value` before it. */
  readonly settings: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** It goes on with a pipe or into a file. */
  readonly isPiped: boolean;
  /** What follows its words: a pipe, or where it reads from. */
  readonly rest: string;
  /** What `# → …` below it says that comes of it; empty: nothing is said. */
  readonly said: string;
  /** The exit code said by `# → exit N` below it; 0 unless said. */
  readonly exitCode: number;
}

const WORD = /(?:'[^']*'|"[^"]*"|[^\s'"|<>#][^\s'"|<>]*)+/y;

/** The commands of a block: comments are left out, continued lines are one. */
export function linesOf(text: string): ShellLine[] {
  const joined = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return joined.flatMap((line, n) => {
    if (/^\s*(#|$)/.test(line)) return [];
    return [shellLine(line.trim(), /^\s*# → (.*)/.exec(joined[n + 1] ?? '')?.[1] ?? '')];
  });
}

function shellLine(text: string, said: string): ShellLine {
  const captured = /^(?:export )?(\w+)=\$\((.*)\)(?: +#.*)?$/.exec(text);
  const { words, rest } = wordsOf(captured?.[2] ?? text);
  const settings: Record<string, string> = {};
  while (/^[A-Z_]+=/.test(words[0] ?? '')) {
    const [name = '', value = ''] = words.shift()!.split(/=(.*)/s);
    settings[name] = value;
  }
  const exitCode = Number(/^exit (\d+)/.exec(said)?.[1] ?? 0);
  const into = captured?.[1] ?? null;
  return { text, into, settings, words, isPiped: /^[|<>]/.test(rest), rest, said, exitCode };
}

function wordsOf(text: string): { words: string[]; rest: string } {
  const words: string[] = [];
  for (let at = 0; ;) {
    while (text[at] === ' ') at += 1;
    WORD.lastIndex = at;
    const found = WORD.exec(text);
    if (found === null) return { words, rest: text.slice(at) };
    words.push(found[0].replaceAll(/'([^']*)'|"([^"]*)"/g, (_, one?: string, two?: string) => one ?? two ?? ''));
    at = WORD.lastIndex;
  }
}
