import type { Command } from 'commander';
import { checkpointStatus, resumeHalted, type CheckpointStatus } from '../../projections/checkpoint.js';
import type { Position } from '../application/ports.js';
import { withStores } from './open.js';

const STATUS_EXAMPLES = `
Examples:
  holdfast projections status
  holdfast projections status --json | jq '.[] | select(.live) | .state'

Exit codes: 0 it is shown, 1 it could not be looked at.
`;

const RESUME_EXAMPLES = `
Example:
  holdfast projections resume

Exit codes: 0 nothing is halted now, 1 it could not be done.
`;

/** `holdfast projections status` and `holdfast projections resume`. */
export function registerProjections(program: Command): void {
  const projections = program.command('projections').description('how far the tables have followed the log');
  projections
    .command('status')
    .description('show each projection: where it stands, where the log ends, whether it halted and why')
    .option('--json', 'as JSON')
    .addHelpText('after', STATUS_EXAMPLES)
    .action(({ json }: { json?: true }) =>
      withStores(async ({ pool, log }) => {
        const head = await log.feed.head();
        const states = (await checkpointStatus(pool)).map((state) => stateOf(state, head));
        process.stdout.write(json ? `${JSON.stringify(states, null, 2)}\n` : table(states));
      }),
    );
  projections
    .command('resume')
    .description('let halted projections try again from the record before which they stand')
    .option('--json', 'as JSON')
    .addHelpText('after', RESUME_EXAMPLES)
    .action(({ json }: { json?: true }) =>
      withStores(async ({ pool }) => {
        const resumed = await resumeHalted(pool);
        const names = resumed.map(({ projection, generation }) => `${projection}, generation ${generation}`);
        const text = names.length === 0 ? 'nothing was halted' : `resumed: ${names.join('; ')}`;
        process.stdout.write(json ? `${JSON.stringify(resumed, null, 2)}\n` : `${text}\n`);
      }),
    );
}

/** Positions as text: they may be larger than what JSON's readers can tell apart. */
interface State {
  readonly projection: string;
  readonly generation: number;
  readonly live: boolean;
  /** `another log`: the tables are ahead of the log, so it is not the one they were folded from. */
  readonly state: 'halted' | 'behind' | 'up to date' | 'another log';
  readonly position: string;
  readonly head: string;
  readonly movedAt: string;
  readonly halt: { readonly [field: string]: string | number } | null;
}

function stateOf({ projection, generation, live, position, movedAt, halt }: CheckpointStatus, head: Position): State {
  return {
    ...{ projection, generation, live },
    state: halt !== null ? 'halted' : position < head ? 'behind' : position > head ? 'another log' : 'up to date',
    position: position.toString(),
    head: head.toString(),
    movedAt: new Date(movedAt).toISOString(),
    halt: halt && { ...halt, position: halt.position.toString(), since: new Date(halt.since).toISOString() },
  };
}

function table(states: readonly State[]): string {
  const rows = states.map(({ projection, generation, live, state, position, head, movedAt }) => [
    ...[projection, `${generation}${live ? ' (live)' : ''}`, state, position, head, movedAt],
  ]);
  const all = [['PROJECTION', 'GENERATION', 'STATE', 'POSITION', 'LOG ENDS AT', 'LAST MOVED'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  for (const { projection, generation, halt } of states)
    if (halt !== null)
      lines.push(
        '',
        `${projection}, generation ${generation}, halted at ${halt['since']} before position ${halt['position']}`,
        `  record  ${halt['stream']}, revision ${halt['revision']}, id ${halt['recordId']}`,
        `  reason  ${halt['reason']}`,
        '  When the cause is gone: holdfast projections resume',
      );
  return `${lines.join('\n')}\n`;
}
