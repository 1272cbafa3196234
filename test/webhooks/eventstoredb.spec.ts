import { registerWebhooks } from '../../src/cli/webhooks.js';
import { run } from '../support/cli.js';
import { StandIn } from '../support/eventstoredb/server.js';
import { REAL_URL } from '../support/eventstoredb/subject.js';
import { Load, schedule, tokenOf } from '../support/load.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';
import { Stage, type Api } from '../support/processes.js';
import { Receiver, soon } from './receiver.js';

/** On a real server other logs may lie beside ours. */
const PREFIX = `told${crypto.randomUUID().slice(0, 8)}-`;
const SETTINGS = {
  WEBHOOKS_ALLOW_PRIVATE: 'on',
  WEBHOOK_LEASE_MS: '400',
  WEBHOOK_POLL_MS: '20',
  STREAM_PREFIX: PREFIX,
};

let database: TestDatabase;
let stage: Stage;
let receiver: Receiver;
let standIn: StandIn | null = null;
let settings: Readonly<Record<string, string>>;
let api: Api;
beforeAll(async () => {
  [database, stage, receiver] = await Promise.all([freshDatabase(), Stage.open(), Receiver.open()]);
  if (REAL_URL === undefined) standIn = await StandIn.start();
  settings = { DATABASE_URL: database.url, EVENT_STORE_URL: REAL_URL ?? standIn!.url, ...SETTINGS };
  api = await stage.api(settings);
  await soon(async () => (await fetch(`${api.url}/health/ready`)).ok);
});
afterAll(async () => {
  await receiver?.close();
  await stage?.close();
  await standIn?.stop();
  await database?.drop();
});

const headers = { authorization: `Bearer ${tokenOf('operator', 'ops')}`, 'content-type': 'application/json' };
const ask = async (method: string, path: string, body?: object) => {
  const content = body === undefined ? null : JSON.stringify(body);
  const reply = await fetch(`${api.url}/v1/webhooks${path}`, { method, headers, body: content });
  return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
};

test('in EventStoreDB a replay begins with the record at its position, and the webhook goes on from there', async () => {
  const { json: webhook } = await ask('POST', '', { url: receiver.url });
  const id = String(webhook['webhookId']);
  const load = new Load([api.url], 1);
  const book = (user: string) => load.ask(load.wish('told', user), api.url);
  await schedule(api.url, 'told', 10);
  for (const user of ['ada', 'bob']) await book(user);
  await receiver.until(3);
  const { json: sent } = await ask('GET', `/${id}/deliveries`);
  const { position } = (sent['items'] as { revision: number; position: string }[]).find(
    ({ revision }) => revision === 1,
  )!;
  const again = async (replay: () => Promise<unknown>): Promise<void> => {
    const before = receiver.received.length;
    await replay();
    await receiver.until(before + 2);
    expect(receiver.told.slice(before, before + 2)).toEqual(['told/1', 'told/2']);
  };
  await again(() => ask('POST', `/${id}/replay`, { from: position }));
  await again(() => run(registerWebhooks, settings, 'webhooks', 'replay', id, '--from', position, '--yes'));
  // As it stood in Postgres before the log was moved here: the smaller number, and inside a record.
  const moved = `UPDATE webhooks.subscriptions SET position = 1, log_id = 'c0ffee00'`;
  await again(async () => {
    await ask('PATCH', `/${id}`, { enabled: false });
    await onServer(database.url, (client) => client.query(moved));
    await ask('POST', `/${id}/replay`, { from: position });
    await ask('PATCH', `/${id}`, { enabled: true });
  });
  await book('cid');
  await load.close();
  await soon(() => receiver.told.at(-1) === 'told/3');

  const inside = position.replace(/\d+$/, (digits) => String(BigInt(digits) - 1n).padStart(20, '0'));
  expect(await ask('POST', `/${id}/replay`, { from: inside })).toMatchObject({
    ...{ status: 400, json: { code: 'unknown-position' } },
  });
  await expect(run(registerWebhooks, settings, 'webhooks', 'replay', id, '--from', inside)).rejects.toThrow(/^--from/);
});
