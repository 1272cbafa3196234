import { type ChildProcess, type SpawnOptions, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isPostgres, readServerFile, urlOf } from '../../src/infrastructure/postgres/cluster.js';
import { putCluster } from './cluster.js';

/** HS256, of every API process that tests start. */
export const SECRET = 'a secret for tests that is longer than 32 bytes';

export type Settings = Readonly<Record<string, string>>;

const OUR_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/** A test run that is killed takes its processes along: whoever has lost its parent ends. */
const END_WITH_PARENT =
  'const parent = process.ppid; setInterval(() => process.ppid === parent || process.exit(9), 250).unref();';

/**
 * A wall clock that is off from the start, and set to the other reading by every SIGUSR2. Timers and the monotonic clock
 * go on as before, as they do when somebody sets a machine's clock.
 */
const shiftingClock = ([first, second]: readonly [number, number]): string =>
  `const real = Date.now; let off = ${first}, other = ${second};` +
  'Date.now = () => real() + off; process.on("SIGUSR2", () => { [off, other] = [other, off]; });';

const inline = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** A process of ours, started from the build. */
export class Program {
  /** Everything it wrote. */
  output = '';
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;

  constructor(readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Does nothing to a process that has ended: its number may be another's by now. */
  signal(signal: NodeJS.Signals): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGCONT');
    this.signal('SIGKILL');
    await this.ended;
  }

  /** SIGTERM; answers the exit code and how long it took, in milliseconds. */
  async stop(): Promise<{ code: number | null; tookMs: number }> {
    const startedAt = performance.now();
    this.signal('SIGTERM');
    const { code } = await this.ended;
    return { code, tookMs: performance.now() - startedAt };
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (const end = Date.now() + START_TIMEOUT_MS; ; await sleep(POLL_MS)) {
      const found = pattern.exec(this.output);
      if (found !== null) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null || Date.now() > end)
        throw new Error(`it never said ${String(pattern)}:\n${this.output}`);
    }
  }
}

export interface Api extends Program {
  readonly url: string;
}

export interface StageOptions {
  /** The checkout whose build is run; this one unless said. */
  readonly root?: string;
  /** The folder in which the data folder is made. */
  readonly parent?: string;
}

export interface ApiOptions {
  /** Modules that the process loads before its own, by URL. */
  readonly preloads?: readonly string[];
  /** How far its wall clock is off, in milliseconds: from the start, and after the first SIGUSR2. */
  readonly clockOffMs?: readonly [number, number];
}

/** The exit code of a command that found something wrong: an answer, not a failure. */
const FOUND = 3;

/** A data folder with an embedded, durable Postgres, and every process that a test runs on it. */
export class Stage {
  private readonly programs: Program[] = [];

  private constructor(
    readonly dataDir: string,
    private readonly root: string,
  ) {}

  static async open({ root = OUR_ROOT, parent }: StageOptions = {}): Promise<Stage> {
    const dataDir = await mkdtemp(path.join(parent ?? (process.env['HOLDFAST_TEST_DATA_DIR'] as string), 'stage-'));
    // As root, Postgres runs as another user, who must be able to pass.
    await chmod(dataDir, 0o755);
    return new Stage(dataDir, root);
  }

  /** One whose Postgres has every migration before the first process starts. */
  static async migrated(options: StageOptions = {}): Promise<Stage> {
    const stage = await Stage.open(options);
    await putCluster(stage.dataDir);
    return stage;
  }

  /** An API process that listens. */
  async api(settings: Settings = {}, { clockOffMs, preloads = [] }: ApiOptions = {}): Promise<Api> {
    const clock = clockOffMs === undefined ? [] : [inline(shiftingClock(clockOffMs))];
    const program = this.start('api.js', settings, [...clock, ...preloads]);
    const [, url] = await program.says(/ is listening on (http\S+)/);
    return Object.assign(program, { url: url! });
  }

  /** A projector process that follows the log. */
  async projector(settings: Settings = {}, { preloads = [] }: ApiOptions = {}): Promise<Program> {
    const program = this.start('projector.js', { LOG_LEVEL: 'info', ...settings }, preloads);
    await program.says(/The projector follows the log/);
    return program;
  }

  /** A process of which it is not known whether it will start. */
  attempt(program: 'api' | 'projector', settings: Settings): Program {
    return this.start(`${program}.js`, settings, []);
  }

  /** The command line, while it runs. */
  command(words: readonly string[], settings: Settings = {}): Program {
    return this.start('holdfast.js', settings, [], words);
  }

  /** The command line, run to its end; answers what it printed. */
  async holdfast(...words: string[]): Promise<string> {
    const options = { env: this.environment({}), timeout: START_TIMEOUT_MS };
    const command = promisify(execFile)(process.execPath, [this.built('holdfast.js'), ...words], options);
    const { stdout } = await command.catch((error: { code: unknown; stdout: string }) => {
      if (error.code === FOUND) return error;
      throw error;
    });
    return stdout;
  }

  async databaseUrl(): Promise<string> {
    const file = await readServerFile(path.join(this.dataDir, 'postgres'));
    if (file === null) throw new Error('no Postgres runs on this folder');
    return urlOf(file.port);
  }

  /** The server process first, then all of its children. */
  async postgres(): Promise<number[]> {
    const file = await readServerFile(path.join(this.dataDir, 'postgres'));
    if (file === null) return [];
    const parents = await parentsOfProcesses();
    return [file.pid, ...[...parents].filter(([, parent]) => parent === file.pid).map(([pid]) => pid)];
  }

  /** Stops every process of Postgres in its tracks, the server first: it might start another one meanwhile. */
  async freeze(): Promise<void> {
    for (const pid of (await this.postgres()).slice(0, 1)) sendSignal(pid, 'SIGSTOP');
    for (const pid of (await this.postgres()).slice(1)) sendSignal(pid, 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    for (const pid of await this.postgres()) sendSignal(pid, 'SIGCONT');
  }

  /** Ends everything that was started here and deletes the data. */
  async close(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.kill()));
    const [server] = await this.postgres();
    if (server !== undefined && (await isPostgres(server))) {
      await this.thaw();
      sendSignal(server, 'SIGQUIT'); // Its data is thrown away: it need not be tidy.
      for (let waited = 0; (await isPostgres(server)) && waited < 5_000; waited += POLL_MS) await sleep(POLL_MS);
    }
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  private built(file: string): string {
    return path.join(this.root, 'dist/bundle', file);
  }

  private start(file: string, settings: Settings, preloads: readonly string[], words: readonly string[] = []): Program {
    const imports = [inline(END_WITH_PARENT), ...preloads].map((url) => `--import=${url}`);
    const options: SpawnOptions = { env: this.environment(settings), stdio: ['ignore', 'pipe', 'pipe'] };
    const program = new Program(spawn(process.execPath, [...imports, this.built(file), ...words], options));
    this.programs.push(program);
    return program;
  }

  /** Nothing of the tests' own surroundings reaches the service. */
  private environment(settings: Settings): NodeJS.ProcessEnv {
    const path = process.env['PATH'];
    return { PATH: path, DATA_DIR: this.dataDir, PORT: '0', AUTH_HS256_SECRET: SECRET, LOG_LEVEL: 'warn', ...settings };
  }
}

/**
 * Sends a signal from a process of its own, after a pause that its start makes a little longer. Sent from the process
 * that makes the load, it would come between two of its turns, when every answer has been read.
 */
export async function signalFromOutside(
  pids: readonly number[],
  signal: NodeJS.Signals,
  afterMs: number,
): Promise<void> {
  const name = signal.slice('SIG'.length);
  const child = spawn('/bin/sh', ['-c', `sleep ${afterMs / 1_000}; kill -${name} ${pids.join(' ')}`], {
    stdio: 'ignore',
  });
  await once(child, 'exit');
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Every living process and its parent. A zombie only waits for its parent to look at it, so it is none. */
async function parentsOfProcesses(): Promise<Map<number, number>> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
    const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
    return new Map(
      rows.filter(([, , state]) => state?.[0] !== 'Z').map(([pid, parent]) => [Number(pid), Number(parent)]),
    );
  }
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = /\) [^ZX] (\d+) /.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents;
}
