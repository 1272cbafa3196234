import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Blow, Struck } from './killer.js';
import type { Order, Report } from './load/plan.js';

/** When exactly a kill on cue comes. */
export type Manner = Pick<Blow, 'inCommit' | 'frozenMs'>;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** One of our own processes, run from its source; orders are answered one at a time. */
class Child<Asked extends object, Told extends object> {
  private readonly child: ChildProcess;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    const execArgv = ['--import', here('../support/jest-typescript.mjs')];
    this.child = fork(here(file), [], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  ask(asked: Asked): Promise<Told> {
    const answer = this.turn.then(
      () =>
        new Promise<Told>((resolve, reject) => {
          const gone = (): void => reject(new Error('a process of the harness has ended'));
          if (!this.child.connected) return gone();
          this.child.once('exit', gone);
          this.child.once('message', (told) => {
            this.child.off('exit', gone);
            resolve(told as Told);
          });
          this.child.send(asked);
        }),
    );
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  get pid(): number {
    return this.child.pid!;
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}

/** The process that makes the load. */
export class LoadProcess {
  private readonly child = new Child<Order, Report>('load-client.ts');

  /** Throws when something is wrong with the client itself; answers what could not be decided. */
  async tell(order: Order): Promise<readonly string[]> {
    const { problem, undecided } = await this.child.ask(order);
    if (problem !== null) throw new Error(`the load generator failed at "${order.do}": ${problem}`);
    return undecided;
  }

  close(): void {
    this.child.close();
  }
}

/** The process that kills. */
export class Killer {
  private readonly child = new Child<Blow, Struck>('killer.ts');

  get pid(): number {
    return this.child.pid;
  }

  strike(pids: readonly number[], signal: NodeJS.Signals, afterMs: number): Promise<Struck> {
    return this.child.ask({ pids, signal, afterMs, onCue: false, inCommit: false, frozenMs: 0 });
  }

  /** Kills so long after the load generator's cue, in that manner. */
  strikeOnCue(pids: readonly number[], afterMs: number, manner: Partial<Manner> = {}): Promise<Struck> {
    return this.child.ask({ pids, signal: 'SIGKILL', afterMs, onCue: true, inCommit: false, frozenMs: 0, ...manner });
  }

  close(): void {
    this.child.close();
  }
}
