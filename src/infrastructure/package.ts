import { readFileSync } from 'node:fs';

/** Where package.json is, as seen from the build, and from the sources under test. */
const ROOT = new URL(/\/dist\/src\/[^/]+\/[^/]+$/.test(import.meta.url) ? '../../../' : '../../', import.meta.url);

/** A file or a folder of this package, by its path in there; a folder ends in "/". */
export const inPackage = (path: string): URL => new URL(path, ROOT);

/** Of package.json. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string }).version;
}
