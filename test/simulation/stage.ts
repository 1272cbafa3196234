import { HoldfastError, type HoldfastErrorCode } from '../../src/application/errors.js';
import type { Answer } from '../../src/application/receipts.js';
import { resumeHalted } from '../../projections/checkpoint.js';
import { isAboutEvent } from './clients.js';
import type { Audience } from './audience.js';
import type { Call, Heard, Receipt } from './checker.js';
import { SimulatedDatabase, SqlError } from './database.js';
import { SimulatedFeed } from './feed.js';
import { unreadableRecord } from './forge.js';
import type { Mutant } from './mutant.js';
import { SimulatedPeers } from './peers.js';
import { SimulatedPool } from './pool.js';
import { ApiProcess, STREAMS, type Connections, type Machine } from './process.js';
import { NO_FAULTS, type Faults, type Profile } from './profile.js';
import { ProjectorProcess } from './projector-process.js';
import { Readers, type Open } from './readers.js';
import type { Deed } from './script.js';
import { SimulatedLog, SimulatedStore } from './store.js';
import type { World } from './world.js';

const CERTAIN: readonly HoldfastErrorCode[] = [
  'store-unavailable',
  'overloaded',
  'clock-skew',
  'request-in-flight',
  'stream-unreadable',
];

const EPOCH = Date.UTC(2027, 0, 1);

/** Everybody in one simulated world, and how each deed is done to them. */
export class Stage {
  isCalm = false;
  readonly processes: ApiProcess[] = [];
  readonly projectors: ProjectorProcess[] = [];
  readonly machines: Machine[] = [];
  /** Calls and reads that a process has not answered; told "unknown" when it dies. */
  readonly open: Open = new Set();
  readonly database: SimulatedDatabase;
  private readonly readers: Readers;
  /** How far all clocks went ahead together: quiet time that nobody had to live through. */
  private leapMs = 0;
  planted: number | null = null;

  constructor(
    private readonly world: World,
    readonly log: SimulatedLog,
    private readonly profile: Profile,
    private readonly mutant: Mutant,
    private readonly audience: Audience,
    onCommit: SimulatedDatabase['onCommit'],
  ) {
    this.readers = new Readers(this.open, mutant, audience);
    this.database = new SimulatedDatabase(
      world,
      () => this.clock(),
      onCommit,
      (error) => audience.onFailed(error),
    );
    for (let at = 0; at < profile.processes + profile.projectors; at += 1) this.machines.push(this.machine());
    for (let at = 0; at < profile.processes; at += 1) this.start(at);
    for (let at = 0; at < profile.projectors; at += 1) this.startProjector(at);
  }

  clock(): number {
    return Math.floor(EPOCH + this.world.nowMs + this.leapMs);
  }

  perform(deed: Deed): void {
    switch (deed.kind) {
      case 'ask':
        return this.ask(deed);
      case 'read':
        return this.readers.read(deed, this.processes[deed.process]!);
      case 'crash':
        return this.crash(deed);
      case 'projector':
        return this.endProjector(deed);
      case 'skew':
        return this.skew(deed);
      case 'leap':
        this.leapMs += deed.ms;
        return;
      case 'sweep':
        for (const process of this.processes) process.sweep((error) => this.audience.onFailed(error));
        return;
      case 'plant':
        return this.plant(STREAMS.of(deed.eventId));
      case 'resume':
        return this.resume();
      default:
        return deed satisfies never;
    }
  }

  /** Everybody was answered, and the tables, where somebody writes them, say what the log says, up to what nobody can read. */
  whyNotOver(): string | null {
    if (this.open.size > 0) return `${this.open.size} calls were not answered`;
    if (this.profile.projectors === 0) return null;
    const { position, halted_at: halted, halt_reason: reason } = this.database.checkpoint;
    const end = this.planted === null ? this.log.records.length : this.planted - 1;
    if (halted !== null && this.planted === null) return `the projector has halted: ${String(reason)}`;
    if (position !== end) return `the tables stand at ${String(position)} of ${end}`;
    return halted === null && this.planted !== null ? 'nobody halted before the record that cannot be read' : null;
  }

  private machine(): Machine {
    const machine = {
      skewMs: this.world.between(-300, 300),
      isGuarded: this.profile.isGuarded,
      clock: (): number => {
        const shown = Math.floor(this.clock() + machine.skewMs);
        this.audience.onClock(shown);
        return shown + (this.mutant.hiddenSkewMs ?? 0);
      },
    };
    return machine;
  }

  private connect(isAlive: () => boolean): Connections {
    const { world, log, mutant } = this;
    const faults = (): Faults => (this.isCalm ? NO_FAULTS : this.profile.faults);
    const store = new SimulatedStore(world, log, () => faults().network, isAlive);
    const feed = new SimulatedFeed(world, log, () => faults().feed, isAlive);
    return {
      store: mutant.store?.(store, log, world) ?? store,
      feed: mutant.feed?.(feed, log, world) ?? feed,
      pool: new SimulatedPool(this.database, () => faults().database, isAlive),
    };
  }

  private start(at: number): void {
    const machine = this.machines[at]!;
    const { world, processes, profile, mutant } = this;
    const faults = (): Faults => (this.isCalm ? NO_FAULTS : profile.faults);
    processes[at] = new ApiProcess(world, machine, profile.locking, (isAlive) => {
      const peers = new SimulatedPeers(world, processes, at, () => faults().peers, isAlive);
      return { ...this.connect(isAlive), peers: profile.haveShares ? (mutant.peers?.(peers) ?? peers) : null };
    });
  }

  private startProjector(at: number): void {
    const machine = this.machines[this.profile.processes + at]!;
    const { mutant, audience } = this;
    this.projectors[at] = new ProjectorProcess(
      this.world,
      machine,
      this.profile.isForced,
      (isAlive) => this.connect(isAlive),
      (parts, pool) => mutant.projector?.(parts, pool) ?? parts,
      (message) => audience.tell(() => `projector ${at}: ${message}`),
      (error) => audience.onFailed(error),
    );
  }

  private crash({ process: at, restartMs }: Deed & { kind: 'crash' }): void {
    const process = this.processes[at]!;
    if (!process.isAlive) return;
    this.audience.onWord('crashes');
    process.isAlive = false;
    process.pool.hangUp();
    this.world.after(restartMs, () => this.start(at));
    for (const call of this.open) if (call.process === process) call.abandon();
  }

  private endProjector({ projector: at, end, restartMs }: Deed & { kind: 'projector' }): void {
    const projector = this.projectors[at]!;
    if (!projector.isAlive) return;
    this.audience.onWord(`projector ${end}`);
    if (end === 'cut') return projector.pool.kill();
    if (end === 'stop') projector.stop();
    else projector.crash();
    // Told to stop, it has a while to finish its batch; what is still there then is killed.
    this.world.after(restartMs, () => {
      projector.crash();
      this.startProjector(at);
    });
  }

  private skew({ machine: at, skewMs, forMs }: Deed & { kind: 'skew' }): void {
    const machine = this.machines[at]!;
    machine.skewMs = skewMs;
    if (forMs > 0) this.world.after(forMs, () => (machine.skewMs = 0));
  }

  private plant(stream: string): void {
    if (this.planted !== null || this.log.stream(stream).length === 0) return;
    this.planted = this.log.records.length + 1;
    this.log.push(stream, [unreadableRecord(this.log, stream)]);
  }

  /** An operator lets a halted projector try again, unless the row is held just then. */
  private resume(): void {
    const pool = new SimulatedPool(
      this.database,
      () => NO_FAULTS.database,
      () => true,
    );
    resumeHalted(pool.asPool).catch((error: unknown) => {
      if (!(error instanceof SqlError)) this.audience.onFailed(error);
    });
  }

  private ask(deed: Deed & { kind: 'ask' }): void {
    const process = this.processes[deed.process]!;
    if (!process.isAlive) return;
    const { wish, envelope } = deed;
    const { command, eventId, caller } = wish;
    const call: Call = {
      stream: STREAMS.of(eventId),
      commandId: envelope.commandId,
      command,
      from: this.log.records.length,
    };
    this.audience.onCall(call);
    const { transact } = process;
    const asked: Promise<Answer<Receipt>> = isAboutEvent(command)
      ? transact.event(eventId, command, envelope)
      : transact.claim(eventId, command, envelope);
    const heard = (what: Heard): void => {
      if (!this.open.delete(open)) return;
      if (what.kind === 'yes') this.readers.see(caller, what.position);
      this.audience.onHeard(call, what, deed);
    };
    const open = { process, abandon: () => heard({ kind: 'unknown', code: 'crashed' }) };
    this.open.add(open);
    asked.then(
      (answer) => heard(heardOf(answer)),
      (error: unknown) => {
        if (!(error instanceof HoldfastError)) this.audience.onFailed(error);
        else heard({ kind: CERTAIN.includes(error.code) ? 'failed' : 'unknown', code: error.code });
      },
    );
  }
}

function heardOf(answer: Answer<Receipt>): Heard {
  if (!answer.accepted) return { kind: 'no', refusal: { ...answer.refusal } };
  const { receipt, position, replayed } = answer;
  return { kind: 'yes', receipt, position: Number(position), replayed };
}
