import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MIGRATIONS, migrate } from '../../src/infrastructure/postgres/migrate.js';
import { emptyDatabase, onServer, silent } from '../support/postgres.js';

const REWRITE = '0030_log_as_hashed.sql';
const golden = new URL('../golden/chain.json', import.meta.url);

interface Stored {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

describe('a log from before the rewrite', () => {
  test('gets back, to the byte, the text that its hashes were made of', async () => {
    const { chain } = JSON.parse(await readFile(golden, 'utf8')) as { chain: Stored[] };
    const before = await mkdtemp(path.join(tmpdir(), 'holdfast-migrations-'));
    const database = await emptyDatabase();
    const upTo = (directory: string) => migrate(database.url, { directory, timeoutMs: 5_000, logger: silent });
    try {
      for (const name of (await readdir(MIGRATIONS)).filter((file) => file < REWRITE))
        await cp(path.join(MIGRATIONS, name), path.join(before, name));
      await upTo(before);
      await onServer(database.url, async (client) => {
        await client.query(
          `INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
           SELECT r.revision + 1, r.stream, r.revision, r.id, r.type, r.data::jsonb, r.metadata::jsonb
             FROM json_to_recordset($1) r(stream text, revision bigint, id uuid, type text, data text, metadata text)`,
          [JSON.stringify(chain)],
        );
        const stored = async (): Promise<unknown[]> => {
          const text = 'SELECT data::text, metadata::text FROM log.events ORDER BY position';
          return (await client.query<{ data: string; metadata: string }>(text)).rows;
        };
        const hashed = chain.map(({ data, metadata }) => ({ data, metadata }));
        expect(await stored()).not.toEqual(hashed);
        expect((await upTo(MIGRATIONS))[0]).toBe(REWRITE);
        expect(await stored()).toEqual(hashed);
      });
    } finally {
      await database.drop();
      await rm(before, { recursive: true });
    }
  });
});
