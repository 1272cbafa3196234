import { Command } from 'commander';
import { makeWay } from '../infrastructure/make-way.js';
import { withEachSession } from '../infrastructure/postgres/pool.js';
import { registerAudit } from './audit.js';
import { registerBackup } from './backup.js';
import { registerConfig } from './config.js';
import { registerDoctor } from './doctor.js';
import { registerEvents } from './events.js';
import { registerLog } from './log.js';
import { registerMigrate } from './migrate.js';
import { registerProjections } from './projections.js';
import { registerRehearse } from './rehearse.js';
import { registerToken } from './token.js';
import { registerUsers } from './users.js';
import { registerVerify } from './verify.js';
import { registerWebhooks } from './webhooks.js';

/** The `holdfast` command with every verb that there is. `docs/cli.md` is made from it. */
export function holdfast(version: string): Command {
  const program = new Command('holdfast')
    .description('An event-sourced booking service that cannot double-book.')
    .version(version)
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText('after', EXAMPLES)
    // Here and not with the verb: it is for the whole process, and cannot be taken back.
    .hook('preAction', (_program, verb) => {
      if (verb.name() === 'rebuild') withEachSession(makeWay);
    });
  registerToken(program);
  registerProjections(program);
  registerAudit(program);
  registerLog(program);
  registerBackup(program);
  registerVerify(program);
  registerUsers(program);
  registerDoctor(program);
  registerConfig(program);
  registerMigrate(program);
  registerEvents(program);
  registerWebhooks(program);
  registerRehearse(program);
  return program;
}

const EXAMPLES = `
Examples:
  holdfast audit demo                  # what happened to an event, and why
  holdfast verify                      # the tables, held against the log
  holdfast log verify --help           # every verb has examples

Settings come from the environment, as the service's own do: docs/settings.md, docs/cli.md.
`;
