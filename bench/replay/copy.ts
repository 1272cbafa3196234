import { EventStoreDBClient, START } from '@eventstore/db-client';
import type pg from 'pg';

const PAGE = 2_000;

/**
 * Copies the log of an EventStoreDB into a temporary table of the form of `log.events`, so that the same questions can
 * be asked of it. Read with the bare client: what is checked is not what checks. Answers the name of the table.
 */
export async function copyOfEventStore(address: string, streamPrefix: string, client: pg.Client): Promise<string> {
  await client.query(`CREATE TEMP TABLE replay_log (LIKE log.events INCLUDING DEFAULTS)`);
  const store = EventStoreDBClient.connectionString(address);
  let page: object[] = [];
  const flush = async (): Promise<void> => {
    await client.query(
      `INSERT INTO replay_log (position, stream, revision, id, type, data, metadata)
       SELECT position, stream, revision, id, type, data, metadata
         FROM jsonb_to_recordset($1::jsonb)
           AS t (position bigint, stream text, revision bigint, id uuid, type text, data json, metadata json)`,
      [JSON.stringify(page)],
    );
    page = [];
  };
  const all = store.readAll({ fromPosition: START, requiresLeader: true });
  all.on('error', () => undefined); // The loop throws it; one that came later would end the process.
  for await (const { event } of all) {
    if (event === undefined || !event.streamId.startsWith(streamPrefix)) continue;
    const { id, type, data, metadata } = event;
    const [position, revision] = [String(event.position.commit), String(event.revision)];
    page.push({ position, stream: event.streamId, revision, id, type, data, metadata });
    if (page.length === PAGE) await flush();
  }
  await flush();
  return 'replay_log';
}
