import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigError } from '../infrastructure/config.js';
import { registerProjections } from './projections.js';
import { registerToken } from './token.js';

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

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
