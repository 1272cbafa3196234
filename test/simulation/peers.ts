import type { Peer, Peers, Question, Reply } from '../../src/application/ports.js';
import { hashOf } from '../../src/infrastructure/peers/local-peers.js';
import type { ApiProcess } from './process.js';
import type { World } from './world.js';

/** What goes wrong between two processes, each as a share of all questions. */
export interface PeerFaults {
  /** The one who should decide is not to be reached. */
  readonly away: number;
  /** Nobody hears the question, or only when its asker has given up; or nobody hears the reply. */
  readonly lost: number;
  readonly late: number;
  readonly unheard: number;
}

const SILENCE_MS = 400;
const LATEST_MS = 4_000;
/** Between two looks whether the other one is still alive: a connection ends with its process. */
const LOOK_MS = 50;

/** How one process asks the others: by connections that end with either of them, and over which all is JSON. */
export class SimulatedPeers implements Peers {
  /** `others`: all processes, this one in its own place. */
  constructor(
    private readonly world: World,
    private readonly others: readonly ApiProcess[],
    private readonly own: number,
    private readonly faults: () => PeerFaults,
    private readonly isAlive: () => boolean,
  ) {}

  deciderOf(eventId: string): Peer | null {
    const at = hashOf(eventId) % this.others.length;
    const decider = this.others[at]!;
    if (at === this.own || !decider.isAlive || this.world.strikes(this.faults().away, 'peer away')) return null;
    return { ask: (question) => this.ask(decider, question) };
  }

  private ask(decider: ApiProcess, question: Question): Promise<Reply> {
    const { world } = this;
    const asked = JSON.stringify(question);
    return new Promise((resolve) => {
      let isTold = false;
      const tell = (reply: Reply): void => {
        if (!isTold && this.isAlive()) resolve(reply);
        isTold = true;
      };
      const silent = (): void => tell('silent');
      const look = (): void => {
        if (!decider.isAlive) silent();
        if (!isTold) world.after(LOOK_MS, look);
      };
      const answer = async (): Promise<void> => {
        if (!decider.isAlive) return;
        const reply = JSON.stringify(await decider.transact.answer(JSON.parse(asked) as Question));
        if (world.strikes(this.faults().unheard, 'peer unheard')) world.after(SILENCE_MS, silent);
        else world.after(world.between(0.05, 2), () => tell(JSON.parse(reply) as Reply));
      };
      world.after(LOOK_MS, look);
      const { lost, late } = this.faults();
      if (world.strikes(lost, 'peer lost')) world.after(SILENCE_MS, silent);
      else if (world.strikes(late, 'peer late')) {
        world.after(SILENCE_MS, silent);
        world.after(SILENCE_MS + world.between(0.1, LATEST_MS), () => void answer());
      } else world.after(world.between(0.05, 2), () => void answer());
    });
  }
}
