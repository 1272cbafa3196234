import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MIN_SECRET_BYTES, type KeyConfig } from './auth-config.js';
import { ConfigError, Settings } from './settings.js';

/** Made once, readable by us only; of two processes that make it at once, both use the same. */
export function developmentKey(dataDir: string): KeyConfig {
  const settings = new Settings({});
  const file = path.join(dataDir, 'secret');
  try {
    makeSecret(dataDir, file);
    const secret = readFileSync(file, 'utf8').trim();
    if (Buffer.byteLength(secret) >= MIN_SECRET_BYTES && (statSync(file).mode & 0o077) === 0)
      return { kind: 'development', secret };
    settings.refuse(
      'DATA_DIR',
      `its file "secret" to hold ${MIN_SECRET_BYTES} bytes or more and to have mode 0600; delete it to get a new one`,
    );
  } catch (error) {
    settings.refuse('DATA_DIR', `a folder in which files can be made and read (${(error as Error).message})`);
  }
  throw new ConfigError(settings.problems);
}

/** Unless there is one. */
function makeSecret(dataDir: string, file: string): void {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return;
  const draft = `${file}.new-${process.pid}`;
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(draft, randomBytes(MIN_SECRET_BYTES).toString('base64url'), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
