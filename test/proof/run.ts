import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Random } from '../../src/application/ports.js';
import type { Api, Program, Settings } from '../support/processes.js';
import { seededRandom } from '../support/service.js';
import type { CheckSettings } from './checker/check.js';
import type { Manner } from './child.js';
import { HistoryWriter, monotonicMs } from './history.js';
import { usualEvents, type Plan } from './load/plan.js';
import { postgresBooks, standInBooks, type Books } from './logs.js';
import type { Broken, Kills, Mode } from './result.js';
import type { Scene, Topology } from './scene.js';

/** A row of the fault matrix. */
export interface Row {
  /** F1 … F22. */
  readonly id: string;
  readonly title: string;
  readonly topology: Topology;
  /** In a quick run, where fewer processes do. */
  readonly quickTopology?: Topology;
  /** Said beside its figures: what it covers in another way than its title says. */
  readonly note?: string;
  /** Its processes end with each run: what it does to them or to their data cannot be undone. */
  readonly spoils?: true;
  /** Null: it can run here; else why not. */
  readonly hindrance?: () => Promise<string | null>;
  /** The folder for the database. */
  readonly parent?: () => Promise<string>;
  /** When the processes of the row have ended. */
  readonly afterwards?: () => Promise<void>;
  /** The fault, under load. Everything else is checked afterwards in the same way for every row. */
  readonly run: (run: Run) => Promise<void>;
}

export const topologyOf = ({ topology, quickTopology }: Row, mode: Mode): Topology =>
  mode === 'quick' && quickTopology !== undefined ? quickTopology : topology;

type Body = Readonly<Record<string, unknown>>;

const MORE_WITHIN_MS = 8_000;
/** To one process: half of what a beat sends it. */
const ON_THEIR_WAY = 6;

/** One run of a row: what happened in it. */
export class Run {
  readonly kills: Kills = { api: 0, projector: 0, postgres: 0, standIn: 0 };
  readonly recoveriesMs: number[] = [];
  readonly broken: Broken[] = [];
  readonly points: Record<string, number> = {};
  readonly random: Random;
  /** Begins the ids of everything in this run. */
  readonly name: string;
  readonly startedAt = new Date();
  readonly begunAt = monotonicMs();
  readonly histories: string[] = [];
  /** What the log and the tables are; the one database unless the row says otherwise. */
  books!: Books;
  /** Of the last record before the run. */
  from = 0n;
  /** Null: no event is wanted more than others. */
  hot: string | null = null;
  /** Tables are compared up to there: behind it lies what the row itself has put into the log. */
  upTo: bigint | undefined;
  /** Invariants that the fault suspends. */
  but: readonly string[] = [];
  /** What the row asks of the checker beside the usual. */
  checks: CheckSettings = {};
  /** Positions of records that the row itself has put there. */
  readonly foreign: bigint[] = [];
  /** The processes under test, where they are others than those of the scene. */
  others: readonly Api[] | null = null;
  /** In Postgres positions have no gaps. */
  isGapless = true;
  /** Every call must have been answered by then. */
  answeredWithinMs = 10_000;
  /** Of the calls that were said yes to, all but one in a hundred must have been answered by then, and others shed. */
  acceptedWithinMs: number | null = null;
  private readonly faults: HistoryWriter;

  constructor(
    readonly row: Row,
    readonly seed: number,
    readonly mode: Mode,
    readonly scene: Scene,
    readonly folder: string,
  ) {
    this.random = seededRandom(seed);
    this.name = `${row.id.toLowerCase()}s${seed}`;
    this.faults = new HistoryWriter(this.file('faults'));
  }

  async open(): Promise<void> {
    const { stage, standIn } = this.scene;
    const tables = await stage.databaseUrl();
    this.books = standIn === null ? postgresBooks(tables) : standInBooks(standIn.url, tables);
    this.isGapless = standIn === null;
    this.from = await this.books.head();
  }

  /** Little in a quick run, much in a full one. */
  amount(quick: number, full: number): number {
    return this.mode === 'quick' ? quick : full;
  }

  file(name: string): string {
    const file = path.join(this.folder, `${this.name}-${name}.jsonl`);
    this.histories.push(file);
    // Of a run with this seed that was cut short.
    rmSync(file, { force: true });
    return file;
  }

  /** The work, while everybody calls; then the load ends. The first calls have ended when the work begins. */
  async underLoad(work: () => Promise<void>, plan: Partial<Plan> = {}): Promise<void> {
    await this.startLoad(plan);
    await work();
    await this.scene.load.tell({ do: 'stop' });
  }

  async startLoad(changes: Partial<Plan> = {}): Promise<void> {
    const { scene, name, seed } = this;
    const events = changes.events ?? usualEvents(name);
    if (changes.events === undefined) this.hot = events[0]!.eventId;
    const callers = events.reduce((sum, event) => sum + event.callers, 0);
    const history = this.file('calls');
    const plan = {
      run: name,
      seed,
      history,
      targets: this.apis.map(({ url }) => url),
      pauseMs: 300,
      beatMs: 500,
      houseMs: 400,
      connections: callers + 8,
      ...changes,
      events,
    };
    await scene.load.tell({ do: 'start', plan });
    if (callers > 0) await this.more(50);
  }

  /** Until so many more calls have ended; gives up after 8 s. */
  async more(calls: number): Promise<void> {
    await this.scene.load.tell({ do: 'more', calls, withinMs: MORE_WITHIN_MS });
  }

  get apis(): readonly Api[] {
    return this.others ?? this.scene.apis;
  }

  async aim(targets: readonly string[] = this.apis.map(({ url }) => url)): Promise<void> {
    await this.scene.load.tell({ do: 'targets', targets });
  }

  /** Everybody at once. */
  async wave(eventId: string, users: number, body: Body = {}, atOnce = users): Promise<void> {
    await this.scene.load.tell({ do: 'wave', eventId, users, body, atOnce });
  }

  /** Whoever was turned away asks again, until each call is decided. */
  async askAgain(): Promise<void> {
    await this.scene.load.tell({ do: 'resolve' });
  }

  /** The house changes the event; it is asked for until it is known. */
  async change(eventId: string, body: Body): Promise<void> {
    await this.scene.load.tell({ do: 'change', eventId, body });
  }

  /** Written down beside the calls. */
  fault(what: string): void {
    this.faults.write({ kind: 'fault', at: monotonicMs(), what });
  }

  break(invariant: string, what: string): void {
    this.broken.push({ invariant, what });
  }

  expect(isSo: boolean, what: string): void {
    if (!isSo) this.break(this.row.id, what);
  }

  hit(point: string): void {
    this.points[point] = (this.points[point] ?? 0) + 1;
  }

  /** A moment within the next so many milliseconds. */
  soon(mostMs: number): number {
    return Math.round(this.random.next() * mostMs);
  }

  /** Kills an API process from outside, at a random moment, and starts it again. */
  async killApi(n: number): Promise<void> {
    await this.reviveApi(n, await this.strike(this.scene.apis[n]!, 'api'));
  }

  async reviveApi(n: number, killedAt: number): Promise<void> {
    await this.aim(this.scene.apis.filter((_, other) => other !== n).map(({ url }) => url));
    const api = await this.scene.startApi(n);
    this.recoveriesMs.push((await this.scene.ready(api)) - killedAt);
    await this.aim();
  }

  async killProjector(n: number, extra: Settings = {}): Promise<void> {
    await this.reviveProjector(n, await this.strike(this.scene.projectors[n]!, 'projector'), extra);
  }

  async reviveProjector(n: number, killedAt: number, extra: Settings = {}): Promise<void> {
    await this.scene.startProjector(n, extra);
    this.recoveriesMs.push(monotonicMs() - killedAt);
  }

  /** Kills every process of Postgres; the API processes start it again by themselves. */
  async killPostgres(manner: Partial<Manner>): Promise<void> {
    const pids = await this.scene.stage.postgres();
    const at = await this.killMidway(pids, null, 10, manner);
    this.fault('kill postgres');
    this.kills.postgres += 1;
    const ready = await Promise.all(this.scene.apis.map((api) => this.scene.ready(api)));
    this.recoveriesMs.push(Math.max(...ready) - at);
  }

  /**
   * At a moment that is not foreseen, while many calls are on their way to that process (null: to any): a kill between two
   * of them would test nothing. Answers when.
   */
  private async killMidway(
    pids: readonly number[],
    target: string | null,
    withinMs: number,
    manner: Partial<Manner> = {},
  ): Promise<number> {
    await this.more(1 + this.soon(20));
    const { load, killer } = this.scene;
    const struck = killer.strikeOnCue(pids, this.soon(withinMs), manner);
    const bounds = { calls: ON_THEIR_WAY, withinMs: MORE_WITHIN_MS };
    await load.tell({ do: 'cue', cue: killer.pid, target, ...bounds });
    return (await struck).at;
  }

  /** Answers when it was killed. */
  async strike(program: Program, kind: 'api' | 'projector', withinMs = 10): Promise<number> {
    const target = 'url' in program ? (program as Api).url : null;
    const at =
      withinMs > 0
        ? await this.killMidway([program.pid], target, withinMs)
        : (await this.scene.killer.strike([program.pid], 'SIGKILL', 0)).at;
    await program.ended;
    this.fault(`kill ${kind}`);
    this.kills[kind] += 1;
    return at;
  }

  close(): void {
    this.faults.close();
  }
}
