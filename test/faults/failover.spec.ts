import { Load, schedule } from '../support/load.js';
import { onServer } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';
import { expectQuiet, expectReady, expectTables, expectTruth } from './verdict.js';

let stage: Stage;
let api: Api;
let load: Load;

beforeAll(async () => {
  stage = await Stage.migrated();
  api = await stage.api();
  load = new Load([api.url], 4);
  await schedule(api.url, 'gala', 50);
});

afterAll(async () => {
  await load?.close();
  await stage?.close();
});

async function onStage(...statements: readonly string[]): Promise<void> {
  await onServer(await stage.databaseUrl(), async (client) => {
    for (const statement of ['SET default_transaction_read_only = off', ...statements]) await client.query(statement);
  });
}

const ofNewSessions = (change: string): string => `ALTER DATABASE postgres ${change}`;
const ofAll = (readOnly: 'on' | 'off'): readonly string[] => [
  `ALTER SYSTEM SET default_transaction_read_only = ${readOnly}`,
  'SELECT pg_reload_conf()',
];
const CUT_OFF = `SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
                  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

const FAIL_OVER = [ofNewSessions('SET default_transaction_read_only = on'), CUT_OFF];
// What was connected to meanwhile takes no writes for as long as it is kept: so is a connection to a standby.
const LEAD_BACK = [ofNewSessions('RESET default_transaction_read_only')];

test.each<[string, readonly string[], readonly string[]]>([
  ['every connection breaks, and new ones lead to it', FAIL_OVER, LEAD_BACK],
  ['the connections stay', ofAll('on'), ofAll('off')],
])('the server takes no writes for a while, and %s: not ready, and then it goes on by itself', async (_, on, off) => {
  expect((await book()).code).toBe('ok');
  await onStage(...on);
  for (const { reply } of await Promise.all(Array.from({ length: 5 }, book))) expect(reply?.status).toBe(503);
  expect((await fetch(`${api.url}/health/ready`)).status).toBe(503);
  await onStage(...off);
  await expectReady(api);
  await load.resolve();
  expect((await book()).code).toBe('ok');
  const url = await stage.databaseUrl();
  await expectTruth(url, load);
  await expectTables(url);
  expectQuiet(api);
});

let users = 0;
const book = () => load.ask(load.wish('gala', `user-${(users += 1)}`));
