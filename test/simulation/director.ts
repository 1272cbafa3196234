import type { Random } from '../../src/application/ports.js';
import { Clients } from './clients.js';
import type { Heard } from './checker.js';
import type { Profile } from './profile.js';
import type { Deed, End } from './script.js';
import type { Stage } from './stage.js';
import type { World } from './world.js';

/** What the director can have done. */
interface Acts {
  perform(deed: Deed): void;
  /** Nothing more will be asked, and nothing more fails. */
  calm(): void;
}

/**
 * Decides by lot who asks what, who crashes and whose clock jumps. Has a chance of its own: what it draws leaves alone
 * what the world draws, so that a script of the same deeds gives the same run.
 */
export class Director {
  private readonly clients: Clients;
  private issued = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly profile: Profile,
    private readonly commands: number,
    private readonly stage: Stage,
    private readonly acts: Acts,
  ) {
    this.clients = new Clients(random, () => stage.clock());
    for (let at = 0; at < profile.clients; at += 1) this.later(5, () => this.ask());
    this.again(profile.crashMs, () => this.crash());
    this.again(profile.jumpMs, () => this.jump());
    this.again(1_000, () => ({ kind: 'sweep' }));
    if (profile.projectors === 0) return;
    this.again(profile.crashMs, () => this.endProjector());
    if (profile.plantAfter !== null) this.again(2_000, () => ({ kind: 'resume' }));
  }

  /** Whoever was answered asks for something else after a while, and may look at what it has done. */
  onHeard({ wish }: Deed & { kind: 'ask' }, heard: Heard): void {
    if (heard.kind === 'yes') this.clients.learn(wish, heard.receipt.revision);
    const { caller, eventId } = wish;
    const isShown = this.profile.projectors > 0 && this.random.next() < 0.12;
    if (isShown) this.later(20, () => this.read(caller, eventId));
    this.later(10, () => this.ask());
  }

  private between(least: number, most: number): number {
    return least + this.random.next() * (most - least);
  }

  private one(of: number): number {
    return Math.floor(this.random.next() * of);
  }

  private later(most: number, happen: () => void): void {
    this.world.after(this.between(0, most), happen);
  }

  /** Something that goes on, at irregular times, as long as clients ask. */
  private again(meanMs: number, decide: () => Deed): void {
    this.later(2 * meanMs, () => {
      if (this.stage.isCalm) return;
      this.again(meanMs, decide);
      this.acts.perform(decide());
    });
  }

  private ask(): void {
    if (this.stage.isCalm) return;
    if (this.issued >= this.commands) return this.acts.calm();
    const process = this.one(this.profile.processes);
    if (this.stage.processes[process]?.isAlive !== true) return this.later(40, () => this.ask());
    this.issued += 1;
    const { wish, envelope } = this.clients.next();
    if (this.issued === this.profile.plantAfter) this.later(5, () => this.plant());
    this.acts.perform({ kind: 'ask', process, wish, envelope });
  }

  private plant(): void {
    const eventId = this.clients.someEvent();
    if (eventId !== null && !this.stage.isCalm) this.acts.perform({ kind: 'plant', eventId });
  }

  private read(caller: string, eventId: string): void {
    if (this.stage.isCalm) return;
    const process = this.one(this.profile.processes);
    this.acts.perform({ kind: 'read', process, caller: this.one(4) === 0 ? this.clients.someUser() : caller, eventId });
  }

  /** The process is gone between two awaits; what it had sent arrives all the same. */
  private crash(): Deed {
    return { kind: 'crash', process: this.one(this.profile.processes), restartMs: this.between(1, 500) };
  }

  private endProjector(): Deed {
    const end = (['crash', 'crash', 'stop', 'cut'] satisfies End[])[this.one(4)]!;
    return { kind: 'projector', projector: this.one(this.profile.projectors), end, restartMs: this.between(1, 800) };
  }

  private jump(): Deed {
    const machine = this.one(this.stage.machines.length);
    if (this.random.next() < 0.7) return { kind: 'leap', ms: this.between(0, 40_000) };
    if (this.random.next() < 0.8) return { kind: 'skew', machine, skewMs: this.between(-4_000, 4_000), forMs: 0 };
    const [skewMs, forMs] = [this.between(-3_600_000, 3_600_000), this.between(10, 400)];
    return { kind: 'skew', machine, skewMs, forMs };
  }
}
