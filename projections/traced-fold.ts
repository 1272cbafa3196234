import type { Tracer } from '../src/application/ports.js';
import type { FoldRecord, Projection, Sql } from './projection.js';

type Watch = (sql: Sql) => Sql;

/**
 * Has a batch folded as a step of the traces of those who wrote it: of the first, linked to the others. Each of its
 * statements is a step of that. Where nobody is traced it is just folded.
 */
export async function inTrace<Done>(
  tracer: Tracer | null,
  { name, generation }: Projection,
  batch: readonly FoldRecord[],
  work: (watch: Watch) => Promise<Done>,
): Promise<Done> {
  const causes = tracer === null ? [] : causesOf(batch);
  if (tracer === null || causes.length === 0) return work((sql) => sql);
  const facts = { 'holdfast.generation': generation, 'holdfast.records': batch.length };
  const span = tracer.begin(`fold ${name}`, 'internal', causes, facts);
  try {
    const done = await work((sql) => watched(sql, tracer, span.traceparent));
    span.end();
    return done;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** Of those who wrote these records, each once. */
function causesOf(batch: readonly FoldRecord[]): string[] {
  const causes = new Set<string>();
  for (const record of batch)
    if ('metadata' in record && record.metadata.traceparent !== undefined) causes.add(record.metadata.traceparent);
  return [...causes];
}

function watched(sql: Sql, tracer: Tracer, cause: string): Sql {
  const watch =
    (run: Sql['run']): Sql['run'] =>
    async (statement, values) => {
      const facts = { 'db.system.name': 'postgresql', 'db.query.summary': statement.name };
      const span = tracer.begin(statement.name, 'client', [cause], facts);
      try {
        const rows = await run<never>(statement, values);
        span.end();
        return rows;
      } catch (error) {
        span.end(error);
        throw error;
      }
    };
  return {
    run: watch((statement, values) => sql.run(statement, values)),
    runLong: watch((statement, values) => sql.runLong(statement, values)),
  };
}
