import { InvalidArgumentError, type Command } from 'commander';
import { registerRebuild } from './projections-rebuild.js';
import { registerStanding } from './projections-stand.js';
import { registerList, registerStatus } from './projections-status.js';
import { registerSwitch } from './projections-switch.js';

const EXAMPLES = `
Examples:
  holdfast projections status --watch
  holdfast projections rebuild                     # the next generation, beside the live one, and compare both
  holdfast projections switch --yes                # show it
  holdfast projections rollback --yes              # show the one before again
  holdfast projections drop 1 --yes
  holdfast projections skip 4711 --reason 'written by a version that was withdrawn'

Exit codes: 0 done, 1 it could not be done.
`;

/** `holdfast projections …`: the generations of the tables, and how far each has followed the log. */
export function registerProjections(program: Command): void {
  const projections = program
    .command('projections')
    .description('the tables that are folded from the log: how far they are, make them anew, show others')
    .addHelpText('after', EXAMPLES);
  registerList(projections);
  registerStatus(projections);
  registerRebuild(projections);
  registerSwitch(projections, generationNumber);
  registerStanding(projections, generationNumber);
}

function generationNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected the number of a generation, such as 2.');
  return Number(text);
}
