/** The callers of an HTTP service, in a process of their own: one connection each, tokens and requests made beforehand. */
import { callersFor } from '../support/callers.js';
import { serveChild } from '../support/child.js';
import type { Told } from '../support/contender.js';
import { drive } from '../support/measure.js';
import type { Ask } from '../support/sale.js';
import { Wire, postOf, type WireAnswer } from '../support/wire.js';

export interface LoadTask {
  /** Of the processes of one service: each has as many of the callers. */
  readonly ports: readonly number[];
  readonly secret: string;
  readonly asks: readonly Ask[];
  readonly callers: number;
  readonly boundMs: number;
}

export interface LoadResult {
  /** In the order of the asks; null where the answer was no booking and no refusal that can be. */
  readonly answered: readonly { readonly ask: Ask; readonly told: Told | null; readonly ms: number }[];
  /** How many answers had which status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
  /** Of one core, from 0 to 1. */
  readonly cpu: number;
}

const BODY = '{"seats":1}';

serveChild<LoadTask, LoadResult>(async ({ ports, secret, asks, callers, boundMs }) => {
  const voices = callersFor(null, '', { AUTH_HS256_SECRET: secret });
  const series = crypto.randomUUID();
  const requests = asks.map(({ eventId, userId }, at) => {
    const path = `/v1/events/${eventId}/bookings`;
    return { at, text: postOf(path, voices.as(userId).token, `${series}-${at}`, BODY) };
  });
  const wires = await Promise.all(Array.from({ length: callers }, (_, at) => Wire.open(ports[at % ports.length]!)));
  const run = async (): Promise<LoadResult> => {
    const free = [...wires];
    const before = process.cpuUsage();
    const { answered, elapsedMs } = await drive(requests, callers, boundMs, async ({ text }) => {
      const wire = free.pop()!;
      const answer = await wire.exchange(text);
      free.push(wire);
      return answer;
    });
    const { user, system } = process.cpuUsage(before);
    for (const wire of wires) wire.close();
    const statuses: Record<string, number> = {};
    for (const { result } of answered) statuses[result.status] = (statuses[result.status] ?? 0) + 1;
    return {
      answered: answered.map(({ item, result, ms }) => ({ ask: asks[item.at]!, told: toldOf(result), ms })),
      statuses,
      elapsedMs,
      cpu: (user + system) / 1_000 / elapsedMs,
    };
  };
  return { run };
});

function toldOf({ status, body }: WireAnswer): Told | null {
  if (body === '' || (status !== 201 && status !== 409)) return null;
  const { bookingId, code } = JSON.parse(body) as { bookingId?: string; code?: string };
  if (status === 201 && bookingId !== undefined) return { kind: 'booked', bookingId };
  return code === 'sold-out' || code === 'already-booked' ? { kind: code } : null;
}
