import { JsonLogger } from '../../src/infrastructure/logger.js';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded.js';

// A process that uses a data directory until it is killed; it prints what it got.
const { url, pid, adopted } = await startEmbeddedPostgres({
  dataDir: process.argv[2] as string,
  startTimeoutMs: 10_000,
  stopTimeoutMs: 5_000,
  logger: new JsonLogger('silent'),
});
process.stdout.write(`${JSON.stringify({ url, pid, adopted })}\n`);
setInterval(() => undefined, 1_000);
