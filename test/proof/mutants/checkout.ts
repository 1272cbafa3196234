import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Neither sources nor needed to run them; packages are linked. */
const LEFT_OUT = ['node_modules', 'dist', '.git', '.holdfast', 'docs', 'coverage'];

/** A change of our code, as `git diff` writes it. */
export interface Patch {
  readonly file: string;
  readonly name: string;
  /** The files that it changes. */
  readonly touches: readonly string[];
}

/** A copy of the repository's files, patched or not: nothing of production code knows of mutants. */
export class Checkout {
  private constructor(readonly root: string) {}

  static async patch(file: string): Promise<Patch> {
    const text = await readFile(file, 'utf8');
    const touches = [...text.matchAll(/^\+\+\+ (?:b\/)?(\S+)/gm)].map(([, touched]) => touched!);
    if (touches.length === 0) throw new Error(`${file} changes no file`);
    return { file: path.resolve(file), name: path.basename(file, '.patch'), touches };
  }

  /** Throws when the patch does not fit. */
  static async make(from: string, into: string, patch: Patch | null): Promise<Checkout> {
    const root = path.join(into, patch?.name ?? 'unmutated');
    await mkdir(root);
    const isWanted = (source: string): boolean => !LEFT_OUT.includes(path.relative(from, source));
    await cp(from, root, { recursive: true, filter: isWanted });
    await symlink(path.join(from, 'node_modules'), path.join(root, 'node_modules'));
    if (patch !== null) await run('git', ['apply', patch.file], { cwd: root });
    return new Checkout(root);
  }
}
