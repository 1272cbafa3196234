import { statSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { RULES } from '../infrastructure/http/fields.js';
import { decidingOver } from './deciding.js';
import { Import } from './events/import.js';
import { FORMATS, type Format } from './events/rows.js';
import { UsageError, withStores } from './open.js';
import { progressBar } from './progress.js';
import { painter } from './terminal.js';

/** A line is bad; 1 is that it could not be done. */
const DIFFERS = 3;
const NOT_DONE = 1;
const LINES = 200;

const EXAMPLES = `
Examples:
  holdfast events import season.csv --by planner-2 --dry-run
  holdfast events import season.csv --by planner-2 --yes
  holdfast events import shows.ndjson --by planner-2 --yes --partial --json | jq .problems

The fields and their rules are those of POST /v1/events; eventId, title and startsAt are needed. NDJSON is one object a
line. CSV has the names of the fields in its first line; an empty cell is as good as none:

  eventId,title,startsAt,capacity,timeZone
  gala-1,Gala,2027-03-01T18:00:00+01:00,120,Europe/Berlin

Every line is looked at before anything is written, and nothing is written while one is bad, unless --partial. An event
that is there with the same content is left as it is, so the same file may be imported again, also after a crash.

Exit codes: 0 every line is an event now (--dry-run: could be), 3 a line is bad or its eventId has other content, 1 it
could not be done, or --yes was missing.
`;

interface Options {
  readonly by: string;
  readonly format?: Format;
  readonly partial?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `holdfast events import`. */
export function registerEvents(program: Command): void {
  const events = program.command('events').description('what can be booked');
  events
    .command('import')
    .description('schedule the events of a file, each once, however often it is imported')
    .argument('<file>', 'NDJSON or CSV')
    .requiredOption(
      '--by <id>',
      'who puts them up, as an opaque id: it stays in the log; system: is the service itself',
    )
    .addOption(new Option('--format <format>', 'what the file is; by its name unless said').choices(FORMATS))
    .option('--partial', 'write the good lines although there are bad ones')
    .option('--dry-run', 'look at every line and say what would be done')
    .option('--yes', 'write: what is in the log stays there')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(importEvents);
}

async function importEvents(file: string, options: Options): Promise<void> {
  const { by, dryRun, yes } = options;
  if (!RULES.userId.test(by)) throw new UsageError(`--by: expected ${RULES.userId.expected}`);
  const format = options.format ?? formatOf(file);
  const bytes = sizeOf(file);
  await withStores(async (opened) => {
    const deciding = await decidingOver(opened);
    const ports = { ...deciding, transact: deciding.desk(opened.config.locking) };
    const bar = progressBar(dryRun || !yes ? 'look' : 'look and write', dryRun || !yes ? bytes : 2 * bytes);
    const correlationId = ports.ids.next();
    const source = { file, format, onBytes: bar.step };
    const work = new Import(ports, source, { caller: by, correlationId });
    try {
      await work.look();
      if (yes && !dryRun && (work.bad === 0 || options.partial)) await work.write();
      await ports.transact.drain();
    } finally {
      bar.end();
    }
    tell(work, { file, format, correlationId }, options);
  });
}

function formatOf(file: string): Format {
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(file)) return 'ndjson';
  throw new UsageError(
    `${file}: expected a name that ends in .csv, .ndjson or .jsonl, or --format ${FORMATS.join('|')}`,
  );
}

/** It is read twice, so it cannot be a pipe. */
function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw new UsageError(`${file}: expected a file that is there, not a folder or a pipe`);
  return found.size;
}

function tell(
  { lines, fresh, alreadyThere, scheduled, bad, problems, stopped }: Import,
  about: { readonly file: string; readonly format: Format; readonly correlationId: string },
  { by, dryRun, yes, partial, json }: Options,
): void {
  const isLookOnly = dryRun === true || yes !== true;
  if (stopped !== null) process.exitCode = NOT_DONE;
  else if (bad > 0) process.exitCode = DIFFERS;
  else if (isLookOnly && !dryRun) process.exitCode = NOT_DONE;
  const isOk = bad === 0 && stopped === null;
  if (json) {
    const told = {
      ok: isOk,
      ...about,
      by,
      dryRun: isLookOnly,
      partial: partial === true,
      lines,
      fresh: fresh.size,
      scheduled,
    };
    process.stdout.write(`${JSON.stringify({ ...told, alreadyThere, bad, stopped, problems }, null, 2)}\n`);
  } else {
    const paint = painter();
    const shown = problems
      .slice(0, LINES)
      .map(
        ({ line, eventId, field, expected }) =>
          `${paint('red', `line ${line}`)}${eventId === null ? '' : ` (${eventId})`}: ${field === '' ? '' : `${field}: `}expected ${expected}`,
      );
    const more =
      bad > 0 && problems.length > LINES ? [`and ${problems.length - LINES} more; --json has 1,000 of them`] : [];
    const did = isLookOnly ? `${fresh.size} would be scheduled` : `${scheduled} scheduled`;
    const sum = `${about.file}: ${lines} events: ${did}, ${alreadyThere} already there, ${bad} bad`;
    process.stdout.write(`${[...shown, ...more, isOk ? paint('green', sum) : sum].join('\n')}\n`);
  }
  if (stopped !== null)
    process.stderr.write(`Stopped at ${stopped}\nImport the same file again: what is there is left as it is.\n`);
  else if (!isLookOnly && bad > 0 && !partial && scheduled === 0)
    process.stderr.write('Nothing was written: mend the lines, or say --partial.\n');
  else if (isLookOnly && !dryRun)
    process.stderr.write('Nothing was written: say --yes to write, or --dry-run to look.\n');
}
