import { holdfast } from '../../clients/typescript/holdfast.js';
import { callersFor } from './callers.js';
import { drive } from './measure.js';

const A_YEAR_MS = 365 * 24 * 3_600_000;
const AT_ONCE = 64;
const BOUND_MS = 60_000;

/** Puts events on sale at the service on that port of this machine; not measured, so through the client that people use. */
export async function schedule(port: number, secret: string, events: readonly string[], seats: number): Promise<void> {
  const { manager: token } = callersFor(null, '', { AUTH_HS256_SECRET: secret });
  const client = holdfast({ url: `http://127.0.0.1:${port}`, token });
  const startsAt = new Date(Date.now() + A_YEAR_MS).toISOString();
  await drive(events, AT_ONCE, BOUND_MS, async (eventId) => {
    const { error } = await client.POST('/v1/events', { body: { eventId, title: eventId, startsAt, capacity: seats } });
    if (error !== undefined) throw new Error(`${eventId} could not be scheduled: ${JSON.stringify(error)}`);
  });
}
