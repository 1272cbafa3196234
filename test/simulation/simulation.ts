import { createHash, type Hash } from 'node:crypto';
import { Violation } from './books.js';
import { Checker, type Call, type Heard } from './checker.js';
import { Director } from './director.js';
import { answerLine, lineOf, readLine, wordOf } from './history.js';
import { chanceOf, profileOf } from './profile.js';
import type { Deed, Entry, Script } from './script.js';
import type { Mutant } from './mutant.js';
import { Stage } from './stage.js';
import type { Audience } from './audience.js';
import { SimulatedLog } from './store.js';
import { TableChecker, type Read } from './table-checker.js';
import { World } from './world.js';

/** What happened in one run. */
export interface Run {
  readonly seed: number;
  /** How many were to be asked, and how many were. */
  readonly planned: number;
  readonly commands: number;
  readonly violation: Violation | null;
  /** Of every byte of the log and every answer, in order. */
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
  /** How to live the same again, or a part of it. */
  readonly script: Script;
  /** In words, when asked for. */
  readonly history: readonly string[];
}

/** What is to happen: as chance has it; or only what a script says. */
export interface Plan {
  readonly seed: number;
  readonly commands: number;
  readonly mutant?: Mutant;
  readonly script?: Script;
  readonly isTold?: boolean;
}

/** After the last command: what was late has arrived by then, and what failed was tried again. */
const QUIET_MS = 11_000;
const LOOK_AGAIN_MS = 500;
/** Then all must be well without help. */
const RECOVERED_MS = 41_000;
/** In the world of one seed in so many, the tables are also compared with a fold of the whole log at once. */
const WHOLE_FOLD_EVERY = 8;
/** Nothing goes on for ever: a world that is busy for so many steps for each command is stuck. */
const STEPS_PER_COMMAND = 400;
const STEPS_AT_LEAST = 400_000;
const LINES_AT_ONCE = 500;

/** One world from its beginning to its end: everything in it is decided by the seed, or by the script. */
class Simulation implements Audience {
  private readonly world: World;
  private readonly log = new SimulatedLog((record) => this.onRecord(record));
  private readonly checker = new Checker(() => this.latestClock);
  private readonly tables: TableChecker;
  private readonly stage: Stage;
  private readonly director: Director | null;
  private readonly digest: Hash = createHash('sha256');
  private undigested: string[] = [];
  private readonly counts: Record<string, number> = {};
  private readonly entries: Entry[] = [];
  private readonly kept: ReadonlySet<string>;
  private readonly history: string[] = [];
  private violation: Violation | null = null;
  private asked = 0;
  private isOver = false;
  private calmAt = Infinity;
  private latestClock = 0;

  constructor(private readonly plan: Plan) {
    const { seed, script, mutant = {} } = plan;
    const random = chanceOf(seed);
    const profile = profileOf(random);
    this.kept = new Set(script?.entries.flatMap((entry) => ('fault' in entry ? [entry.where] : [])));
    this.world = new World(seed, (what, where) => this.isFault(what, where));
    this.tables = new TableChecker(this.checker.facts, () => this.stage.database);
    this.stage = new Stage(this.world, this.log, profile, mutant, this, (written) => {
      this.tell(() => `tables: at ${String(this.stage.database.checkpoint['position'])} of ${this.log.records.length}`);
      this.guard(() => this.tables.onCommit(written));
    });
    const act = { perform: (deed: Deed) => this.perform(deed), calm: () => this.calm() };
    this.director =
      script === undefined ? new Director(this.world, random, profile, plan.commands, this.stage, act) : null;
    for (const entry of script?.entries ?? [])
      if ('deed' in entry) this.world.at(entry.at, () => this.perform(entry.deed));
    if (script !== undefined) this.world.at(script.calmAt, () => this.calm());
  }

  async run(): Promise<Run> {
    const { world, plan, counts } = this;
    const mostSteps = STEPS_AT_LEAST + STEPS_PER_COMMAND * plan.commands;
    await world.run(() => {
      if (world.steps > mostSteps) this.fail(new Violation('I9', `still busy after ${mostSteps} steps`));
      return this.violation !== null || this.isOver;
    });
    this.guard(() => this.tables.expectAll());
    if (plan.seed % WHOLE_FOLD_EVERY === 0) this.guard(() => this.tables.expectWholeFold(this.log.readable()));
    if (this.violation !== null) this.tell(() => this.violation!.message);
    for (const projector of this.stage.projectors) projector.stop();
    Object.assign(counts, { records: this.log.records.length, steps: world.steps });
    const script = { entries: this.entries, calmAt: this.calmAt };
    const { violation, asked, history } = this;
    const { seed, commands: planned } = plan;
    this.digestAll();
    const digest = this.digest.digest('hex');
    return { seed, planned, commands: asked, violation, digest, counts, script, history };
  }

  private perform(deed: Deed): void {
    this.entries.push({ at: this.world.nowMs, deed });
    this.tell(() => lineOf(deed));
    this.stage.perform(deed);
  }

  private isFault(fault: string, where: string): boolean {
    if (this.plan.script !== undefined && !this.kept.has(where)) return false;
    this.entries.push({ at: this.world.nowMs, fault, where });
    this.tell(() => `fault: ${fault}`);
    return true;
  }

  /** The last command is on its way: from now on nothing fails, so that the run comes to an end. */
  private calm(): void {
    this.calmAt = this.world.nowMs;
    this.stage.isCalm = true;
    this.world.after(QUIET_MS, () => this.lookWhetherOver());
  }

  private lookWhetherOver(): void {
    const why = this.stage.whyNotOver();
    if (why === null) this.isOver = true;
    else if (this.world.nowMs > this.calmAt + RECOVERED_MS) this.fail(new Violation('I9', why));
    else this.world.after(LOOK_AGAIN_MS, () => this.lookWhetherOver());
  }

  onCall(call: Call): void {
    this.asked += 1;
    this.guard(() => this.checker.onCall(call));
  }

  onHeard(call: Call, heard: Heard, deed: Deed & { kind: 'ask' }): void {
    const word = wordOf(heard);
    this.onWord(word);
    this.remember(`${call.commandId} ${word} ${heard.kind === 'yes' ? heard.receipt.revision : ''}`);
    this.tell(() => answerLine(deed, heard));
    this.guard(() => this.checker.onHeard(call, heard));
    this.director?.onHeard(deed, heard);
  }

  onRead(read: Read): void {
    this.onWord(read.refusal === null ? 'reads' : `read: ${read.refusal}`);
    this.remember(`${read.eventId} ${read.position}`);
    this.tell(() => readLine(read));
    this.guard(() => this.tables.onRead(read));
  }

  onFailed(error: unknown): void {
    this.fail(error);
  }

  onWord(word: string): void {
    this.counts[word] = (this.counts[word] ?? 0) + 1;
  }

  onClock(shown: number): void {
    if (shown > this.latestClock) this.latestClock = shown;
  }

  tell(line: () => string): void {
    if (this.plan.isTold === true) this.history.push(`${this.world.nowMs.toFixed(3).padStart(12)} ms  ${line()}`);
  }

  private onRecord(record: SimulatedLog['records'][number]): void {
    // Made of the hash of all its bytes, which the checker makes anew.
    this.remember(record.id);
    const { type, stream, revision, position } = record;
    this.onWord(type === 'BookingHeld' && record.data.includes('"offer":true') ? 'promoted' : type);
    this.tell(() => `log: ${position} ${stream}@${revision} ${type} ${record.data}`);
    this.guard(() => this.checker.onRecord(record));
  }

  private remember(line: string): void {
    if (this.undigested.push(line) === LINES_AT_ONCE) this.digestAll();
  }

  private digestAll(): void {
    this.digest.update(`${this.undigested.join('\n')}\n`);
    this.undigested = [];
  }

  private guard(check: () => void): void {
    if (this.violation !== null) return;
    try {
      check();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.violation ??=
      error instanceof Violation ? error : new Violation('bug', (error as Error).stack ?? String(error));
  }
}

/** Runs one world; the same plan gives the same run. Where an error came from is found out only when it is to be told. */
export async function simulate(plan: Plan): Promise<Run> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = plan.isTold === true ? 30 : 0;
  try {
    return await new Simulation(plan).run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
