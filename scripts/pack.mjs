/**
 * Before and after `npm pack`. Before: everything is built, and the lockfile goes along under the name under which a package
 * may have one, so that whoever installs the package has the very versions it was tested with. After: it is gone again.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepareToTest, root } from './prepare.mjs';

const carried = join(root, 'npm-shrinkwrap.json');

if (process.argv.includes('--done')) rmSync(carried, { force: true });
else {
  prepareToTest();
  copyFileSync(join(root, 'package-lock.json'), carried);
}
