import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What was ever written to a log, and what describes it: never changed, only added to. */
const FOLDERS = ['test/golden', 'docs/schemas'];
export const MANIFEST = 'test/golden/manifest.json';

/** The pins of a checkout, by path. */
export const pinsIn = (root) => JSON.parse(readFileSync(join(root, MANIFEST), 'utf8'));

/** Everything that has to be pinned. */
export function pinnable(root) {
  return FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.json') && path !== MANIFEST)
    .sort();
}

/** SHA-256 of a file's bytes; of a schema's form, whose sentences may be put better. */
export function pinOf(path, text) {
  const form = path.startsWith('docs/schemas/') ? JSON.stringify(JSON.parse(text, withoutSentences)) : text;
  return createHash('sha256').update(form).digest('hex');
}

/** A property that is called `description` has an object for a value, and stays. */
const withoutSentences = (name, value) => (name === 'description' && typeof value === 'string' ? undefined : value);
