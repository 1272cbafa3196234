import { userInfo } from 'node:os';
import type { Argument, Command, Option } from 'commander';
import { holdfast } from '../../src/cli/program.js';

/** `docs/cli.md`, from the command's own definitions: whatever verbs there are. */
export function cliDocs(program: Command = holdfast('0.0.0')): ReadonlyMap<string, string> {
  const verbs = verbsBelow(program);
  const rows = verbs.map(
    (verb) =>
      `| [\`${pathOf(verb)}\`](#${anchorOf(verb)}) | ${cell(verb.description())} | ${cell(exitCodesOf(verb))} |`,
  );
  const table = ['| verb | does | exit codes |', '|---|---|---|', ...rows].join('\n');
  return new Map([['docs/cli.md', `${[introduction(verbs), table, ...verbs.map(section)].join('\n\n')}\n`]]);
}

/** The commands that do something, in the order in which the help has them. */
export function verbsBelow(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(verbsBelow);
}

export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** What follows the options in the help of a command: examples, exit codes. */
export function epilogueOf(command: Command): string {
  let help = '';
  const before = command.configureOutput();
  command.configureOutput({ writeOut: (text) => (help += text), getOutHasColors: () => false });
  command.outputHelp();
  command.configureOutput(before);
  return help.slice(help.indexOf(command.helpInformation()) + command.helpInformation().length).trim();
}

/** A paragraph of the help, over as many lines as it takes. */
const EXIT_CODES = /^Exit codes: ((?:.+\n?)+)/m;

/** As its own help says, or else that of the group it is in. */
function exitCodesOf(command: Command): string {
  const told = EXIT_CODES.exec(epilogueOf(command))?.[1];
  if (told !== undefined) return told.replaceAll(/\s+/g, ' ').replace(/\. ?$/, '');
  return command.parent === null ? '0 done, 1 it could not be done' : exitCodesOf(command.parent);
}

function section(verb: Command): string {
  const usage = `${pathOf(verb)} ${verb.usage()}`.trim();
  const rows = [
    ...verb.registeredArguments.map((argument) => row(termOf(argument), argument)),
    ...verb.options.map((option) => row(`\`${option.flags}\``, option)),
  ];
  const table = ['| | |', '|---|---|', ...rows].join('\n');
  const epilogue = epilogueOf(verb).replace(EXIT_CODES, '').trim();
  const details = epilogue === '' ? '' : `\n\n\`\`\`text not-run: the words of --help\n${epilogue}\n\`\`\``;
  return `## ${pathOf(verb)}\n\n${sentence(verb.description())}\n\n\`${usage}\`\n\n${table}${details}`;
}

const termOf = (argument: Argument): string =>
  argument.required ? `\`<${argument.name()}>\`` : `\`[${argument.name()}]\``;

function row(term: string, { description, defaultValue, defaultValueDescription, ...rest }: Argument | Option): string {
  const notes = [
    ...('mandatory' in rest && rest.mandatory ? ['needed'] : []),
    ...(rest.argChoices === undefined ? [] : [rest.argChoices.join(' or ')]),
    ...(defaultValue === undefined ? [] : [`unless said: ${defaultValueDescription ?? shown(defaultValue)}`]),
  ];
  return `| ${term} | ${cell([description, ...notes].join('; '))} |`;
}

/** A default that is whoever sits here is not the same on the next machine. */
function shown(value: unknown): string {
  return value === userInfo().username ? 'the name of whoever runs it' : `\`${String(value)}\``;
}

const anchorOf = (command: Command): string => pathOf(command).replaceAll(' ', '-');
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');

/** Which verbs have an option; a group is named once. */
function having(verbs: readonly Command[], option: string): string {
  const found = verbs.filter(({ options }) => options.some(({ long }) => long === option));
  const named = found.map((verb, n) =>
    found[n - 1]?.parent === verb.parent ? verb.name() : pathOf(verb).replace(/^\S+ /, ''),
  );
  return named.map((name) => `\`${name}\``).join(', ');
}

const introduction = (verbs: readonly Command[]): string => `# The command line

<!-- Made by \`npm run docs:cli\` from the command's own definitions in src/cli. -->

\`npx holdfast <verb>\`, or \`node bin/holdfast.mjs <verb>\`, reads the same settings from the environment as the service
(docs/settings.md). \`--help\` after any verb tells its options, with examples.

- What was asked for goes to standard output; progress, questions and complaints go to standard error.
- \`--json\` prints one JSON document instead of text. Positions are text in it: they may be larger than JSON's numbers.
- Colours and progress bars are for terminals only. \`NO_COLOR=1\` turns colours off, \`FORCE_COLOR=1\` on.
- \`--dry-run\` does everything but write, and says what would be done. There for ${having(verbs, '--dry-run')}.
- \`--yes\` says that it is meant. There for ${having(verbs, '--yes')}. Without it
  \`projections switch\`, \`rollback\`, \`drop\` and \`skip\`, and \`webhooks replay --from\`, ask on the terminal, and end with 1 where there is none;
  \`users erase\`, \`events import\` and \`log renew\` write nothing and end with 1; the others do not ask.
- What has no \`--yes\` writes when it is run: \`log import\`, \`verify --repair\`, \`migrate\`, \`webhooks enable\`, \`rehearse\`, and \`backup\`,
  \`log export\`, \`log seal\` and \`log key\`, which write files. \`verify\` without \`--repair\` and \`migrate --check\` only look.
- Ctrl-C and SIGTERM end a command in order: an embedded Postgres that nobody else uses is stopped, half a file is taken away. So it is
  where standard output is closed, as by \`head\`, or full; then the exit code is 1.
- Exit codes: **0** done, and all is well; **1** it could not be done or looked at, a wrong option included; **3** it was
  looked at and something is not as it should be.`;
