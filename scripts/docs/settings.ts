import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { examineSettings } from '../../src/infrastructure/config.js';
import { settingOf } from '../../src/infrastructure/limits.js';
import type { Question } from '../../src/infrastructure/settings.js';

const CONFIG = ['src/infrastructure/config.ts', 'src/infrastructure/auth-config.ts'];
const LIMITS = 'src/infrastructure/limits.ts';

/**
 * `docs/settings.md` and `.env.example`. What is asked for, with its default and its range, is what the service itself
 * asks of an empty environment; what it is for is the doc comment where it is asked. Throws when there is none.
 */
export function settingsDocs(): ReadonlyMap<string, string> {
  const { questions } = examineSettings({});
  const config = new Map(CONFIG.flatMap((file) => [...meaningsIn(file, askedIn)]));
  const limits = meaningsIn(LIMITS, limitIn);
  const told = questions.map((question) => {
    const meaning = config.get(question.name) ?? limits.get(question.name);
    if (meaning === undefined) throw new Error(`${question.name} has no doc comment where it is asked for`);
    return { ...question, meaning, isLimit: !config.has(question.name) };
  });
  const groups: readonly Group[] = [
    { title: 'Settings', settings: told.filter(({ isLimit }) => !isLimit) },
    { title: 'Bounds and time-outs', settings: told.filter(({ isLimit }) => isLimit) },
  ];
  return new Map([
    ['docs/settings.md', `${[INTRODUCTION, ...groups.map(section)].join('\n\n')}\n`],
    ['.env.example', `${[EXAMPLE, ...groups.map(example)].join('\n\n')}\n`],
  ]);
}

interface Told extends Question {
  readonly meaning: string;
}

interface Group {
  readonly title: string;
  readonly settings: readonly Told[];
}

const section = ({ title, settings }: Group): string =>
  [`## ${title}`, '', '| name | default | expected | |', '|---|---|---|---|', ...settings.map(row)].join('\n');

function row({ name, fallback, expected, kind, meaning }: Told): string {
  const usual = fallback === null ? 'unset' : `\`${fallback}\``;
  return `| \`${name}\` | ${usual} | ${cell(inUnit(name, expected))} | ${cell(meaning)}${kind === 'secret' ? ' Secret.' : ''} |`;
}

const example = ({ title, settings }: Group): string =>
  [
    `# ${title}`,
    ...settings.map((setting) => `\n${comment(setting)}\n#${setting.name}=${setting.fallback ?? ''}`),
  ].join('\n');

const comment = ({ name, expected, meaning }: Told): string =>
  `# ${meaning.replaceAll('`', '')}\n# Expected: ${inUnit(name, expected)}.`;

/** By the ending of the name. */
const UNITS: Readonly<Record<string, string>> = {
  MS: 'milliseconds',
  MIB: 'MiB',
  BYTES: 'bytes',
  SECONDS: 'seconds',
  DAYS: 'days',
};

function inUnit(name: string, expected: string): string {
  const unit = UNITS[name.slice(name.lastIndexOf('_') + 1)];
  return unit === undefined ? expected : `${expected} (${unit})`;
}

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');

/** The settings of a source file by name, each with the doc comment above the statement or property that asks for it. */
function meaningsIn(file: string, nameIn: (node: ts.Node) => string | null): ReadonlyMap<string, string> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
  const found = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    const name = nameIn(node);
    const meaning = name === null ? null : docAbove(node);
    if (name !== null && meaning !== null && !found.has(name)) found.set(name, meaning);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `settings.integer('PORT', …)` and its like. */
function askedIn(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  const [first] = node.arguments;
  if (node.expression.expression.getText() !== 'settings' || first === undefined) return null;
  return ts.isStringLiteral(first) ? first.text : null;
}

/** `appendTimeoutMs: [2_000, 1, 60_000]`. */
function limitIn(node: ts.Node): string | null {
  const isLimit = ts.isPropertyAssignment(node) && ts.isArrayLiteralExpression(node.initializer);
  return isLimit ? settingOf(node.name.getText()) : null;
}

/** Null where there is none. */
function docAbove(node: ts.Node): string | null {
  let holder = node;
  while (!ts.isPropertyAssignment(holder) && !ts.isStatement(holder)) holder = holder.parent;
  const text = holder.getSourceFile().text;
  const comment = ts.getLeadingCommentRanges(text, holder.getFullStart())?.at(-1);
  const doc = comment === undefined ? '' : text.slice(comment.pos, comment.end);
  if (!doc.startsWith('/**')) return null;
  return doc
    .slice(3, -2)
    .replaceAll(/\s*\n\s*\*\s*/g, ' ')
    .trim();
}

const INTRODUCTION = `# Settings

<!-- Made by \`npm run docs:settings\` from src/infrastructure/config.ts, auth-config.ts and limits.ts. -->

Read once, from the environment, by the service, the projector and \`holdfast\` alike. An empty value means unset. A bad value, or
an unknown name that begins with \`AUTH_\`, stops the start: every such name is told at once with what was expected, and no
value. \`npx holdfast config\` shows what is in force and where it comes from, secrets masked. \`.env.example\` has all of this as
a file to begin with:

\`\`\`sh not-run: sets variables of your shell
cp .env.example .env            # then take the "#" away where you want something else
set -a; . ./.env; set +a
npm start
\`\`\`

Without any \`AUTH_\` setting the service runs on loopback and outside production only, with a secret that it makes itself
(\`DATA_DIR/secret\`).`;

const EXAMPLE = `# Settings of Holdfast, with their defaults. Made by "npm run docs:settings"; docs/settings.md says the same as a table.
# Nothing reads this file by itself: set -a; . ./.env; set +a`;
