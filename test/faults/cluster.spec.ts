import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HttpClient, NoAnswer, type Reply } from '../../bench/support/http-client.js';
import { freePorts } from '../../bench/support/ports.js';
import { scrape } from '../metrics/scrape.js';
import { schedule, tokenOf } from '../support/load.js';
import { onServer } from '../support/postgres.js';
import { Program, SECRET, Stage } from '../support/processes.js';

const CLUSTER = fileURLToPath(new URL('../../scripts/cluster.mjs', import.meta.url));
const TOKEN = 'figures';
const CALLERS = 4;
const PAUSE_MS = 5;
const STOPPED_WITHIN_MS = 15_000;

let stage: Stage;
let cluster: Program;
let crowd: Crowd;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(async () => {
  await crowd?.stop();
  if (cluster !== undefined && cluster.child.exitCode === null) await cluster.stop();
  await stage?.close();
});

test('whoever is killed is replaced, and a restart of one after the other fails no request', async () => {
  const port = await freePorts(2);
  cluster = start({ DATA_DIR: stage.dataDir, PORT: String(port), AUTH_HS256_SECRET: SECRET, METRICS_TOKEN: TOKEN });
  const urls = [port, port + 1].map((each) => `http://127.0.0.1:${each}`);
  await Promise.all(urls.map((url) => cluster.says(upOn(url))));
  await schedule(urls[0]!, 'show', 100_000);
  crowd = new Crowd(urls);

  // Who is cut off asks again with the same key, wherever it may be.
  crowd.start(() => true);
  await crowd.more(40);
  process.kill(pidOf('api-1'), 'SIGKILL');
  await cluster.says(/api-1 was ended by SIGKILL: replaced at once/);
  await cluster.says(again(upOn(urls[0]!)));
  await crowd.more(40);
  await crowd.stop();

  // Who is not let in tries the other door; nothing else is forgiven.
  crowd.start(({ mayHaveEffect }) => !mayHaveEffect);
  await crowd.more(20);
  const before = ['api-1', 'api-2', 'projector-1'].map(pidOf);
  cluster.signal('SIGHUP');
  await cluster.says(/cluster \| restarted$/m);
  await crowd.more(20);
  await crowd.stop();
  const after = ['api-1', 'api-2', 'projector-1'].map(pidOf);
  expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  expect(crowd.failures).toEqual([]);
  expect(crowd.servedBy.size).toBe(2);
  // There is one event: who does not decide about it has asked the other.
  const asked = await Promise.all(urls.map((url) => scrape(url, TOKEN)));
  expect(
    Math.max(...asked.map((page) => page.of('holdfast_commands_asked_total{result="answered"}')!)),
  ).toBeGreaterThan(0);

  const url = await stage.databaseUrl();
  const { rows } = await onServer(url, (client) =>
    client.query<{ n: number }>("SELECT count(*)::int AS n FROM log.events WHERE type = 'BookingConfirmed'"),
  );
  expect(rows).toEqual([{ n: crowd.booked }]);

  const { code, tookMs } = await cluster.stop();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(STOPPED_WITHIN_MS);
  expect(after.filter(isAlive)).toEqual([]);
});

test('who is stopped before it has begun is stopped well', async () => {
  cluster = start({ DATA_DIR: stage.dataDir, PORT: '0', AUTH_HS256_SECRET: SECRET }, '--api', '1');
  await cluster.says(/projector-1 starts/);
  expect((await cluster.stop()).code).toBe(0);
});

test('a setting that cannot be ends all of them with what they say of it', async () => {
  cluster = start({ DATA_DIR: stage.dataDir, AUTH_HS256_SECRET: SECRET, LOCKING: 'hopeful' }, '--api', '1');
  expect(await cluster.ended).toEqual({ code: 1, signal: null });
  expect(cluster.output).toMatch(/-1 \| {3}LOCKING: expected optimistic or pessimistic/);
  expect(cluster.output).not.toContain('replaced');
});

/** npm says below what it runs us: the cluster then ends when this test does. */
function start(settings: Readonly<Record<string, string>>, ...words: string[]): Program {
  const env = { PATH: process.env['PATH'], npm_lifecycle_event: 'cluster', LOG_LEVEL: 'warn', ...settings };
  return new Program(spawn(process.execPath, [CLUSTER, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

const upOn = (url: string): RegExp => new RegExp(`is up on ${url} `);
const again = ({ source }: RegExp): RegExp => new RegExp(`${source}[^]*${source}`);

function pidOf(name: string): number {
  return Number([...cluster.output.matchAll(new RegExp(`${name} starts \\(pid (\\d+)\\)`, 'g'))].at(-1)![1]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Callers who book a place each time, at one process or the other by turns. */
class Crowd {
  booked = 0;
  readonly failures: string[] = [];
  readonly servedBy = new Set<string>();
  private clients: HttpClient[] = [];
  private running: Promise<unknown> = Promise.resolve();
  private isOver = true;
  private asked = 0;

  constructor(private readonly urls: readonly string[]) {}

  start(isForgiven: (error: NoAnswer) => boolean): void {
    this.isOver = false;
    this.clients = this.urls.map((url) => new HttpClient(url, CALLERS));
    const caller = async (): Promise<void> => {
      for (; !this.isOver; await sleep(PAUSE_MS)) await this.book(isForgiven);
    };
    this.running = Promise.all(Array.from({ length: CALLERS }, caller));
  }

  async more(bookings: number): Promise<void> {
    for (const enough = this.booked + bookings; this.booked < enough && this.failures.length === 0;) await sleep(10);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
    for (const client of this.clients) client.close();
  }

  private async book(isForgiven: (error: NoAnswer) => boolean): Promise<void> {
    const n = this.asked++;
    const told: string[] = [];
    for (const client of [0, 1, 0, 1].map((turn) => this.clients[(n + turn) % 2]!)) {
      const reply = await ask(client, n).catch((error: unknown) => error as NoAnswer);
      if (reply instanceof Error && isForgiven(reply)) told.push(reply.message);
      else {
        if (!(reply instanceof Error) && reply.status === 201) {
          this.booked += 1;
          this.servedBy.add(client.url);
        } else this.failures.push(reply instanceof Error ? reply.message : JSON.stringify(reply));
        return;
      }
    }
    this.failures.push(`nobody answered: ${told.join(', ')}`);
  }
}

const ask = (client: HttpClient, n: number): Promise<Reply> =>
  client.send({ method: 'POST', path: '/v1/events/show/bookings', token: tokenOf(`user-${n}`), key: `key-${n}` });
