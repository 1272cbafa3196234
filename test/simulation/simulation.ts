import { createHash, type Hash } from 'node:crypto';
import { HoldfastError, type HoldfastErrorCode } from '../../src/application/errors.js';
import type { EventStore, Random } from '../../src/application/ports.js';
import type { Answer } from '../../src/application/receipts.js';
import { seededRandom } from '../support/service.js';
import { Violation } from './books.js';
import { Checker, type Call, type Heard, type Receipt } from './checker.js';
import { Clients, isAboutEvent } from './clients.js';
import { expectSameTables } from './tables.js';
import { profileOf, type Profile } from './profile.js';
import { ApiProcess, STREAMS, type Machine } from './process.js';
import { NO_FAULTS, SimulatedLog, SimulatedStore, type NetworkFaults } from './store.js';
import { World } from './world.js';

/** What a mutant may put in the place of the sound store and clock. Production code has no part in it. */
export interface Mutant {
  /** Stands between a process and its connection. */
  readonly store?: (store: EventStore, log: SimulatedLog, world: World) => EventStore;
  /** What a process's clock shows beyond what the checker is told, in milliseconds. */
  readonly hiddenSkewMs?: number;
}

/** What happened in one run. */
export interface Run {
  readonly seed: number;
  readonly commands: number;
  readonly violation: Violation | null;
  /** Of every byte of the log and every answer, in order. */
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
}

const CERTAIN: readonly HoldfastErrorCode[] = [
  'store-unavailable',
  'overloaded',
  'clock-skew',
  'request-in-flight',
  'stream-unreadable',
];

/** One world from its beginning to its end: everything in it is decided by the seed. */
class Simulation {
  private readonly world: World;
  private readonly random: Random;
  private readonly profile: Profile;
  private readonly log = new SimulatedLog((record) => this.onRecord(record));
  private readonly checker = new Checker(() => this.latestClock);
  private readonly clients: Clients;
  private readonly processes: ApiProcess[] = [];
  /** Calls that a process has not answered; told "unknown" when it dies. */
  private readonly open = new Map<ApiProcess, Set<() => void>>();
  private readonly digest: Hash = createHash('sha256');
  private readonly counts: Record<string, number> = {};
  private violation: Violation | null = null;
  private issued = 0;
  private isCalm = false;
  private lives = 0;
  /** How far all clocks went ahead together: quiet time that nobody had to live through. */
  private leapMs = 0;
  private latestClock = 0;

  constructor(
    private readonly seed: number,
    private readonly commands: number,
    private readonly mutant: Mutant,
  ) {
    this.world = new World(seededRandom(seed));
    this.random = seededRandom(seed ^ 0x5eed);
    this.profile = profileOf(this.random);
    this.clients = new Clients(seededRandom(seed ^ 0xc11e), () => this.trueClock());
  }

  async run(): Promise<Run> {
    const { profile, world } = this;
    for (let at = 0; at < profile.processes; at += 1) this.start(at, this.machine());
    for (let at = 0; at < profile.clients; at += 1) world.after(world.between(0, 5), () => this.ask());
    this.again(profile.crashMs, () => this.crash());
    this.again(profile.jumpMs, () => this.jump());
    this.again(300, () => this.sweep());
    await world.run(() => this.violation !== null);
    this.guard(() => this.expectEnd());
    const { seed, violation, counts } = this;
    Object.assign(counts, { records: this.log.records.length, steps: world.steps });
    return { seed, commands: this.issued, violation, digest: this.digest.digest('hex'), counts };
  }

  /** Nothing more can happen: everybody was answered, and the tables can be told. */
  private expectEnd(): void {
    for (const open of this.open.values())
      if (open.size > 0) throw new Violation('I9', `${open.size} calls were never answered`);
    expectSameTables(this.log.all());
  }

  private trueClock(): number {
    return Math.floor(this.world.nowMs + this.leapMs);
  }

  private machine(): Machine {
    const machine = {
      skewMs: this.world.between(-300, 300),
      isGuarded: this.profile.isGuarded,
      clock: (): number => {
        const shown = Math.floor(this.trueClock() + machine.skewMs);
        this.latestClock = Math.max(this.latestClock, shown);
        return shown + (this.mutant.hiddenSkewMs ?? 0);
      },
    };
    return machine;
  }

  private start(at: number, machine: Machine): void {
    this.lives += 1;
    const { world, log } = this;
    const faults = (): NetworkFaults => (this.isCalm ? NO_FAULTS : this.profile.faults);
    const random = seededRandom(this.seed + this.lives * 7_919);
    const process = new ApiProcess(world, machine, random, this.profile.locking, (isAlive) => {
      const store = new SimulatedStore(world, log, faults, isAlive);
      return this.mutant.store?.(store, log, world) ?? store;
    });
    this.processes[at] = process;
    this.open.set(process, new Set());
  }

  /** Something that goes on, at irregular times, as long as clients ask. */
  private again(meanMs: number, happen: () => void): void {
    this.world.after(this.world.between(0, 2 * meanMs), () => {
      if (this.isCalm) return;
      happen();
      this.again(meanMs, happen);
    });
  }

  /** The process is gone between two awaits; what it had sent arrives all the same. */
  private crash(): void {
    const at = Math.floor(this.world.between(0, this.processes.length));
    const process = this.processes[at]!;
    if (!process.isAlive) return;
    this.count('crashes');
    process.isAlive = false;
    this.world.after(this.world.between(1, 500), () => this.start(at, process.machine));
    for (const abandon of this.open.get(process)!) abandon();
    this.open.delete(process);
  }

  private jump(): void {
    const { machine } = this.processes[Math.floor(this.world.between(0, this.processes.length))]!;
    this.count('jumps');
    if (this.world.chance(0.7)) this.leapMs += this.world.between(0, 40_000);
    else if (this.world.chance(0.8)) machine.skewMs = this.world.between(-4_000, 4_000);
    else {
      machine.skewMs = this.world.between(-3_600_000, 3_600_000);
      this.world.after(this.world.between(10, 400), () => (machine.skewMs = 0));
    }
  }

  private sweep(): void {
    for (const process of this.processes) process.sweep((error) => this.fail(error));
  }

  private ask(): void {
    if (this.issued >= this.commands) {
      // The last command is on its way: from now on nothing fails, so that the run comes to an end.
      this.isCalm = true;
      return;
    }
    const process = this.processes[Math.floor(this.world.between(0, this.processes.length))]!;
    if (!process.isAlive) return void this.world.after(20, () => this.ask());
    this.issued += 1;
    const { wish, envelope } = this.clients.next(process.ids);
    const { command, eventId } = wish;
    const stream = STREAMS.of(eventId);
    const call: Call = { stream, commandId: envelope.commandId, command, from: this.log.records.length };
    this.guard(() => this.checker.onCall(call));
    const { transact } = process;
    const asked: Promise<Answer<Receipt>> = isAboutEvent(command)
      ? transact.event(eventId, command, envelope)
      : transact.claim(eventId, command, envelope);
    this.await(process, call, asked);
    void asked.then(
      (answer) => answer.accepted && this.clients.learn(wish),
      () => undefined,
    );
  }

  /** Hears the answer, or that there will be none, and asks for something else after a while. */
  private await(process: ApiProcess, call: Call, asked: Promise<Answer<Receipt>>): void {
    const open = this.open.get(process)!;
    const heard = (what: Heard): void => {
      if (!open.delete(abandon)) return;
      this.hear(call, what);
      this.world.after(this.world.between(0, 10), () => this.ask());
    };
    const abandon = (): void => heard({ kind: 'unknown', code: 'crashed' });
    open.add(abandon);
    asked.then(
      (answer) => heard(heardOf(answer)),
      (error: unknown) => {
        if (!(error instanceof HoldfastError)) this.fail(error);
        else heard({ kind: CERTAIN.includes(error.code) ? 'failed' : 'unknown', code: error.code });
      },
    );
  }

  private hear(call: Call, heard: Heard): void {
    const word = wordOf(heard);
    this.count(word);
    this.digest.update(`${call.commandId} ${word} ${heard.kind === 'yes' ? heard.receipt.revision : ''}\n`);
    this.guard(() => this.checker.onHeard(call, heard));
  }

  private onRecord(record: SimulatedLog['records'][number]): void {
    this.digest.update(`${record.id}\n${record.data}\n${record.metadata}\n`);
    this.count(record.type === 'BookingHeld' && record.data.includes('"offer":true') ? 'promoted' : record.type);
    this.guard(() => this.checker.onRecord(record));
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

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

function heardOf(answer: Answer<Receipt>): Heard {
  if (!answer.accepted) return { kind: 'no', refusal: { ...answer.refusal } };
  const { receipt, position, replayed } = answer;
  return { kind: 'yes', receipt, position: Number(position), replayed };
}

function wordOf(heard: Heard): string {
  if (heard.kind === 'yes') return heard.replayed ? 'replayed' : 'accepted';
  return heard.kind === 'no' ? heard.refusal.reason : heard.code;
}

/** Runs one world; the same seed, commands and mutant give the same run. */
export const simulate = (seed: number, commands: number, mutant: Mutant = {}): Promise<Run> =>
  new Simulation(seed, commands, mutant).run();
