import type pg from 'pg';
import { StoreUnavailable, StreamUnreadable } from '../../src/application/errors.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../src/infrastructure/event-store/postgres.js';
import { onServer, silent } from '../support/postgres.js';
import { CHECKS, LOCK_CHECKS, eventStoreContract } from './event-store.contract.js';
import { codec, idsOf, loseRow, noStream, postgresSubject, records, write, type PostgresSubject } from './subject.js';

eventStoreContract('The Postgres store', [...CHECKS, ...LOCK_CHECKS], postgresSubject);

describe('The Postgres store', () => {
  let subject: PostgresSubject;
  const sql = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> =>
    onServer(subject.url, async (client) => (await client.query<Row>(text, values)).rows);

  beforeAll(async () => {
    subject = await postgresSubject();
  });
  afterAll(() => subject.close());

  it.each(['UPDATE log.events SET type = type', 'DELETE FROM log.events', 'TRUNCATE log.events'])(
    'has a log that refuses %s, for its owner too',
    async (statement) => {
      await write(subject.store, noStream());
      await expect(sql(statement)).rejects.toThrow('append-only');
    },
  );

  it('numbers the log 1, 2, 3 … without gaps, over everything that was rolled back', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 3 ? write(subject.store, noStream(), 2) : subject.rollBack())),
    );
    const [found] = await sql(
      'SELECT count(*) = max(position) AS gapless, min(position)::int AS first FROM log.events',
    );
    expect(found).toEqual({ gapless: true, first: 1 });
  });

  it('puts each position, revision and id into columns, and text that comes back as it was', async () => {
    const head = noStream();
    const { sealed, position } = await write(subject.store, head, 2);
    const rows = await sql(
      'SELECT position, revision::int, id, type, data, metadata FROM log.events WHERE stream = $1',
      [head.stream],
    );
    expect(rows).toHaveLength(2);
    const [{ id, type, data, metadata }] = [sealed[1]!];
    const stored = {
      position: String(position),
      revision: 1,
      id,
      type,
      data: JSON.parse(data),
      metadata: JSON.parse(metadata),
    };
    expect(rows[1]).toEqual(stored);
  });
  it('gives what comes before a record that is missing, and nothing of what comes behind it', async () => {
    const head = noStream();
    const { sealed } = await write(subject.store, head, 4);
    await loseRow(subject.url, head.stream, 2);
    const found: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const page of subject.store.read(head.stream, 0)) found.push(...idsOf(page));
    };
    await expect(reading()).rejects.toThrow(StreamUnreadable);
    expect(found).toEqual(idsOf(sealed.slice(0, 2)));
    const tail = subject.store.locked(head.stream, async (read) => (await read(1)) && null);
    await expect(tail).rejects.toThrow(`${head.stream} lacks revision 2: was it truncated or deleted?`);
  });

  it('refuses what waits when it is closed', async () => {
    const closing = new PostgresEventStore(subject.url, POSTGRES_STORE, codec, silent, () => undefined);
    const head = noStream();
    const call = expect(closing.append(head.stream, -1, records(head))).rejects.toBeInstanceOf(StoreUnavailable);
    await closing.close();
    await call;
    await closing.close();
  });

  it('never sends what is no append', async () => {
    const head = noStream();
    const [first, second] = records(head, 2);
    for (const sealed of [[], [second!], [first!, first!]])
      await expect(subject.store.append(head.stream, -1, sealed)).rejects.toThrow(TypeError);
    await expect(subject.store.append('a\x1fb', -1, records(noStream('a\x1fb')))).rejects.toThrow(TypeError);
  });
});
