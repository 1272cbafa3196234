import type { Command } from 'commander';
import type { Erasure } from '../application/ports.js';
import { RULES } from '../infrastructure/http/fields.js';
import { PostgresProfiles } from '../infrastructure/people/profiles.js';
import { UsageError, withStores } from './open.js';

const CLI = 'system:cli';

const EXAMPLES = `
Examples:
  holdfast users erase ada --dry-run            # whether there is a profile; changes nothing
  holdfast users erase ada --yes --by officer-7

Deletes name and e-mail, and records that it was done, when and by whom. The log, and every table made from it, stay as
they are: they know the id and nothing else of a person. What this does not reach: docs/people.md.

Exit codes: 0 nothing is known of that user now, 1 it could not be done, or --yes was missing.
`;

interface Options {
  readonly by: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `holdfast users erase`. */
export function registerUsers(program: Command): void {
  const users = program.command('users').description('what is known of people');
  users
    .command('erase')
    .description('forget a person: delete the profile, and record that it was deleted')
    .argument('<userId>', 'the opaque id, as bookings show it')
    .option('--by <id>', 'who erases, as an opaque id', CLI)
    .option('--yes', 'do it: it cannot be undone')
    .option('--dry-run', 'only say whether there is something to erase')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(erase);
}

async function erase(userId: string, { by, yes, dryRun, json }: Options): Promise<void> {
  if (!RULES.userId.test(userId)) throw new UsageError(`<userId>: expected ${RULES.userId.expected}`);
  if (by !== CLI && !RULES.userId.test(by)) throw new UsageError(`--by: expected ${RULES.userId.expected}`);
  if (!yes && !dryRun)
    throw new UsageError('nothing was erased: say --yes to erase, which cannot be undone, or --dry-run to look');
  await withStores(async ({ pool }) => {
    const profiles = new PostgresProfiles(pool);
    const told = dryRun
      ? { userId, dryRun, hadProfile: (await profiles.find(userId)) !== null, erased: false, lastErasure: null }
      : toldOf(userId, await profiles.erase(userId, by));
    process.stdout.write(json ? `${JSON.stringify(told, null, 2)}\n` : `${sentence(told)}\n`);
  });
}

const toldOf = (userId: string, { isErased, last }: Awaited<ReturnType<PostgresProfiles['erase']>>): Told => ({
  ...{ userId, dryRun: false, hadProfile: isErased, erased: isErased, lastErasure: last && shown(last) },
});

const shown = ({ erasedAt, erasedBy }: Erasure) => ({ erasedAt: new Date(erasedAt).toISOString(), erasedBy });

function sentence({ userId, hadProfile, erased, dryRun, lastErasure }: Told): string {
  if (erased) return `${userId}: the profile is erased; backups from before still have it`;
  if (dryRun && hadProfile) return `${userId}: there is a profile, and --yes would erase it`;
  const before = lastErasure === null ? '' : `; erased ${lastErasure.erasedAt} by ${lastErasure.erasedBy}`;
  return `${userId}: there is no profile${before}`;
}

interface Told {
  readonly userId: string;
  readonly hadProfile: boolean;
  readonly erased: boolean;
  readonly dryRun: boolean;
  readonly lastErasure: ReturnType<typeof shown> | null;
}
