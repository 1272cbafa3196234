/**
 * Bookings at a rate that does not wait for answers, from a process of their own: people who come when they come. Or, with
 * `rate` null, as fast as the given connections are answered. What an answer took counts from when its request was due.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { callersFor } from '../support/callers.js';
import { serveChild } from '../support/child.js';
import { quantile } from '../support/measure.js';
import { Wire, postOf } from '../support/wire.js';

export interface OpenLoadTask {
  readonly port: number;
  readonly secret: string;
  readonly eventId: string;
  /** Requests a second; null: a closed loop. */
  readonly rate: number | null;
  readonly seconds: number;
  /** Opened beforehand; who finds none free is counted as not sent. */
  readonly connections: number;
}

export interface OpenLoadResult {
  readonly elapsedMs: number;
  readonly sent: number;
  /** Were due, but every connection was waiting for an answer. */
  readonly unsent: number;
  /** Broken off without an answer: done or not. */
  readonly lost: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** In milliseconds; 0 where there was none. */
  readonly accepted: { readonly p50: number; readonly p99: number };
  readonly shed: { readonly p99: number };
  /** Of one core, from 0 to 1. */
  readonly cpu: number;
}

const PACE_MS = 5;
const ANSWERS_BOUND_MS = 10_000;
const BODY = '{"seats":1}';
const MOST_REQUESTS = 400_000;

const part = (times: readonly number[] | undefined, share: number): number =>
  times === undefined ? 0 : quantile(times, share);

serveChild<OpenLoadTask, OpenLoadResult>(async ({ port, secret, eventId, rate, seconds, connections }) => {
  const voices = callersFor(null, '', { AUTH_HS256_SECRET: secret });
  const series = crypto.randomUUID();
  const path = `/v1/events/${eventId}/bookings`;
  const most = rate === null ? MOST_REQUESTS : Math.ceil(rate * seconds);
  // Closed loops take what they get: a good guess is enough, and the rest is made on the way.
  const ready = Array.from({ length: rate === null ? 0 : most }, (_, at) => requestOf(at));
  const free: Wire[] = [];
  while (free.length < connections)
    free.push(...(await Promise.all(Array.from({ length: Math.min(64, connections - free.length) }, open))));
  return { run };

  function open(): Promise<Wire> {
    return Wire.open(port);
  }

  function requestOf(at: number): string {
    return postOf(path, voices.as(`${series}-${at}`).token, `${series}-${at}`, BODY);
  }

  async function run(): Promise<OpenLoadResult> {
    const took: Record<string, number[]> = {};
    let [sent, unsent, lost, waiting] = [0, 0, 0, 0];
    const before = process.cpuUsage();
    const beganAt = performance.now();
    const endAt = beganAt + seconds * 1_000;

    const ask = async (wire: Wire, at: number, dueAt: number): Promise<void> => {
      sent += 1;
      waiting += 1;
      try {
        const { status } = await wire.exchange(ready[at] ?? requestOf(at));
        (took[status] ??= []).push(performance.now() - dueAt);
        free.push(wire);
      } catch {
        lost += 1;
      }
      waiting -= 1;
    };

    if (rate === null) {
      const loop = async (): Promise<void> => {
        while (performance.now() < endAt && sent < most) {
          const wire = free.pop();
          if (wire === undefined) return;
          await ask(wire, sent, performance.now());
        }
      };
      await Promise.all(Array.from({ length: connections }, loop));
    } else {
      for (let next = 0; next < most; await sleep(PACE_MS)) {
        const due = Math.min(most, Math.floor(((performance.now() - beganAt) * rate) / 1_000));
        for (; next < due; next += 1) {
          const dueAt = beganAt + (next / rate) * 1_000;
          const wire = free.pop();
          if (wire === undefined) unsent += 1;
          else void ask(wire, next, dueAt);
        }
      }
    }
    const elapsedMs = performance.now() - beganAt;
    for (const end = performance.now() + ANSWERS_BOUND_MS; waiting > 0 && performance.now() < end;)
      await sleep(PACE_MS);
    const { user, system } = process.cpuUsage(before);
    for (const wire of free) wire.close();
    return {
      ...{ elapsedMs, sent, unsent, lost: lost + waiting },
      statuses: Object.fromEntries(Object.entries(took).map(([status, times]) => [status, times.length])),
      accepted: { p50: part(took['201'], 0.5), p99: part(took['201'], 0.99) },
      shed: { p99: part(took['503'], 0.99) },
      cpu: (user + system) / 1_000 / elapsedMs,
    };
  }
});
