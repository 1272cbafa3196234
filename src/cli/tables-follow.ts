import { Checkpoints } from '../../projections/checkpoint.js';
import { ForeignLog, assertSameLog } from '../../projections/same-log.js';
import { checkpointStatus } from '../../projections/checkpoint-status.js';
import type { Opened } from './open.js';

/**
 * Lets the tables follow the log under the name that it has now, where the record at their checkpoint is the same. Answers
 * why not and what to do, in words; null when they do.
 */
export async function tablesFollow({ pool, log, config }: Opened): Promise<string | null> {
  const { projectorStatementTimeoutMs: statementTimeoutMs, queryTimeoutMs } = config.limits;
  const long = { statementTimeoutMs, queryTimeoutMs };
  try {
    for (const { projection: name, generation } of await checkpointStatus(pool))
      await assertSameLog(new Checkpoints(pool, { name, generation }, long), log.store);
    return null;
  } catch (error) {
    if (error instanceof ForeignLog) return error.message;
    throw error;
  }
}
