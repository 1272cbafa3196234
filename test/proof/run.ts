import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import type { Random } from '../../src/application/ports.js';
import type { Api, ApiOptions, Program, Settings } from '../support/processes.js';
import { seededRandom } from '../support/service.js';
import type { CheckSettings } from './checker/check.js';
import { HistoryWriter, monotonicMs } from './history.js';
import { usualEvents, type EventPlan, type Plan } from './load/plan.js';
import { postgresBooks, type Books } from './logs.js';
import type { Broken, Kills, Mode } from './result.js';
import type { Scene, Topology } from './scene.js';

/** A row of the fault matrix. */
export interface Row {
  /** F1 … F21. */
  readonly id: string;
  readonly title: string;
  readonly topology: Topology;
  /** Said beside its figures: what it covers in another way than its title says. */
  readonly note?: string;
  /** Its processes end with each run: what it does to them or to their data cannot be undone. */
  readonly spoils?: true;
  /** Invariants that the fault itself suspends. */
  readonly but?: readonly string[];
  /** Null: it can run here; else why not. */
  readonly hindrance?: () => Promise<string | null>;
  /** The folder for the database. */
  readonly parent?: () => Promise<string>;
  /** The fault, under load. Everything else is checked afterwards in the same way for every row. */
  readonly run: (run: Run) => Promise<void>;
}

const MORE_WITHIN_MS = 8_000;

/** One run of a row: what happened in it. */
export class Run {
  readonly kills: Kills = { api: 0, projector: 0, postgres: 0 };
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
  /** What the row asks of the checker beside the usual. */
  checks: CheckSettings = {};
  /** In Postgres positions have no gaps. */
  isGapless = true;
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
    this.books = postgresBooks(await this.scene.stage.databaseUrl());
    this.from = await this.books.head();
  }

  /** Little in a quick run, much in a full one. */
  amount(quick: number, full: number): number {
    return this.mode === 'quick' ? quick : full;
  }

  file(name: string): string {
    const file = path.join(this.folder, `${this.name}-${name}.jsonl`);
    this.histories.push(file);
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
    const history = this.file('calls');
    const plan = { run: name, seed, history, targets: scene.targets, pauseMs: 0, houseMs: 400, ...changes, events };
    await scene.load.tell({ do: 'start', plan });
    await this.more(50);
  }

  /** Until so many more calls have ended; gives up after 8 s. */
  async more(calls: number): Promise<void> {
    await this.scene.load.tell({ do: 'more', calls, withinMs: MORE_WITHIN_MS });
  }

  async aim(targets: readonly string[] = this.scene.targets): Promise<void> {
    await this.scene.load.tell({ do: 'targets', targets });
  }

  /** Everybody at once. */
  async wave({ eventId }: EventPlan, users: number, body: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.scene.load.tell({ do: 'wave', eventId, users, body });
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
  async killApi(n: number, extra: Settings = {}, options: ApiOptions = {}): Promise<Api> {
    const killedAt = await this.strike(this.scene.apis[n]!, 'api');
    return this.reviveApi(n, killedAt, extra, options);
  }

  async reviveApi(n: number, killedAt: number, extra: Settings = {}, options: ApiOptions = {}): Promise<Api> {
    await this.aim(this.scene.targets.filter((_, other) => other !== n));
    const api = await this.scene.startApi(n, extra, options);
    this.recoveriesMs.push((await this.scene.ready(api)) - killedAt);
    await this.aim();
    return api;
  }

  async killProjector(n: number, options: ApiOptions = {}): Promise<Program> {
    const killedAt = await this.strike(this.scene.projectors[n]!, 'projector');
    const projector = await this.scene.startProjector(n, {}, options);
    this.recoveriesMs.push(monotonicMs() - killedAt);
    return projector;
  }

  /** Kills every process of Postgres; the API processes start it again by themselves. */
  async killPostgres(): Promise<void> {
    await sleep(this.soon(150));
    const { at } = await this.scene.killer.strike(await this.scene.stage.postgres(), 'SIGKILL', 0);
    this.fault('kill postgres');
    this.kills.postgres += 1;
    const ready = await Promise.all(this.scene.apis.map((api) => this.scene.ready(api)));
    this.recoveriesMs.push(Math.max(...ready) - at);
  }

  /** Answers when it was killed. */
  async strike(program: Program, kind: 'api' | 'projector', withinMs = 150): Promise<number> {
    const { at } = await this.scene.killer.strike([program.pid], 'SIGKILL', this.soon(withinMs));
    await program.ended;
    this.fault(`kill ${kind}`);
    this.kills[kind] += 1;
    return at;
  }

  close(): void {
    this.faults.close();
  }
}
