import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stage, type Api, type ApiOptions, type Program, type Settings } from '../support/processes.js';
import { Killer, LoadProcess } from './child.js';
import { monotonicMs } from './history.js';
import { Meter } from './meter.js';
import { Network } from './network.js';
import { StandInProcess } from '../support/eventstoredb/process.js';

/** Which processes a run needs. Runs of one topology may follow each other on the same processes and database. */
export interface Topology {
  readonly name: string;
  readonly apis: readonly ApiPlan[];
  readonly projectors: number;
  /** Its processes can be stopped at named points. */
  readonly stoppable?: true;
  /** Each event is decided by one of its API processes, which the others ask. */
  readonly shares?: true;
  /** The log is in a stand-in for EventStoreDB. */
  readonly eventStoreDb?: true;
}

export interface ApiPlan extends ApiOptions {
  readonly settings?: Settings;
  /** It reaches its database through a network that can be made to fail. */
  readonly far?: true;
}

/** Every API process leaves the tables to the projectors, and shows its figures to whoever has this token. */
const COMMON = { PROJECTOR: 'off', METRICS_TOKEN: 'figures' };

const STOPPING = new URL('preloads/points.mjs', import.meta.url).href;
const READY_WITHIN_MS = 10_000;
const POLL_MS = 50;

export interface SceneOptions {
  /** The checkout whose build is run. */
  readonly root?: string;
  /** The folder in which the data folder is made. */
  readonly parent?: string;
  /** Of a scene before: they know nothing of it. Others are started, and ended with the scene, where there are none. */
  readonly hands?: Hands;
}

/** The processes of the harness itself. */
export class Hands {
  readonly load = new LoadProcess();
  readonly killer = new Killer();

  close(): void {
    this.load.close();
    this.killer.close();
  }
}

/** A database, the processes of the service on it, the load generator and the killer. */
export class Scene {
  readonly apis: Api[] = [];
  readonly projectors: Program[] = [];
  /** All that ever ran here: what they wrote is looked through. */
  readonly programs: Program[] = [];
  readonly meter: Meter = new Meter(COMMON.METRICS_TOKEN);
  /** Between the database and the processes that are far from it; null: there are none. */
  network: Network | null = null;
  standIn: StandInProcess | null = null;

  private constructor(
    readonly topology: Topology,
    readonly stage: Stage,
    private readonly hands: Hands,
    private readonly ownsHands: boolean,
  ) {}

  static async open(topology: Topology, options: SceneOptions = {}): Promise<Scene> {
    const { hands, root } = options;
    // Another checkout's migrations are its own affair.
    const stage = await (root === undefined ? Stage.migrated(options) : Stage.open(options));
    const scene = new Scene(topology, stage, hands ?? new Hands(), hands === undefined);
    try {
      if (topology.eventStoreDb)
        scene.standIn = await StandInProcess.start({ file: `${scene.stage.dataDir}/log.jsonl` });
      await scene.mend();
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  get load(): LoadProcess {
    return this.hands.load;
  }

  get killer(): Killer {
    return this.hands.killer;
  }

  /** Everything that should run runs; answers when all of it is ready. Throws when it does not get ready. */
  async mend(): Promise<void> {
    const { apis, projectors } = this.topology;
    const missing = [
      ...Array.from({ length: projectors }, (_, n) => isRunning(this.projectors[n]) || (() => this.startProjector(n))),
      ...Array.from(apis, (_, n) => isRunning(this.apis[n]) || (() => this.startApi(n))),
    ].filter((start) => start !== true);
    // The first brings the database up, which some of the others want the address of.
    await missing.shift()?.();
    await Promise.all(missing.map((start) => start()));
    this.apis.splice(apis.length);
    await Promise.all(this.apis.map((api) => this.ready(api)));
  }

  /** `extra`: settings beside those of the topology. */
  async startApi(n: number, extra: Settings = {}): Promise<Api> {
    const { settings, far, ...plan } = this.topology.apis[n]!;
    const where = far ? { DATABASE_URL: await this.farUrl() } : {};
    const all = { ...COMMON, ...this.surroundings, ...this.peersOf(n), ...where, ...settings, ...extra };
    const api = await this.stage.api(all, { ...plan, preloads: this.preloads });
    this.apis[n] = api;
    this.programs.push(api);
    this.meter.watch(api);
    return api;
  }

  async startProjector(n: number, extra: Settings = {}): Promise<Program> {
    const all = { ...this.surroundings, ...extra };
    const projector = await this.stage.projector(all, { preloads: this.preloads });
    this.projectors[n] = projector;
    this.programs.push(projector);
    return projector;
  }

  /** Answers when it is ready, by the monotonic clock. Throws after 10 s. */
  async ready(api: Api): Promise<number> {
    for (const end = monotonicMs() + READY_WITHIN_MS; monotonicMs() < end; await sleep(POLL_MS))
      if (await isReady(api.url)) return monotonicMs();
    throw new NotReady(`not ready within ${READY_WITHIN_MS / 1_000} s: ${api.output.slice(-500)}`);
  }

  /** A broken process may be among them: whatever does not end is killed. */
  async close(): Promise<void> {
    if (this.ownsHands) this.hands.close();
    this.meter.close();
    this.network?.close();
    await this.standIn?.kill();
    await this.stage.close();
  }

  /**
   * At that point the next of these processes to come there stands still. Answers it; the others are told to go on.
   */
  async stopAt(point: string, programs: readonly Program[]): Promise<Program> {
    const tell = async (what: string, to: readonly Program[]): Promise<void> => {
      await writeFile(this.pointFile, what);
      for (const program of to) program.signal('SIGUSR2');
    };
    await tell(point, programs);
    const said = new RegExp(`stopped at ${point}`);
    const stopped = await Promise.any(programs.map(async (program) => (await program.says(said), program)));
    await tell(
      '',
      programs.filter((program) => program !== stopped),
    );
    return stopped;
  }

  private get pointFile(): string {
    return `${this.stage.dataDir}/point`;
  }

  private get surroundings(): Settings {
    return {
      ...(this.standIn === null ? {} : { EVENT_STORE_URL: this.standIn.url }),
      ...(this.topology.stoppable ? { HOLDFAST_PROOF_POINT_FILE: this.pointFile } : {}),
    };
  }

  private peersOf(n: number): Settings {
    if (!this.topology.shares) return {};
    const sockets = this.topology.apis.map((_, at) => `${this.stage.dataDir}/api-${at}`);
    return { PEER_SOCKETS: sockets.join(), PEER_SOCKET: sockets[n]! };
  }

  private get preloads(): string[] {
    return this.topology.stoppable ? [STOPPING] : [];
  }

  private async farUrl(): Promise<string> {
    this.network ??= await Network.to(await this.stage.databaseUrl());
    return this.network.url;
  }
}

/** I9 is broken. */
class NotReady extends Error {
  override readonly name = 'NotReady';
}

export const isRunning = (program: Program | undefined): boolean =>
  program !== undefined && program.child.exitCode === null && program.child.signalCode === null;

export async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_500) }).catch(() => null);
  await response?.arrayBuffer().catch(() => undefined);
  return response?.status === 200;
}
