import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ForeignLog } from '../../projections/checkpoint.js';
import { Refused } from '../../projections/operate.js';
import { HoldfastError } from '../application/errors.js';
import { ConfigError } from '../infrastructure/config.js';
import { EmbeddedPostgresError } from '../infrastructure/postgres/embedded.js';
import { MigrationError } from '../infrastructure/postgres/migrate.js';
import { registerAudit } from './audit.js';
import { registerLog } from './log.js';
import { UsageError } from './open.js';
import { registerProjections } from './projections.js';
import { registerToken } from './token.js';
import { registerUsers } from './users.js';
import { registerVerify } from './verify.js';

/** Beside the build there is always the package it was built from. */
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('holdfast')
  .description('An event-sourced booking service that cannot double-book.')
  .version(version)
  .showHelpAfterError('(add --help for what there is)');

registerToken(program);
registerProjections(program);
registerAudit(program);
registerLog(program);
registerVerify(program);
registerUsers(program);

/** What is told in a sentence; everything else is a bug, and shows where. */
const EXPECTED = [ConfigError, UsageError, Refused, ForeignLog, HoldfastError, MigrationError, EmbeddedPostgresError];

try {
  await program.parseAsync();
} catch (error) {
  if (!EXPECTED.some((kind) => error instanceof kind)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
