import { readFileSync } from 'node:fs';
import { UsageError } from './open.js';

/** The text of a file that was named on the command line. Throws UsageError. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
