import { onServer } from '../support/postgres.js';
import { lineOf, type Outcome, type Trace } from './campaign.js';
import { commandOf } from './request.js';

/** Whoever was told no has left no record, and whoever was told of a booking has. In words, one line each. */
export async function logFaultsOf(databaseUrl: string, { traces, smuggled }: Outcome): Promise<string[]> {
  const recorded = await correlationIds(databaseUrl);
  const isRefused = ({ status }: Trace): boolean => status >= 400 && status !== 503;
  const told = (what: string, { status, ask: { request, sender } }: Trace): string =>
    `${what}: ${status} to ${lineOf(request)}
    ${commandOf(request, sender)}`;
  return [
    ...traces
      .filter((trace) => isRefused(trace) && recorded.has(trace.id))
      .map((trace) => told('refused, and recorded', trace)),
    ...traces
      .filter(({ id, status, isWrite, isReplay }) => status === 201 && isWrite && !isReplay && !recorded.has(id))
      .map((trace) => told('acknowledged, and not recorded', trace)),
    ...smuggled.filter((id) => recorded.has(id)).map((id) => `carried out, though hidden in another request: ${id}`),
  ];
}

/** Of everything that callers have written; what settle adds has the id of the command that it follows from. */
async function correlationIds(databaseUrl: string): Promise<ReadonlySet<string>> {
  const rows = await onServer(databaseUrl, async (client) => {
    const text = `SELECT DISTINCT metadata ->> 'correlationId' AS id FROM log.events WHERE metadata ->> 'actor' <> 'system:settle'`;
    return (await client.query<{ id: string }>(text)).rows;
  });
  return new Set(rows.map(({ id }) => id));
}
