import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventFeed } from '../../src/application/ports.js';
import { Secrets } from '../../src/infrastructure/webhooks/secrets.js';
import { DELIVERER } from '../../src/infrastructure/webhooks/settings.js';
import { PostgresWebhooks } from '../../src/infrastructure/webhooks/subscriptions.js';
import { Targets } from '../../src/infrastructure/webhooks/targets.js';
import { House } from './house.js';
import { Receiver, soon, type Received } from './receiver.js';

let house: House;
let receiver: Receiver;
beforeAll(async () => {
  [house, receiver] = await Promise.all([House.open(), Receiver.open()]);
});
afterEach(async () => {
  await house.clear();
  receiver.received.length = 0;
  receiver.behaviour = () => 204;
});
afterAll(async () => {
  await house?.close();
  await receiver?.close();
});

/** Standard Webhooks, by hand: whether one of the signatures is good under this secret. */
function isSigned({ id, timestamp, signature, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return signature.split(' ').some((each) => each === `v1,${expected}`);
}

const of = (told: readonly string[], event: string): string[] => told.filter((each) => each.startsWith(event));
let events = 0;
const named = (): string => `event-${++events}`;

describe('a message', () => {
  it('is the envelope of the history, signed, under the id of its record', async () => {
    const { id, secret } = await house.subscribe(receiver.url);
    house.deliver();
    const eventId = named();
    await house.happen(eventId, 1);
    const [scheduled, booked] = await receiver.until(2);
    const { json } = await house.door.ask('GET', `/v1/events/${eventId}/history`, 'auditor audit:read');
    expect([scheduled!.json.data, booked!.json.data]).toEqual(json['items']);
    expect(booked!.json).toEqual({
      ...{ type: 'BookingConfirmed', timestamp: booked!.json.data['occurredAt'], data: booked!.json.data },
    });
    expect(booked!.id).toBe(booked!.json.data['id']);
    expect(Math.abs(Number(booked!.timestamp) * 1_000 - Date.now())).toBeLessThan(5_000);
    expect(booked!.headers).toMatchObject({ 'content-type': 'application/json', host: `127.0.0.1:${receiver.port}` });
    expect([isSigned(booked!, secret), isSigned({ ...booked!, body: `${booked!.body} ` }, secret)]).toEqual([
      true,
      false,
    ]);
    await soon(async () => (await house.deliveries(id, '&status=delivered')).length === 2);
  });

  it('is signed with the secret before too, for a day after it was changed', async () => {
    const { id, secret } = await house.subscribe(receiver.url);
    const { json } = await house.ops('POST', `/${id}/rotate-secret`);
    expect(json['secret']).not.toBe(secret);
    house.deliver();
    await house.happen(named(), 0);
    const [both] = await receiver.until(1);
    expect(both!.signature.split(' ')).toHaveLength(2);
    expect([isSigned(both!, secret), isSigned(both!, String(json['secret']))]).toEqual([true, true]);
    const days = Date.parse(String(json['oldSecretUntil'])) - Date.parse(String(json['updatedAt']));
    expect(days).toBe(86_400_000);

    await house.pool.query(`UPDATE webhooks.subscriptions SET old_secret_until = now() - interval '1 second'`);
    await house.happen(named(), 0);
    const [, one] = await receiver.until(2);
    expect([isSigned(one!, secret), isSigned(one!, String(json['secret']))]).toEqual([false, true]);
  });

  it('is signed with the new secret alone when the one before was lost with its key', async () => {
    const secrets = new Secrets('the key that is there now, longer than 32 bytes');
    const { id } = await house.subscribe(receiver.url);
    const rotated = await new PostgresWebhooks(house.pool, new Targets(true), secrets, DELIVERER).rotateSecret(id);
    house.deliver({}, { secrets });
    await house.happen(named(), 0);
    const [signed] = await receiver.until(1);
    expect(signed!.signature.split(' ')).toHaveLength(1);
    expect(isSigned(signed!, rotated!.secret)).toBe(true);
  });

  it('is checked by the lines in the documentation', async () => {
    const text = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
    const [, code] = /```js run\n([^]*?)```/.exec(text)!;
    const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(code!)}`)) as {
      isGenuine(headers: object, body: string, secret: string, now?: number): boolean;
    };
    const { id, secret } = await house.subscribe(receiver.url);
    const { json } = await house.ops('POST', `/${id}/rotate-secret`);
    house.deliver();
    await house.happen(named(), 0);
    const [{ headers, body }] = (await receiver.until(1)) as [Received];
    expect([isGenuine(headers, body, secret), isGenuine(headers, body, String(json['secret']))]).toEqual([true, true]);
    expect(isGenuine(headers, body.replace('{', '{ '), secret)).toBe(false);
    expect(isGenuine(headers, body, secret.replace(/.{4}$/, 'AAA='))).toBe(false);
    expect(isGenuine({ ...headers, 'webhook-id': 'another' }, body, secret)).toBe(false);
    expect(isGenuine(headers, body, secret, Date.now() + 600_000)).toBe(false);
    expect(isGenuine({}, body, secret)).toBe(false);
  });

  it('is given up when another record stands in its place: nobody is told something else under its id', async () => {
    const { id } = await house.subscribe(receiver.url);
    receiver.behaviour = () => 500;
    house.deliver();
    await house.happen(named(), 0);
    await receiver.until(1);
    // As over a log that was restored from an older copy and went on otherwise.
    await house.pool.query('UPDATE webhooks.deliveries SET message_id = gen_random_uuid()');
    receiver.behaviour = () => 204;
    await soon(async () => (await house.deliveries(id))[0]?.['status'] !== 'pending');
    expect(await house.deliveries(id)).toMatchObject([{ status: 'given-up', lastError: 'unreadable' }]);
    expect(receiver.told.filter((each) => !each.endsWith(' 500'))).toEqual([]);
  });

  it('is given up with a last attempt when its time is over, however long the next pause would be', async () => {
    receiver.behaviour = () => 500;
    const { id } = await house.subscribe(receiver.url);
    await house.happen(named(), 0);
    house.deliver({ retryMs: [60_000], giveUpMs: 200 });
    await soon(async () => (await house.deliveries(id))[0]?.['status'] === 'given-up');
    expect(await house.deliveries(id)).toMatchObject([{ attempts: 2, lastStatus: 500 }]);
  });

  it('is of the types and the event that were asked for', async () => {
    const [eventId, other] = [named(), named()];
    await house.subscribe(receiver.url, { types: ['BookingConfirmed'], eventId });
    house.deliver();
    await house.happen(other, 1);
    await house.happen(eventId, 2);
    await receiver.until(2);
    await sleep(30);
    expect(receiver.told).toEqual([`${eventId}/1`, `${eventId}/2`]);
  });
});

describe('order', () => {
  it('of one event is kept while its first delivery fails, and other events go on', async () => {
    const [stuck, free] = [named(), named()];
    let failures = 3;
    receiver.behaviour = ({ json: { data } }) =>
      data['eventId'] === stuck && data['revision'] === 0 && failures-- > 0 ? 500 : 204;
    await house.subscribe(receiver.url);
    await house.happen(stuck, 3);
    await house.happen(free, 2);
    house.deliver();
    await receiver.until(10);
    expect(of(receiver.told, stuck)).toEqual([
      ...Array(3).fill(`${stuck}/0 500`),
      ...[0, 1, 2, 3].map((n) => `${stuck}/${n}`),
    ]);
    expect(of(receiver.told, free)).toEqual([0, 1, 2].map((n) => `${free}/${n}`));
    expect(receiver.told.indexOf(`${free}/2`)).toBeLessThan(receiver.told.indexOf(`${stuck}/0`));
  });

  it('goes on after a message that was tried for as long as one is', async () => {
    const eventId = named();
    receiver.behaviour = ({ json: { data } }) => (data['revision'] === 1 ? 500 : 204);
    const { id } = await house.subscribe(receiver.url);
    await house.happen(eventId, 2);
    const { deliverer, lines } = house.deliver({ giveUpMs: 60 });
    await soon(() => receiver.told.includes(`${eventId}/2`));
    expect(receiver.told.filter((each) => each === `${eventId}/1 500`).length).toBeGreaterThan(1);
    const given = (await house.deliveries(id, '&status=given-up'))[0]!;
    expect(given).toMatchObject({ revision: 1, lastStatus: 500, lastError: 'refused', nextAttemptAt: null });
    expect(deliverer.tally.givenUp).toBe(1);
    expect(lines.find(({ message }) => message === 'A message of a webhook was given up')).toBeDefined();
  });

  it('goes on after a record that cannot be read, which is given up, counted, and forgotten like any other', async () => {
    const eventId = named();
    const { id } = await house.subscribe(receiver.url);
    await house.happen(eventId, 2);
    const { feed } = house;
    const spoiled: EventFeed = {
      head: () => feed.head(),
      async *after(position, signal) {
        for await (const page of feed.after(position, signal))
          yield page.map((record) => {
            if (record.revision !== 1 || !('event' in record)) return record;
            const { stream, revision, position: at, id: messageId, event } = record;
            return { stream, revision, position: at, id: messageId, type: event.type, unreadable: 'spoiled' };
          });
      },
    };
    const { deliverer } = house.deliver({ keepDays: 0, expireMs: 50 }, { feed: spoiled });
    await receiver.until(2);
    expect(receiver.told).toEqual([`${eventId}/0`, `${eventId}/2`]);
    expect(deliverer.tally.givenUp).toBe(1);
    await soon(async () => (await house.deliveries(id)).length === 0);
  });

  it('holds with more than may wait: the place in the log waits too', async () => {
    const eventId = named();
    const { id } = await house.subscribe(receiver.url);
    await house.happen(eventId, 12);
    receiver.behaviour = () => 500;
    const first = house.deliver({ pending: 3 });
    await receiver.until(2);
    expect(await house.deliveries(id)).toHaveLength(3);
    await first.stop();
    receiver.behaviour = () => 204;
    receiver.received.length = 0;
    house.deliver({ pending: 3 });
    await receiver.until(13);
    expect(receiver.told).toEqual(Array.from({ length: 13 }, (_, n) => `${eventId}/${n}`));
  });
});

describe('a process that ends', () => {
  it('between delivery and writing it down sends again, and loses nothing', async () => {
    const { id } = await house.subscribe(receiver.url);
    // The answer comes after the process was told to end and has given up waiting.
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    let hasCome = false;
    receiver.behaviour = async () => ((hasCome = true), await held, 204);
    const first = house.deliver({ drainMs: 0 });
    const eventId = named();
    await house.happen(eventId, 1);
    await soon(async () => (await house.deliveries(id)).length === 2);
    await soon(() => hasCome);
    await first.stop();
    answer();
    expect((await house.deliveries(id)).map(({ status, attempts }) => [status, attempts])).toEqual([
      ...[['pending', 0]],
      ...[['pending', 0]],
    ]);
    receiver.behaviour = () => 204;
    house.deliver();
    await soon(async () => (await house.deliveries(id, '&status=delivered')).length === 2);
    expect(receiver.told.slice(-2)).toEqual([`${eventId}/0`, `${eventId}/1`]);
    expect(receiver.told.length).toBeGreaterThanOrEqual(2);
  });

  it('waits for the answer to what is on its way, and writes it down', async () => {
    const { id } = await house.subscribe(receiver.url);
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    let hasCome = false;
    receiver.behaviour = async () => ((hasCome = true), await held, 204);
    const leaving = house.deliver({ totalMs: 20_000, drainMs: 20_000 });
    await house.happen(named(), 0);
    await soon(() => hasCome);
    const stopped = leaving.stop();
    await sleep(20);
    answer();
    await stopped;
    expect((await house.deliveries(id)).map(({ status, attempts }) => [status, attempts])).toEqual([['delivered', 1]]);
  });

  it('lets go of its subscriptions: another one need not wait until the lease is over', async () => {
    await house.subscribe(receiver.url);
    const eventId = named();
    await house.happen(eventId, 0);
    const leaving = house.deliver({ leaseMs: 3_600_000 });
    await receiver.until(1);
    await leaving.stop();
    await house.more(eventId, 1);
    house.deliver({ leaseMs: 3_600_000 });
    await receiver.until(2);
    expect(receiver.told).toEqual([`${eventId}/0`, `${eventId}/1`]);
  });

  it('has renewed its lease before it was over for as long as it went on', async () => {
    await house.subscribe(receiver.url);
    house.deliver({ leaseMs: 3_000 });
    const leasedUntil = async (): Promise<number> => {
      const { rows } = await house.pool.query<{ until: Date | null }>(
        'SELECT leased_until AS until FROM webhooks.subscriptions',
      );
      return rows[0]!.until?.getTime() ?? 0;
    };
    await soon(async () => (await leasedUntil()) > 0);
    const first = await leasedUntil();
    await soon(async () => (await leasedUntil()) > first);
    expect((await leasedUntil()) - first).toBeLessThan(3_000);
  });

  it('without a word is followed by another one once its lease is over', async () => {
    await house.subscribe(receiver.url);
    const dead = house.deliver({ leaseMs: 250 });
    await soon(
      async () =>
        (await house.pool.query('SELECT FROM webhooks.subscriptions WHERE leased_by IS NOT NULL')).rowCount === 1,
    );
    // As after kill -9: it says nothing, and its lease stays.
    await house.pool.query('CREATE TABLE kept AS SELECT leased_by, leased_until FROM webhooks.subscriptions');
    await dead.stop();
    await house.pool.query(
      'UPDATE webhooks.subscriptions s SET leased_by = k.leased_by, leased_until = k.leased_until FROM kept k',
    );
    await house.pool.query('DROP TABLE kept');
    const eventId = named();
    await house.happen(eventId, 1);
    house.deliver();
    await receiver.until(2);
    expect(receiver.told).toEqual([`${eventId}/0`, `${eventId}/1`]);
  });

  it('has had its subscriptions to itself: two of them send each message once', async () => {
    await Promise.all([house.subscribe(receiver.url), house.subscribe(`${receiver.url}-2`)]);
    // Nobody loses a lease because the machine is busy.
    house.deliver({ leaseMs: 60_000 });
    house.deliver({ leaseMs: 60_000 });
    const eventId = named();
    await house.happen(eventId, 10);
    await receiver.until(22);
    await sleep(30);
    for (const path of ['/hook', '/hook-2']) {
      const told = receiver.received.filter((each) => each.path === path).map(({ json }) => json.data['revision']);
      expect(told).toEqual(Array.from({ length: 11 }, (_, n) => n));
    }
  });
});

describe('a replay', () => {
  it('sends one message again, or all from a position on, in order', async () => {
    const { id } = await house.subscribe(receiver.url);
    house.deliver();
    const eventId = named();
    await house.happen(eventId, 3);
    await soon(async () => (await house.deliveries(id, '&status=delivered')).length === 4);
    const second = (await house.deliveries(id)).find(({ revision }) => revision === 1)!;
    const again = await house.ops('POST', `/${id}/deliveries/${String(second['messageId'])}/replay`);
    expect([again.statusCode, again.json['status'], again.json['replays']]).toEqual([202, 'pending', 1]);
    await receiver.until(5);
    expect(receiver.told[4]).toBe(`${eventId}/1`);
    expect(receiver.received[4]!.id).toBe(receiver.received[1]!.id);
    await soon(async () => (await house.deliveries(id, '&status=pending')).length === 0);

    const from = await house.ops('POST', `/${id}/replay`, { from: second['position'] });
    expect(from.statusCode).toBe(202);
    await receiver.until(8);
    expect(receiver.told.slice(5)).toEqual([1, 2, 3].map((n) => `${eventId}/${n}`));
    await soon(async () => (await house.deliveries(id, '&status=delivered')).length === 4);
  });

  it.each([204, 500])(
    'asked for while the message is on its way sends it anew, also where that is answered %i',
    async (status) => {
      const { id } = await house.subscribe(receiver.url);
      let answer = (): void => undefined;
      const held = new Promise<void>((resolve) => (answer = resolve));
      let come = 0;
      receiver.behaviour = async () => ((come += 1) === 1 ? (await held, status) : 204);
      house.deliver({ totalMs: 20_000, retryMs: [20_000] });
      await house.happen(named(), 0);
      await soon(() => come === 1);
      const [{ messageId }] = (await house.deliveries(id)) as [Readonly<Record<string, unknown>>];
      expect((await house.ops('POST', `/${id}/deliveries/${String(messageId)}/replay`)).statusCode).toBe(202);
      answer();
      await receiver.until(2);
      await soon(async () => (await house.deliveries(id, '&status=delivered')).length === 1);
      expect(await house.deliveries(id)).toMatchObject([{ replays: 1, attempts: 1 }]);
    },
  );

  it('puts what waits behind what comes before it', async () => {
    const eventId = named();
    const { id } = await house.subscribe(receiver.url);
    receiver.behaviour = ({ json: { data } }) => (data['revision'] === 3 ? 500 : 204);
    // So few may wait that what comes before has no room until what waits has made way.
    const narrow = house.deliver({ retryMs: [1_000], pending: 2 });
    await house.happen(eventId, 4);
    await receiver.until(4);
    const start = `${house.door.service.log.identity}-${'0'.repeat(20)}`;
    const first = (await house.deliveries(id)).at(-1)!;
    receiver.behaviour = () => 204;
    receiver.received.length = 0;
    expect((await house.ops('POST', `/${id}/replay`, { from: first['position'] })).statusCode).toBe(202);
    await receiver.until(5);
    expect(receiver.told).toEqual([0, 1, 2, 3, 4].map((n) => `${eventId}/${n}`));
    await narrow.stop();
    house.deliver();
    expect((await house.ops('POST', `/${id}/replay`, { from: start })).statusCode).toBe(202);
    await receiver.until(5 + house.door.written);
  });

  it('is in order too when a message comes to the queue while somebody asks for the replay', async () => {
    const eventId = named();
    const { id } = await house.subscribe(receiver.url);
    receiver.behaviour = ({ json: { data } }) => (data['revision'] === 1 ? 500 : 204);
    const before = house.deliver({ retryMs: [60_000] });
    await house.happen(eventId, 2);
    const countOf = async (status: string): Promise<number> => (await house.deliveries(id, `&status=${status}`)).length;
    await soon(async () => (await countOf('delivered')) === 1 && (await countOf('pending')) === 2);
    await before.stop();
    const [last, , first] = await house.deliveries(id);

    // As if the last one had not been queued yet, and is queued while the replay waits for the subscription.
    const queueing = await house.pool.connect();
    await queueing.query(`CREATE TEMP TABLE queued AS SELECT * FROM webhooks.deliveries WHERE webhook_id = '${id}'`);
    await queueing.query('DELETE FROM webhooks.deliveries WHERE message_id = $1', [last!['messageId']]);
    await queueing.query('BEGIN');
    await queueing.query('SELECT FROM webhooks.subscriptions WHERE webhook_id = $1 FOR UPDATE', [id]);
    const asked = house.ops('POST', `/${id}/replay`, { from: first!['position'] });
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await soon(async () => (await house.pool.query(waiting)).rowCount === 1);
    await queueing.query('INSERT INTO webhooks.deliveries SELECT * FROM queued ON CONFLICT DO NOTHING');
    await queueing.query('COMMIT; DROP TABLE queued');
    queueing.release();
    expect((await asked).statusCode).toBe(202);

    receiver.behaviour = () => 204;
    receiver.received.length = 0;
    house.deliver({ pending: 1 });
    await receiver.until(3);
    expect(receiver.told).toEqual([0, 1, 2].map((n) => `${eventId}/${n}`));
  });
});

describe('a receiver', () => {
  it('to whom everything fails for long is disabled, for all to see, and goes on where it stood when enabled', async () => {
    const eventId = named();
    receiver.behaviour = () => 500;
    const { id } = await house.subscribe(receiver.url);
    await house.happen(eventId, 1);
    const { deliverer, lines } = house.deliver({ disableMs: 50, giveUpMs: 50 });
    await soon(async () => (await house.ops('GET', `/${id}`)).json['status'] === 'disabled');
    const { json } = await house.ops('GET', `/${id}`);
    expect(json).toMatchObject({ disabled: { reason: 'failing', since: expect.stringMatching(/Z$/) }, pending: 2 });
    expect(Date.parse(String(json['failingSince']))).toBeLessThan(Date.now());
    expect(lines.find(({ message }) => message === 'A webhook was disabled')!.fields).toMatchObject({
      ...{ audit: true, webhookId: id, reason: 'failing', status: 500 },
    });
    expect([deliverer.tally.disabled, deliverer.tally.delivered]).toEqual([1, 0]);
    expect(await deliverer.queue()).toEqual({ pending: 2, disabled: 1 });
    await house.more(eventId, 1);
    await sleep(30);
    const before = receiver.received.length;

    receiver.behaviour = () => 204;
    const enabled = await house.ops('PATCH', `/${id}`, { enabled: true });
    expect(enabled.json).toMatchObject({ status: 'enabled', disabled: null, failingSince: null });
    await receiver.until(before + 3);
    expect(receiver.told.slice(before)).toEqual([0, 1, 2].map((n) => `${eventId}/${n}`));
  });

  it('that answers 410 is disabled at once; one that is stopped or deleted is told nothing more', async () => {
    receiver.behaviour = () => 410;
    const { id } = await house.subscribe(receiver.url);
    const eventId = named();
    await house.happen(eventId, 1);
    // Only now, or the first may be answered before the second is queued: then nothing is queued any more.
    house.deliver();
    await soon(async () => (await house.ops('GET', `/${id}`)).json['status'] === 'disabled');
    expect((await house.ops('GET', `/${id}`)).json).toMatchObject({ disabled: { reason: 'gone' }, pending: 2 });
    expect(receiver.told).toEqual([`${eventId}/0 410`]);

    receiver.behaviour = () => 204;
    await house.ops('PATCH', `/${id}`, { enabled: true });
    await receiver.until(3);
    await house.ops('PATCH', `/${id}`, { enabled: false });
    await house.more(eventId, 1);
    await sleep(30);
    expect((await house.ops('GET', `/${id}`)).json).toMatchObject({ disabled: { reason: 'requested' } });
    expect(receiver.received).toHaveLength(3);
    await house.ops('PATCH', `/${id}`, { enabled: true });
    await receiver.until(4);
    expect((await house.ops('DELETE', `/${id}`)).statusCode).toBe(204);
    await house.more(eventId, 1);
    await sleep(30);
    expect(receiver.received).toHaveLength(4);
    expect((await house.ops('GET', `/${id}/deliveries`)).statusCode).toBe(404);
  });

  it('that says when to come back is left alone so long, within bounds', async () => {
    const cameAt: number[] = [];
    receiver.behaviour = () => {
      if (cameAt.push(performance.now()) > 1) return 204;
      return (response) => void response.writeHead(503, { 'retry-after': '3600' }).end();
    };
    await house.subscribe(receiver.url);
    await house.happen(named(), 0);
    await house.happen(named(), 0);
    house.deliver({ longestRetryAfterMs: 120, retryMs: [5], atOncePerReceiver: 1 });
    await receiver.until(3);
    // Nothing of either event in between. A clock that is read in milliseconds may be one short.
    expect(cameAt[1]! - cameAt[0]!).toBeGreaterThan(118);
  });

  it('that says so with an answer that does not ask for it is tried again as ever', async () => {
    const replies = [500, 404];
    receiver.behaviour = () => {
      const status = replies.shift() ?? 204;
      return (response) => void response.writeHead(status, { 'retry-after': '3600' }).end();
    };
    const { id } = await house.subscribe(receiver.url);
    await house.happen(named(), 0);
    house.deliver({ longestRetryAfterMs: 3_600_000 });
    await soon(async () => (await house.deliveries(id))[0]?.['status'] === 'delivered');
    expect(receiver.received).toHaveLength(3);
  });

  it('is left alone for as long as it asked, whatever else it answers to what was on its way', async () => {
    const [asks, asksLess, takes] = [named(), named(), named()];
    let answerTheOthers = (): void => undefined;
    const others = new Promise<void>((resolve) => (answerTheOthers = resolve));
    const later = (seconds: string) => (response: ServerResponse) =>
      void response.writeHead(429, { 'retry-after': seconds }).end();
    receiver.behaviour = async ({ json: { data } }) => {
      if (data['eventId'] === asks) return later('3600');
      await others;
      return data['eventId'] === asksLess ? later('1') : 204;
    };
    const { id } = await house.subscribe(receiver.url);
    for (const eventId of [asks, asksLess, takes]) await house.happen(eventId, 0);
    const heldUntil = async (): Promise<Date | null> =>
      (await house.pool.query<{ held_until: Date }>('SELECT held_until FROM webhooks.subscriptions')).rows[0]!
        .held_until;
    const attempted = async (): Promise<number> =>
      (await house.deliveries(id)).filter(({ attempts }) => attempts === 1).length;
    house.deliver({ longestRetryAfterMs: 60_000, totalMs: 4_000 });
    await soon(async () => (await attempted()) === 1);
    const asked = await heldUntil();
    answerTheOthers();
    await soon(async () => (await attempted()) === 3);
    expect(asked!.getTime()).toBeGreaterThan(Date.now() + 30_000);
    expect(await heldUntil()).toEqual(asked);
    await house.happen(named(), 0);
    await sleep(30);
    expect(receiver.received).toHaveLength(3);
  });

  it('that redirects, is slow, talks without end or hangs up is no trouble to the others', async () => {
    const endless: ReturnType<typeof setInterval>[] = [];
    receiver.behaviour = ({ path }) => {
      if (path === '/redirect') return (response) => void response.writeHead(302, { location: receiver.url }).end();
      if (path === '/silent') return () => undefined;
      if (path === '/hangup') return null;
      if (path === '/endless')
        return (response) => {
          response.writeHead(200);
          endless.push(setInterval(() => response.write('x'.repeat(10_000)), 1));
          response.on('close', () => endless.forEach(clearInterval));
        };
      return 204;
    };
    const at = (path: string) => house.subscribe(receiver.url.replace('/hook', path));
    const ids = await Promise.all(['/redirect', '/silent', '/hangup', '/endless', '/well'].map(at));
    await house.happen(named(), 0);
    house.deliver({ totalMs: 600, retryMs: [10_000] });
    const outcome = async (id: string) => {
      const [delivery] = await house.deliveries(id);
      return [delivery?.['status'], delivery?.['lastStatus'], delivery?.['lastError']];
    };
    const all = () => Promise.all(ids.map(({ id }) => outcome(id)));
    await soon(async () => (await all()).every(([, status, error]) => (status ?? error ?? null) !== null));
    expect(await all()).toEqual([
      ['pending', 302, 'redirected'],
      ['pending', null, 'timeout'],
      ['pending', null, 'ECONNRESET'],
      ['delivered', 200, null],
      ['delivered', 204, null],
    ]);
    expect(receiver.received.filter(({ path }) => path === '/hook')).toEqual([]);
  });
});

describe('places', () => {
  const at = (path: string) => house.subscribe(receiver.url.replace('/hook', path));
  const hasCome = (wanted: string): boolean => receiver.received.some(({ path }) => path === wanted);

  it('go round: nobody waits until others have been told everything', async () => {
    receiver.behaviour = async () => (await sleep(500), 204);
    const paths = ['/a', '/b', '/c', '/d'];
    for (const path of paths) await at(path);
    for (let n = 0; n < 20; n += 1) await house.happen(named(), 0);
    house.deliver({ atOnce: 2, totalMs: 4_000 });
    await soon(() => paths.every(hasCome));
  });

  it('go round: nor until one event of another has been told to its end', async () => {
    receiver.behaviour = async ({ path }) => (path === '/slow' && (await sleep(300)), 204);
    await at('/slow');
    await house.happen(named(), 20);
    house.deliver({ atOnce: 1, totalMs: 4_000 });
    await soon(() => hasCome('/slow'));
    await at('/well');
    await house.happen(named(), 0);
    await soon(() => hasCome('/well'));
  });

  it('are one for a receiver that fails, until it answers well', async () => {
    await house.subscribe(receiver.url);
    for (let n = 0; n < 12; n += 1) await house.happen(named(), 0);
    const open: ((status: number) => void)[] = [];
    receiver.behaviour = () => new Promise<number>((answer) => open.push(answer));
    const answer = async (count: number, status: number): Promise<void> => {
      await soon(
        () => open.length === count,
        () => `${open.length} at once`,
      );
      await sleep(30); // Time enough for one more to come.
      expect(open).toHaveLength(count);
      for (const each of open.splice(0)) each(status);
    };
    house.deliver({ retryMs: [60_000], totalMs: 4_000 });
    await answer(8, 500);
    await answer(1, 500);
    await answer(1, 204);
    await answer(2, 204);
  });
});
