import type { Command } from 'commander';
import { DIFFERS } from './log-told.js';
import { UsageError, withStores } from './open.js';
import { tablesFollow } from './tables-follow.js';

const EXAMPLES = `
Examples:
  holdfast log renew --yes

The last step of every restore, while no process of the service runs: positions that clients got before it are refused
instead of being taken for others. The tables go on with the log where its records are those they were folded from.

Exit codes: 0 the log has another identity and the tables follow it; 3 it has, and the tables are another log's: what to do
is said; 1 it could not be done, or --yes was missing.
`;

/** `holdfast log renew`. */
export function registerLogRenew(log: Command): void {
  log
    .command('renew')
    .description('give a restored log an identity of its own')
    .option('--yes', 'do it: positions and cursors that clients have are no longer good')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ yes, json }: { yes?: true; json?: true }) => {
      if (!yes) throw new UsageError('nothing was changed: say --yes to give the log another identity');
      await withStores(async (opened) => {
        const before = await opened.log.store.identity();
        const logId = await opened.log.renew();
        const tables = await tablesFollow(opened);
        if (tables !== null) process.exitCode = DIFFERS;
        const told = [`log ${logId}, once ${before}`, tables ?? 'the tables follow it'];
        process.stdout.write(
          json
            ? `${JSON.stringify({ ok: tables === null, before, logId, tables }, null, 2)}\n`
            : `${told.join('\n')}\n`,
        );
      });
    });
}
