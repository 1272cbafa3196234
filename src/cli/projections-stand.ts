import { InvalidArgumentError, type Command } from 'commander';
import { OPERATION, pause, resume, skipRecord } from '../../projections/operate.js';
import { SystemTime, UNCOMPARED } from '../infrastructure/time.js';
import { consent, operatorName, writes, type WriteOptions } from './consent.js';
import { withStores } from './open.js';

const time = new SystemTime(UNCOMPARED);

interface StandOptions extends WriteOptions {
  readonly generation?: number;
  readonly by: string;
  readonly reason?: string;
}

/** `holdfast projections pause`, `resume` and `skip`. */
export function registerStanding(projections: Command, generationNumber: (text: string) => number): void {
  const which = (command: Command): Command =>
    command.option('--generation <number>', 'which; all unless said', generationNumber);
  const who = (command: Command): Command => command.option('--by <name>', 'who decides', name, operatorName());

  who(which(writes(projections.command('pause'))))
    .description(
      'have the projectors stand still, between two batches, until resume; writes go on, readers see no more of them',
    )
    .option('--reason <text>', 'why', sentence)
    .addHelpText('after', `\nExample:\n  holdfast projections pause --reason 'moving to other disks'\n`)
    .action((options: StandOptions) =>
      withStores(async ({ pool }) => {
        const { generation = null, by, reason = null } = options;
        const isDry = options.dryRun ?? false;
        const operation = { ...OPERATION, isDry };
        const paused = await pause({ pool, time }, operation, generation, { by, reason });
        const text =
          paused.length === 0 ? 'nothing is running' : `${done(isDry, 'paused')}: generation ${paused.join(', ')}`;
        const json = paused.map((each) => ({ projection: 'bookings', generation: each }));
        process.stdout.write(options.json ? `${JSON.stringify(json, null, 2)}\n` : `${text}\n`);
      }),
    );
  which(writes(projections.command('resume')))
    .description('let paused projectors go on, and halted ones try again from the record before which they stand')
    .addHelpText('after', '\nExample:\n  holdfast projections resume\n')
    .action((options: StandOptions) =>
      withStores(async ({ pool }) => {
        const isDry = options.dryRun ?? false;
        const operation = { ...OPERATION, isDry };
        const resumed = await resume({ pool, time }, operation, options.generation ?? null);
        const names = resumed.map(({ projection, generation }) => `${projection}, generation ${generation}`);
        const text = names.length === 0 ? 'nothing was halted' : `${done(isDry, 'resumed')}: ${names.join('; ')}`;
        process.stdout.write(options.json ? `${JSON.stringify(resumed, null, 2)}\n` : `${text}\n`);
      }),
    );
  who(writes(projections.command('skip')))
    .description('leave out the record before which a projector is halted, in this and every later fold')
    .argument('<position>', 'where it stands in the log: status shows it', position)
    .requiredOption('--reason <text>', 'why; kept with your name', sentence)
    .addHelpText(
      'after',
      `\nExample:\n  holdfast projections skip 4711 --reason 'written by a version that was withdrawn'\n`,
    )
    .action(async (at: bigint, options: StandOptions & { readonly reason: string }) => {
      await consent(`Leave out position ${at} in every fold, for ever?`, options);
      await withStores(async ({ pool }) => {
        const isDry = options.dryRun ?? false;
        const { by, reason } = options;
        const skipped = await skipRecord({ pool, time }, { ...OPERATION, isDry }, at, { by, reason });
        const { stream, revision, recordId, haltReason, generations } = skipped;
        const json = {
          dryRun: isDry,
          position: `${at}`,
          stream,
          revision,
          recordId,
          haltReason,
          by,
          reason,
          generations,
        };
        process.stdout.write(
          options.json
            ? `${JSON.stringify(json, null, 2)}\n`
            : `position ${at}, ${stream}, revision ${revision}, ${isDry ? 'would be' : 'is'} left out; ` +
                `${done(isDry, 'resumed')}: generation ${generations.join(', ')}\n`,
        );
      });
    });
}

const done = (isDry: boolean, what: string): string => (isDry ? `would be ${what}` : what);

function position(text: string): bigint {
  if (!/^[1-9]\d{0,18}$/.test(text)) throw new InvalidArgumentError('Expected a position in the log, such as 4711.');
  return BigInt(text);
}

/** What is kept for good should be readable. */
function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 500 || /\p{Cc}/u.test(trimmed))
    throw new InvalidArgumentError('Expected 1 to 500 characters on one line.');
  return trimmed;
}

function name(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 128 || /\p{Cc}/u.test(trimmed))
    throw new InvalidArgumentError('Expected a name of 1 to 128 characters.');
  return trimmed;
}
