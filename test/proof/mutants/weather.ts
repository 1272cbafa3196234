import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Random } from '../../../src/application/ports.js';

/** Who writes to the log twice as often: what has taken its place there and is not committed is what others must wait for. */
const OURS = ['holdfast-writer', 'holdfast-writer', 'holdfast-writer-aside', 'holdfast-store', 'storm-tables'];
const LONGEST_CALM_MS = 6;
const LONGEST_FREEZE_MS = 25;
const STALL_MS = 20;

/**
 * What Postgres does to its clients meanwhile: one of its processes at a time, by lot, ends its session as it is, or
 * stands still for some milliseconds in the middle of whatever it was doing.
 */
export class Weather {
  readonly happened: Record<string, number> = {};
  private isBlowing = false;

  constructor(
    private readonly client: pg.Client,
    private readonly random: Random,
  ) {}

  async blow(): Promise<void> {
    this.isBlowing = true;
    while (this.isBlowing) {
      await sleep(1 + Math.floor(this.random.next() * LONGEST_CALM_MS));
      if (this.random.next() < 0.15) {
        await this.stall();
        continue;
      }
      const victim = await this.victim();
      if (victim === undefined) continue;
      if (this.random.next() < 0.7) await this.freeze(victim);
      else await this.end(victim);
    }
  }

  calm(): void {
    this.isBlowing = false;
  }

  private async victim(): Promise<number | undefined> {
    const name = OURS[Math.floor(this.random.next() * OURS.length)]!;
    const { rows } = await this.client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1
        ORDER BY state = 'idle', random() LIMIT 1`,
      [name],
    );
    return rows[0]?.pid;
  }

  private async end(pid: number): Promise<void> {
    await this.client.query('SELECT pg_terminate_backend($1)', [pid]);
    this.count('ended');
  }

  private async freeze(pid: number): Promise<void> {
    if (!send(pid, 'SIGSTOP')) return;
    await sleep(1 + Math.floor(this.random.next() * LONGEST_FREEZE_MS)).finally(() => send(pid, 'SIGCONT'));
    this.count('frozen');
  }

  /**
   * Writers wait in the middle of an append, as for somebody who makes an index; then one of them stands still while the
   * others go on. Whoever reads the log meanwhile must not take it for complete.
   */
  private async stall(): Promise<void> {
    await this.client.query('BEGIN; LOCK TABLE log.events IN SHARE MODE');
    await sleep(STALL_MS);
    const { rows } = await this.client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        ORDER BY random() LIMIT 1`,
    );
    const isStopped = rows[0] !== undefined && send(rows[0].pid, 'SIGSTOP');
    await this.client.query('COMMIT');
    if (!isStopped) return;
    await sleep(STALL_MS).finally(() => send(rows[0]!.pid, 'SIGCONT'));
    this.count('stalled');
  }

  private count(what: string): void {
    this.happened[what] = (this.happened[what] ?? 0) + 1;
  }
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
