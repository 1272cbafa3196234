import { readFileSync } from 'node:fs';
import { ForeignLog } from '../../projections/checkpoint.js';
import { Refused } from '../../projections/operate.js';
import { HoldfastError } from '../application/errors.js';
import { ConfigError } from '../infrastructure/config.js';
import { EmbeddedPostgresError } from '../infrastructure/postgres/embedded.js';
import { MigrationError } from '../infrastructure/postgres/migrate.js';
import { UsageError } from './open.js';
import { holdfast } from './program.js';

/** Beside the build there is always the package it was built from. */
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What is told in a sentence; everything else is a bug, and shows where. */
const EXPECTED = [ConfigError, UsageError, Refused, ForeignLog, HoldfastError, MigrationError, EmbeddedPostgresError];

try {
  await holdfast(version).parseAsync();
} catch (error) {
  if (!EXPECTED.some((kind) => error instanceof kind)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
