import { ForeignLog } from '../../projections/same-log.js';
import { Refused } from '../../projections/operate.js';
import { HoldfastError } from '../application/errors.js';
import { ConfigError } from '../infrastructure/config.js';
import { packageVersion } from '../infrastructure/package.js';
import { EmbeddedPostgresError } from '../infrastructure/postgres/embedded.js';
import { MigrationError } from '../infrastructure/postgres/migrate.js';
import { endInOrder, endsEarly } from './ending.js';
import { UsageError } from './open.js';
import { holdfast } from './program.js';

/** What is told in a sentence; everything else is a bug, and shows where. */
const EXPECTED = [ConfigError, UsageError, Refused, ForeignLog, HoldfastError, MigrationError, EmbeddedPostgresError];

endInOrder();
try {
  await holdfast(packageVersion()).parseAsync();
} catch (error) {
  if (!endsEarly()) {
    if (!EXPECTED.some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
