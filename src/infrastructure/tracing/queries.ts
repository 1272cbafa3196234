import type pg from 'pg';
import type { OtelTracer } from './tracer.js';

const TEXT_LENGTH = 1_000;

/**
 * What is asked on this pool for a step of a trace is a step too. What nobody waits for, such as a look whether there is
 * something to do, is none. Values are never told: they are parameters.
 */
export function traceQueries(pool: pg.Pool, tracer: OtelTracer): pg.Pool {
  const ask = pool.query.bind(pool) as (...asked: unknown[]) => Promise<unknown>;
  const traced = async (...asked: unknown[]): Promise<unknown> => {
    const { current } = tracer;
    if (current === undefined) return ask(...asked);
    const text = textOf(asked[0]);
    const name = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'query';
    const facts = { 'db.system.name': 'postgresql', 'db.operation.name': name, 'db.query.text': text };
    const span = tracer.begin(name, 'client', [current], facts);
    try {
      const answer = await ask(...asked);
      span.end();
      return answer;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
  return Object.assign(pool, { query: traced });
}

function textOf(asked: unknown): string {
  const text = typeof asked === 'string' ? asked : String((asked as { readonly text?: unknown }).text);
  return text.slice(0, TEXT_LENGTH);
}
