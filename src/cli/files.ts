import { readFileSync } from 'node:fs';
import { UsageError } from './open.js';

/** The text of a file that was named on the command line. Throws UsageError. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { message } = error as Error;
    // Of a folder the system does not say which.
    throw new UsageError(message.includes(file) ? message : `${file}: ${message}`);
  }
}

/** What the system says of a file or a folder is told in a sentence; everything else stays what it is. */
export function toldOfFile(error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  return code !== undefined && ON_FILES.has(syscall ?? '') ? new UsageError(message) : error;
}

const ON_FILES = new Set([
  'open',
  'read',
  'write',
  'fsync',
  'close',
  'stat',
  'rename',
  'unlink',
  'rm',
  'mkdir',
  'scandir',
  'copyfile',
  'chmod',
  'chown',
]);
