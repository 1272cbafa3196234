/**
 * `node --import ./test/support/jest-typescript.mjs test/proof/mutants/storm-main.ts --server URL --seed N --commands M`:
 * cores, Postgres adapter and projector of this checkout under a storm, in databases of their own on that server. After
 * every round of commands the log, the answers and the tables are held against each other. Prints one line of JSON:
 * seed, commands, broken, happened, ms; ends with 1 when something is broken.
 */
import { Command } from 'commander';
import { storm } from './life.js';

const { server, seed, commands } = new Command()
  .requiredOption('--server <url>')
  .requiredOption('--seed <number>', '', Number)
  .requiredOption('--commands <number>', '', Number)
  .parse()
  .opts<{ server: string; seed: number; commands: number }>();

const startedAt = performance.now();
const { asked, ...outcome } = await storm(server, seed, commands);
console.log(JSON.stringify({ seed, commands: asked, ...outcome, ms: Math.round(performance.now() - startedAt) }));
process.exitCode = outcome.broken.length === 0 ? 0 : 1;
