/**
 * `npm test`: makes the checkout ready, then runs Jest; arguments are Jest's own. The build comes first because some
 * tests start, kill and restart the built service.
 */
import { spawn } from 'node:child_process';
import { endedBy, stopWithParent } from './parent.mjs';
import { prepareToTest, root } from './prepare.mjs';

prepareToTest();

// Jest loads ES modules only through this flag, which also prints a warning that helps nobody.
const nodeOptions = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const jest = spawn(process.execPath, [...nodeOptions, 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => jest.kill(signal));
stopWithParent();
jest.on('exit', (code, signal) => process.exit(code ?? endedBy(signal)));
