import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endedBy } from '../parent.mjs';

/**
 * As in the scripts of package.json: the young generation holds what a request makes, so that it dies there, and is not
 * made small whenever there is little to do; the old one may grow to four times what lives in it before it is gone through.
 */
const NODE_OPTIONS = [
  ...['--max-semi-space-size=64', '--min-semi-space-size=16', '--heap-growing-percent=300'],
  `--import=${new URL('../child.mjs', import.meta.url).href}`,
];
const LISTENING = /^Holdfast \S+ is listening on (http\S+)/;
/** A process that has been up for so long died of something new: it is replaced at once, as the first time. */
const STEADY_MS = 10_000;
const BACKOFF_MS = [0, 250, 500, 1_000, 2_000, 4_000];
/** How long a restart waits for the new process before it goes on to the next. */
const UP_WITHIN_MS = 60_000;
const POLL_MS = 100;
const ASK_TIMEOUT_MS = 1_000;

export const say = (line) => process.stdout.write(`cluster | ${line}\n`);

/**
 * One process that is to run, and is replaced when it dies: at once, then after ever longer pauses. Emits `gone` with a
 * sentence when it is given up: its first start failed by its own word, such as for a bad setting, or it died again and
 * again, never up for ten seconds.
 */
export class Member extends EventEmitter {
  #child = null;
  #url = null;
  #startedAt = 0;
  #deaths = 0;
  #wasUp = false;
  #isOver = false;

  constructor(name, program, settings) {
    super();
    this.name = name;
    this.program = fileURLToPath(new URL(`../../dist/bundle/${program}`, import.meta.url));
    this.settings = settings;
  }

  start() {
    this.#startedAt = performance.now();
    this.#url = null;
    const child = spawn(process.execPath, [...NODE_OPTIONS, this.program], {
      env: { ...process.env, ...this.settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own: Ctrl-C reaches us, and we tell it once.
      detached: true,
    });
    this.#child = child;
    say(`${this.name} starts (pid ${child.pid})`);
    this.#prefix(child.stdout, process.stdout, child);
    this.#prefix(child.stderr, process.stderr, child);
    child.once('exit', (code, signal) => this.#died(code, signal));
  }

  /** SIGTERM, then SIGKILL; it is not replaced. Answers whether it ended by itself and well. */
  async stop(withinMs) {
    this.#isOver = true;
    return this.#end(withinMs);
  }

  kill() {
    this.#isOver = true;
    this.#child?.kill('SIGKILL');
  }

  /** SIGTERM, and answers when its successor is up. */
  async restart(withinMs) {
    await this.#end(withinMs);
    for (let waited = 0; !this.#isOver && waited < UP_WITHIN_MS; waited += POLL_MS) {
      if (await this.#isUp()) return;
      await sleep(POLL_MS);
    }
    if (!this.#isOver)
      say(`${this.name} is not ready after ${UP_WITHIN_MS} ms; the next one is restarted all the same`);
  }

  async #end(withinMs) {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return true;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const impatience = setTimeout(() => {
      say(`${this.name} did not stop within ${withinMs} ms`);
      child.kill('SIGKILL');
    }, withinMs);
    const [code, signal] = await exit;
    clearTimeout(impatience);
    // Who has not begun to listen yet is ended by being asked, and has left nothing undone.
    return code === 0 || code === endedBy('SIGTERM') || signal === 'SIGTERM';
  }

  /** An API process is up when it takes requests; a projector that has not died is at work or stands by. */
  async #isUp() {
    if (this.#child === null) return false;
    if (this.settings.PORT === undefined) return true;
    return this.#url !== null && isReady(this.#url);
  }

  #died(code, signal) {
    this.#child = null;
    if (this.#isOver) return;
    const livedMs = performance.now() - this.#startedAt;
    const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
    const neverUp = !this.#wasUp && livedMs < STEADY_MS;
    if (signal === null && code !== 0 && neverUp) return this.#giveUp(`${how} and has not been up`);
    // Who was up, was asked to go, and went, has done nothing wrong.
    const wentWell = code === 0 && this.#url !== null;
    this.#deaths = wentWell || livedMs >= STEADY_MS ? 0 : this.#deaths + 1;
    const pauseMs = BACKOFF_MS[Math.max(0, this.#deaths - 1)];
    if (pauseMs === undefined) return this.#giveUp(`${how}, ${this.#deaths} times in a row`);
    say(`${this.name} ${how}: replaced ${pauseMs === 0 ? 'at once' : `in ${pauseMs} ms`}`);
    setTimeout(() => {
      if (!this.#isOver) this.start();
    }, pauseMs);
  }

  #giveUp(reason) {
    this.#isOver = true;
    this.emit('gone', reason);
  }

  #prefix(from, to, child) {
    createInterface({ input: from }).on('line', (line) => {
      to.write(`${this.name} | ${line}\n`);
      const [, url] = LISTENING.exec(line) ?? [];
      if (url === undefined) return;
      this.#wasUp = true;
      this.#url = url;
      say(`${this.name} is up on ${url} (pid ${child.pid})`);
    });
  }
}

function isReady(url) {
  return new Promise((resolve) => {
    const asked = request(`${url}/health/ready`, { agent: false, timeout: ASK_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
