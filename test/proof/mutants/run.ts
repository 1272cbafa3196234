import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '../../../src/infrastructure/postgres/embedded.js';
import { removeTestServer } from '../../support/global-setup.js';
import { silent } from '../../support/postgres.js';
import { Checkout, type Patch } from './checkout.js';
import { ENGINES, type Engine, type Tried } from './engines.js';

export interface MutantOptions {
  /** Patch files; none: those beside this module. */
  readonly files: readonly string[];
  readonly seed: number;
  /** Called as soon as a mutant is through. */
  readonly onResult: (result: MutantResult) => void;
}

/** What became of one mutant: one line of JSON. */
export interface MutantResult {
  /** The name of the patch, without its ending. */
  readonly mutant: string;
  /** Broken promises were named, and the same seed breaks none without the patch. */
  readonly caught: boolean;
  readonly engine: Engine['name'] | null;
  /** The first invariant that was seen broken. */
  readonly invariant: string | null;
  /** All that was seen broken, in words. */
  readonly broken: readonly string[];
  /** How many commands it took; where nothing was seen, how many were tried in vain. */
  readonly commands: number;
  readonly seed: number;
  /** How many commands from the same seed kept every promise without the patch; 0 where that was not asked. */
  readonly unmutated: number;
  readonly tookMs: number;
  /** Why the patched code could not be tried at all; null: it could. */
  readonly failure: string | null;
}

export const MUTANTS_FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** As in tests: its data need not survive the machine. */
const SERVER_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '100' };

/**
 * Applies each patch to a copy of this checkout and looks for a broken promise there, first with the engine that sees
 * this kind of code best; then the same seed is tried without the patch. Needs `git` (for `git apply`) and the embedded
 * Postgres. Throws when a patch does not apply.
 */
export async function proveMutants({ files, seed, onResult }: MutantOptions): Promise<MutantResult[]> {
  const patches = await Promise.all(
    (files.length > 0 ? files : await ownPatches()).map((file) => Checkout.patch(file)),
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-mutants-'));
  const dataDir = path.join(folder, 'server');
  try {
    const { url } = await startEmbeddedPostgres({
      ...{ dataDir, settings: SERVER_SETTINGS, startTimeoutMs: 30_000, stopTimeoutMs: 2_000, logger: silent },
    });
    const unmutated = new Unmutated(await Checkout.make(ROOT, folder, null), seed, url);
    const results: MutantResult[] = [];
    for (const patch of patches) {
      const result = await tryOne(await Checkout.make(ROOT, folder, patch), patch, unmutated);
      results.push(result);
      onResult(result);
    }
    return results;
  } finally {
    await removeTestServer(dataDir);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The patches that this folder brings, in the order of their names. */
export async function ownPatches(): Promise<string[]> {
  const names = (await readdir(MUTANTS_FOLDER)).filter((name) => name.endsWith('.patch')).sort();
  return names.map((name) => path.join(MUTANTS_FOLDER, name));
}

async function tryOne(checkout: Checkout, { name, touches }: Patch, unmutated: Unmutated): Promise<MutantResult> {
  const startedAt = performance.now();
  const { seed, serverUrl } = unmutated;
  const nothing = { mutant: name, caught: false, engine: null, invariant: null, broken: [], seed, unmutated: 0 };
  let commands = 0;
  let failure: string | null = null;
  const took = (): number => Math.round(performance.now() - startedAt);
  for (const engine of ENGINES.filter(({ sees }) => touches.some(sees))) {
    const tried = await engine.run(checkout.root, { seed, commands: engine.commands, serverUrl });
    failure ??= tried.failure;
    commands += tried.commands;
    const [first] = tried.broken;
    if (first === undefined) continue;
    const sound = await unmutated.run(engine, tried.commands);
    return {
      ...{ mutant: name, caught: sound.broken.length === 0 && sound.failure === null, engine: engine.name },
      ...{
        invariant: first.invariant,
        broken: tried.broken.map(({ invariant, message }) => `${invariant}: ${message.replace(/^I\d+:? /, '')}`),
      },
      ...{ commands: tried.commands, seed, unmutated: sound.commands, tookMs: took(), failure: sound.failure },
    };
  }
  return { ...nothing, commands, tookMs: took(), failure };
}

/** The checkout as it is. Each engine is run as far as the longest mutant needed, and not again for the shorter ones. */
class Unmutated {
  private readonly done = new Map<string, Tried>();

  constructor(
    private readonly checkout: Checkout,
    readonly seed: number,
    readonly serverUrl: string,
  ) {}

  async run(engine: Engine, commands: number): Promise<Tried> {
    const before = this.done.get(engine.name);
    if (before !== undefined && (before.commands >= commands || before.broken.length > 0)) return before;
    const { seed, serverUrl } = this;
    const tried = await engine.run(this.checkout.root, { seed, commands: engine.atLeast(commands), serverUrl });
    this.done.set(engine.name, tried);
    return tried;
  }
}
