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

const READY_WITHIN_MS = 10_000;
const POLL_MS = 20;

export interface SceneOptions {
  /** The checkout whose build is run. */
  readonly root?: string;
  /** The folder in which the data folder is made. */
  readonly parent?: string;
}

/** A database, the processes of the service on it, the load generator and the killer. */
export class Scene {
  readonly apis: Api[] = [];
  readonly projectors: Program[] = [];
  /** All that ever ran here: what they wrote is looked through. */
  readonly programs: Program[] = [];
  readonly load = new LoadProcess();
  readonly killer = new Killer();
  readonly meter: Meter = new Meter(COMMON.METRICS_TOKEN);
  /** Between the database and the processes that are far from it; null: there are none. */
  network: Network | null = null;
  standIn: StandInProcess | null = null;

  private constructor(
    readonly topology: Topology,
    readonly stage: Stage,
  ) {}

  static async open(topology: Topology, options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene(topology, await Stage.open(options));
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

  /** Everything that should run runs; answers when all of it is ready. Throws when it does not get ready. */
  async mend(): Promise<void> {
    for (let n = 0; n < this.topology.apis.length; n += 1) if (!isRunning(this.apis[n])) await this.startApi(n);
    this.apis.splice(this.topology.apis.length);
    for (let n = 0; n < this.topology.projectors; n += 1)
      if (!isRunning(this.projectors[n])) await this.startProjector(n);
    await Promise.all(this.apis.map((api) => this.ready(api)));
  }

  /** `extra`: settings beside those of the topology. */
  async startApi(n: number, extra: Settings = {}, options: ApiOptions = {}): Promise<Api> {
    const { settings, far, ...plan } = this.topology.apis[n]!;
    const where = far ? { DATABASE_URL: await this.farUrl() } : {};
    const api = await this.stage.api(
      { ...COMMON, ...this.store, ...where, ...settings, ...extra },
      { ...plan, ...options },
    );
    this.apis[n] = api;
    this.programs.push(api);
    this.meter.watch(api);
    return api;
  }

  async startProjector(n: number, extra: Settings = {}, options: ApiOptions = {}): Promise<Program> {
    const projector = await this.stage.projector({ ...this.store, ...extra }, options);
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
    this.load.close();
    this.killer.close();
    this.meter.close();
    this.network?.close();
    await this.standIn?.kill();
    await this.stage.close();
  }

  private get store(): Settings {
    return this.standIn === null ? {} : { EVENT_STORE_URL: this.standIn.url };
  }

  private async farUrl(): Promise<string> {
    this.network ??= await Network.to(await this.stage.databaseUrl());
    return this.network.url;
  }
}

/** I9 is broken. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

export const isRunning = (program: Program | undefined): program is Program =>
  program !== undefined && program.child.exitCode === null && program.child.signalCode === null;

export async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_500) }).catch(() => null);
  await response?.arrayBuffer().catch(() => undefined);
  return response?.status === 200;
}
