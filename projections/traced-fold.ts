import type { Tracer } from '../src/application/ports.js';
import type { FoldRecord, Projection, Sql, Statement } from './projection.js';

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
  const watch = async <Done>({ name }: Statement, run: () => Promise<Done>): Promise<Done> => {
    const facts = { 'db.system.name': 'postgresql', 'db.query.summary': name };
    const span = tracer.begin(name, 'client', [cause], facts);
    try {
      const done = await run();
      span.end();
      return done;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
  return {
    ask: (statement, values) => watch(statement, () => sql.ask(statement, values)),
    run: (statement, values) => watch(statement, () => sql.run(statement, values)),
    runLong: (statement, values) => watch(statement, () => sql.runLong(statement, values)),
  };
}
