import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Mode, StandInOptions } from './server.js';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The stand-in in a process of its own: killed, frozen and started again on the same log and port. */
export class StandInProcess {
  private child: ChildProcess | null = null;
  url = '';

  private constructor(private options: StandInOptions) {}

  static async start(options: StandInOptions): Promise<StandInProcess> {
    const standIn = new StandInProcess(options);
    await standIn.start();
    return standIn;
  }

  async start(): Promise<void> {
    const execArgv = ['--import', here('../jest-typescript.mjs')];
    const child = fork(here('main.ts'), [JSON.stringify(this.options)], { execArgv, stdio: 'inherit' });
    this.child = child;
    const [{ url, port }] = (await once(child, 'message')) as [{ url: string; port: number }];
    this.url = url;
    this.options = { ...this.options, port };
  }

  async become(mode: Mode): Promise<void> {
    this.child!.send(mode);
    await once(this.child!, 'message');
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
