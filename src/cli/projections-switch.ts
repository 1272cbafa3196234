import type { Command } from 'commander';
import { OPERATION, type Operation } from '../../projections/operate.js';
import { dropGeneration, rollBack, switchTo, type Switched } from '../../projections/switch.js';
import type { StoreConfig } from '../infrastructure/config.js';
import { SystemTime, UNCOMPARED } from '../infrastructure/time.js';
import { consent, writes, type WriteOptions } from './consent.js';
import { withStores } from './open.js';

const time = new SystemTime(UNCOMPARED);

/** `holdfast projections switch`, `rollback` and `drop`. */
export function registerSwitch(projections: Command, generationNumber: (text: string) => number): void {
  writes(projections.command('switch'))
    .description('show a generation that was rebuilt, in one transaction; refused while it is behind the live one')
    .argument('[generation]', 'which; the one that is not live, if there is one only', generationNumber)
    .addHelpText('after', '\nExample:\n  holdfast projections switch --yes\n')
    .action(async (generation: number | undefined, options: WriteOptions) => {
      const which = generation === undefined ? 'the generation that was rebuilt' : `generation ${generation}`;
      await consent(`Show ${which} to all readers?`, options);
      await withStores(async ({ pool, config }) => {
        const operation = operationOf(options, config);
        tell(await switchTo({ pool, time }, operation, generation ?? null), options);
      });
    });
  writes(projections.command('rollback'))
    .description(
      'show the generation again that was live before; it was fed meanwhile, so no reader steps back in time',
    )
    .addHelpText('after', '\nExample:\n  holdfast projections rollback --yes\n')
    .action(async (options: WriteOptions) => {
      await consent('Show the generation that was live before to all readers again?', options);
      await withStores(async ({ pool, config }) => {
        const operation = operationOf(options, config);
        tell(await rollBack({ pool, time }, operation), options);
      });
    });
  writes(projections.command('drop'))
    .description('delete the tables of a generation that is not live')
    .argument('<generation>', 'which', generationNumber)
    .addHelpText('after', '\nExample:\n  holdfast projections drop 1 --yes\n')
    .action(async (generation: number, options: WriteOptions) => {
      await consent(`Delete generation ${generation}?`, options);
      await withStores(async ({ pool }) => {
        const isDry = options.dryRun ?? false;
        const dropped = await dropGeneration({ pool, time }, { ...OPERATION, isDry }, generation);
        const position = dropped.position.toString();
        const said = isDry ? 'would be dropped' : 'is dropped';
        const json = { dryRun: isDry, generation, position };
        process.stdout.write(
          options.json
            ? `${JSON.stringify(json, null, 2)}\n`
            : `generation ${generation}, folded up to position ${position}, ${said}\n`,
        );
      });
    });
}

const operationOf = ({ dryRun }: WriteOptions, { limits }: Pick<StoreConfig, 'limits'>): Operation => ({
  ...OPERATION,
  isDry: dryRun ?? false,
  followMs: limits.projectorStandbyMs,
});

function tell({ from, to, position, positionBefore }: Switched, { json, dryRun }: WriteOptions): void {
  const said = dryRun ? 'would be shown' : 'is shown';
  const told = { dryRun: dryRun ?? false, from, to, position: `${position}`, positionBefore: `${positionBefore}` };
  process.stdout.write(
    json
      ? `${JSON.stringify(told, null, 2)}\n`
      : `generation ${to} ${said}, at position ${position}; before it was generation ${from}, at ${positionBefore}\n`,
  );
}
