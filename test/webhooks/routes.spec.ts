import { randomUUID } from 'node:crypto';
import { PostgresWebhooks } from '../../src/infrastructure/webhooks/subscriptions.js';
import { DELIVERER } from '../../src/infrastructure/webhooks/settings.js';
import { SecretUnreadable, Secrets } from '../../src/infrastructure/webhooks/secrets.js';
import { Targets } from '../../src/infrastructure/webhooks/targets.js';
import { House, OPS } from './house.js';
import { Receiver, soon } from './receiver.js';

const URL_TEXT = 'http://127.0.0.1:9/hook';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterEach(() => house.clear());
afterAll(() => house?.close());

describe('a webhook', () => {
  it('is made, read, listed, changed and deleted; its secret is shown once', async () => {
    const fields = { types: ['BookingConfirmed'], eventId: 'recital', description: 'The shop' };
    const made = await house.ops('POST', '', { url: URL_TEXT, ...fields });
    const { secret, ...shown } = made.json;
    const id = String(shown['webhookId']);
    expect([made.statusCode, made.headers['location']]).toEqual([201, `/v1/webhooks/${id}`]);
    expect(Buffer.from(String(secret).replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
    expect(shown).toMatchObject({
      ...{ url: URL_TEXT, ...fields, status: 'enabled', disabled: null, failingSince: null, pending: 0 },
      ...{ oldSecretUntil: null, createdBy: 'operator' },
    });
    const read = await house.ops('GET', `/${id}`);
    expect([read.json, read.headers['etag']]).toEqual([shown, made.headers['etag']]);
    expect((await house.ops('GET', '')).json).toEqual({ items: [shown], nextCursor: null });

    const changed = await house.ops('PATCH', `/${id}`, { types: null }, { 'if-match': read.headers['etag'] });
    expect(changed.json).toMatchObject({ types: null, description: 'The shop', eventId: 'recital' });
    const stale = await house.ops('PATCH', `/${id}`, { types: null }, { 'if-match': read.headers['etag'] });
    expect([stale.statusCode, stale.json['code']]).toEqual([412, 'precondition-failed']);
    expect((await house.ops('DELETE', `/${id}`)).statusCode).toBe(204);
    for (const [method, path] of [
      ...[
        ['GET', ''],
        ['PATCH', ''],
        ['DELETE', ''],
        ['POST', '/rotate-secret'],
        ['POST', '/test'],
        ['GET', '/deliveries'],
      ],
      ...[['POST', `/deliveries/${randomUUID()}/replay`]],
    ] as const)
      expect((await house.ops(method, `/${id}${path}`)).json['code']).toBe('not-found');
    const replay = await house.ops('POST', `/${id}/replay`, { from: changed.json['position'] });
    expect(replay.json['code']).toBe('not-found');
  });

  it('is listed in pages, and so are its deliveries', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) ids.push((await house.subscribe(`${URL_TEXT}/${at}`)).id);
    const first = await house.ops('GET', '?limit=2');
    const next = /<\/v1\/webhooks(\?cursor=[^>]+)>/.exec(String(first.headers['link']))![1]!;
    const second = await house.ops('GET', next);
    const items = [first, second].flatMap(({ json }) => json['items'] as { webhookId: string }[]);
    expect([items.map(({ webhookId }) => webhookId), second.json['nextCursor']]).toEqual([ids, null]);

    await house.happen('paged', 2);
    house.deliver({ retryMs: [60_000] });
    await soon(async () => (await house.deliveries(ids[0]!)).length === 3);
    const page = await house.ops('GET', `/${ids[0]!}/deliveries?limit=2&status=pending`);
    const rest = await house.ops('GET', `/${ids[0]!}/deliveries?cursor=${String(page.json['nextCursor'])}`);
    const found = [page, rest].flatMap(({ json }) => json['items'] as { revision: number; status: string }[]);
    expect(found.map(({ revision, status }) => [revision, status])).toEqual([2, 1, 0].map((n) => [n, 'pending']));
    const foreign = await house.ops('GET', `/${ids[1]!}/deliveries?cursor=${String(page.json['nextCursor'])}`);
    expect(foreign.json['errors']).toMatchObject([{ pointer: '/cursor' }]);
  });

  it.each<[string, unknown]>([
    ...['shop.example', 'ftp://x/', 'https://x/ y', 'https://x/\u00e4', 1, null].map((url): [string, unknown] => [
      'url',
      url,
    ]),
    ...['http://u:p@127.0.0.1/', 'http://127.0.0.1/#x', 'https://no-such.invalid/'].map((url): [string, unknown] => [
      'url',
      url,
    ]),
    ...[[], ['Nothing'], ['BookingHeld', 'BookingHeld'], 'BookingHeld', [1]].map((types): [string, unknown] => [
      'types',
      types,
    ]),
    ...([
      ['eventId', 'a b'],
      ['eventId', 1],
      ['description', ''],
      ['description', 'a\nb'],
      ['secret', 'mine'],
    ] as [string, unknown][]),
  ])('names %s when it is %j, and is not made', async (name, value) => {
    const { statusCode, json } = await house.ops('POST', '', { url: URL_TEXT, [name]: value });
    expect([statusCode, json['errors']]).toEqual([
      400,
      [{ pointer: `/${name}`, expected: expect.stringMatching(/./) }],
    ]);
    expect((await house.ops('GET', '')).json['items']).toEqual([]);
  });

  it('refuses ids, positions and states that cannot be', async () => {
    const { id } = await house.subscribe(URL_TEXT);
    const pointer = async (method: string, path: string, body?: unknown) =>
      ((await house.ops(method, path, body)).json['errors'] as { pointer: string }[])[0]!.pointer;
    expect(await pointer('GET', '/nothing')).toBe('/webhookId');
    expect(await pointer('POST', `/${id}/deliveries/nothing/replay`)).toBe('/messageId');
    expect(await pointer('POST', `/${id}/replay`, {})).toBe('/from');
    expect(await pointer('GET', `/${id}/deliveries?status=lost`)).toBe('/status');
    expect(await pointer('PATCH', `/${id}`, { enabled: 'yes' })).toBe('/enabled');
    expect(await pointer('PATCH', `/${id}`, { eventId: 'other' })).toBe('/eventId');
    const from = `00000000-${'0'.repeat(20)}`;
    expect((await house.ops('POST', `/${id}/replay`, { from })).json['code']).toBe('unknown-position');
  });

  it('skips nothing by a replay from where it has not come to', async () => {
    const { id } = await house.subscribe(URL_TEXT);
    const { json } = await house.ops('GET', `/${id}`);
    await house.happen('ahead', 1);
    const { log } = house.door.service;
    const from = `${log.identity}-${String(log.records.length).padStart(20, '0')}`;
    const replayed = await house.ops('POST', `/${id}/replay`, { from });
    expect([replayed.statusCode, replayed.json['position']]).toEqual([202, json['position']]);
  });

  it('is for operators only, and there are so many at most', async () => {
    const { id } = await house.subscribe(URL_TEXT);
    for (const as of ['ada', 'office booking:any event:manage audit:read user:erase'])
      for (const path of ['', `/${id}`, `/${id}/deliveries`])
        expect((await house.door.ask('GET', `/v1/webhooks${path}`, as)).statusCode).toBe(403);
    await house.pool.query(`
      INSERT INTO webhooks.subscriptions (webhook_id, url, secret, position, created_by)
      SELECT gen_random_uuid(), 'x', 'plain:x', 0, 'x' FROM generate_series(2, 1000)`);
    const { statusCode, json } = await house.ops('POST', '', { url: URL_TEXT });
    expect([statusCode, json['code']]).toEqual([409, 'too-many-webhooks']);
  });

  it('can be tried', async () => {
    const receiver = await Receiver.open();
    const { id } = await house.subscribe(receiver.url);
    const told = await house.door.ask('POST', `/v1/webhooks/${id}/test`, OPS);
    expect(told.json).toMatchObject({ delivered: true, lastStatus: 204, lastError: null });
    expect(receiver.received[0]!.json).toMatchObject({ type: 'WebhookTest', data: { webhookId: id } });
    await receiver.close();
    const failed = await house.door.ask('POST', `/v1/webhooks/${id}/test`, OPS);
    expect(failed.json).toMatchObject({ delivered: false, lastStatus: null, lastError: 'ECONNREFUSED' });
  });
});

describe('a secret', () => {
  const KEY = 'another key for webhooks, longer than 32 bytes';

  it('is kept encrypted, each time differently, for one subscription and one key', async () => {
    const { secret } = await house.subscribe(URL_TEXT);
    const { rows } = await house.pool.query<{ secret: string }>('SELECT secret FROM webhooks.subscriptions');
    expect(rows[0]!.secret).toMatch(/^aes256gcm:/);
    expect(JSON.stringify(rows)).not.toContain(secret.slice('whsec_'.length));
    const secrets = new Secrets(KEY);
    const kept = secrets.seal(secret, 'a');
    expect(secrets.seal(secret, 'a')).not.toBe(kept);
    expect(secrets.open(kept, 'a')).toBe(secret);
    expect(() => secrets.open(kept, 'b')).toThrow(SecretUnreadable);
    expect(() => new Secrets(`${KEY}!`).open(kept, 'a')).toThrow(SecretUnreadable);
    expect(() => new Secrets(null).open(kept, 'a')).toThrow('WEBHOOKS_KEY is not set');
    const plain = new Secrets(null).seal(secret, 'a');
    expect([plain, secrets.open(plain, 'a')]).toEqual([`plain:${secret}`, secret]);
  });

  it('that cannot be opened holds its messages, and says why', async () => {
    const { id } = await house.subscribe(URL_TEXT);
    await house.happen('unsigned', 0);
    const { lines } = house.deliver({ retryMs: [60_000] }, { secrets: new Secrets(KEY) });
    await soon(async () => (await house.deliveries(id))[0]?.['lastError'] === 'secret-unreadable');
    expect(lines.some(({ message }) => message === 'The secret of a webhook cannot be read')).toBe(true);
  });

  it('that cannot be opened is what a try answers', async () => {
    const { id } = await house.subscribe(URL_TEXT);
    await house.pool.query('UPDATE webhooks.subscriptions SET secret = $1', [new Secrets(KEY).seal('whsec_c2Vj', id)]);
    const tried = await house.ops('POST', `/${id}/test`);
    expect(tried.json).toMatchObject({ delivered: false, lastStatus: null, lastError: 'secret-unreadable' });
  });

  it('is in no error of the database', async () => {
    const broken = new PostgresWebhooks(house.pool, new Targets(true), new Secrets(null), DELIVERER);
    const wish = { url: URL_TEXT, types: [], eventId: null, description: null, createdBy: 'x' };
    const failure = await broken.create(randomUUID(), wish, 0n, 'c0ffee00').catch((error: unknown) => error as Error);
    expect(String((failure as Error).message)).toBe('a statement on webhooks failed: SQLSTATE 23514');
    expect((failure as Error).cause).toBeUndefined();
  });
});
