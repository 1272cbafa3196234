import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { readAll } from '../contract/subject.js';
import { StandInProcess } from '../support/eventstoredb/process.js';
import { openStore, REAL_URL } from '../support/eventstoredb/subject.js';
import { schedule, tokenOf } from '../support/load.js';
import { Stage, type Api } from '../support/processes.js';

/** The whole service, its write store a stand-in for EventStoreDB in a process of its own. */

/** On a real server other logs may lie beside ours. */
const PREFIX = `sale${crypto.randomUUID().slice(0, 8)}-`;

let folder: string;
let server: StandInProcess | null = null;
let stage: Stage;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-esdb-service-'));
  if (REAL_URL === undefined) {
    server = await StandInProcess.start({ file: path.join(folder, 'log.jsonl') });
    await server.kill(); // Its port is known by now.
  }
  stage = await Stage.migrated();
  api = await stage.api({ EVENT_STORE_URL: REAL_URL ?? server!.url, STREAM_PREFIX: PREFIX });
});

afterAll(async () => {
  await stage?.close();
  await server?.kill();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly position: string;
}

async function ask(
  method: string,
  route: string,
  user: string | null,
  headers = {},
  body?: object,
  scope?: string,
): Promise<Answer> {
  const authorization = user === null ? {} : { authorization: `Bearer ${tokenOf(user, scope)}` };
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  const reply = await fetch(`${api.url}${route}`, {
    method,
    headers: { ...authorization, ...content, ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const position = reply.headers.get('holdfast-position') ?? '';
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown>, position };
}

/** Until the service answers as a load balancer waits for. */
async function expectReady(withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  for (let ready = await ask('GET', '/health/ready', null); ready.status !== 200;) {
    if (Date.now() > until) throw new Error(JSON.stringify(ready.body));
    await pause(50);
    ready = await ask('GET', '/health/ready', null);
  }
}

const book = (eventId: string, user: string): Promise<Answer> =>
  ask('POST', `/v1/events/${eventId}/bookings`, user, { 'idempotency-key': 'once' });

/** Asks with the same key until the answer is one. */
async function bookSurely(eventId: string, user: string): Promise<Answer> {
  for (const until = Date.now() + 20_000; Date.now() < until; await pause(50)) {
    const answer = await book(eventId, user).catch(() => null);
    if (answer !== null && answer.status !== 503) return answer;
  }
  throw new Error('never answered');
}

test('starts while its store is away, takes nothing, and is ready when the store comes', async () => {
  if (server !== null) {
    expect(await ask('GET', '/health/ready', null)).toMatchObject({ status: 503 });
    expect(await book('opera', 'ada')).toMatchObject({ status: 503 });
    await server.start();
  }
  await expectReady(10_000);
  await schedule(api.url, 'opera', 5);
  expect(await book('opera', 'ada')).toMatchObject({ status: 201 });
});

test('sells each place once, and readers see what they did', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => book('opera', `user-${n}`)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
  // Of the last one sold: what came before it is seen too. Of one log, so that they are in the order of their texts.
  const position = answers
    .flatMap((answer) => (answer.status === 201 ? [answer.position] : []))
    .sort()
    .at(-1)!;
  const seen = await ask('GET', '/v1/events/opera', 'ada', { 'holdfast-position': position });
  expect(seen).toMatchObject({ status: 200, body: { seatsTaken: 5, isBooked: true } });
  const later = position.replace(/\d{20}$/, '9'.repeat(18).padStart(20, '0'));
  const beyond = await ask('GET', '/v1/events/opera', 'ada', { 'holdfast-position': later });
  expect(beyond).toMatchObject({ status: 400, body: { code: 'unknown-position' } });
});

test('says to a feed that it cannot go on from where no record is', async () => {
  const { position } = await ask('GET', '/v1/events/opera', 'ada');
  const inside = position.replace(/\d{20}$/, (digits) => String(BigInt(digits) - 1n).padStart(20, '0'));
  const answer = await ask('GET', '/v1/feed', 'ada', { 'last-event-id': inside });
  expect(answer).toMatchObject({ status: 400, body: { code: 'unknown-position' } });
});

test('names the domain event that took the last place to everybody who was refused it', async () => {
  const { store, close } = openStore(REAL_URL ?? server!.url);
  const facts = await readAll(store, `${PREFIX}opera`);
  await close();
  const last = facts.findLast(({ event }) => event.type === 'BookingConfirmed')!;
  let items: Record<string, unknown>[] = [];
  for (const until = Date.now() + 5_000; items.length < 96 && Date.now() < until; await pause(50)) {
    const route = '/v1/events/opera/refusals?code=sold-out&limit=200';
    items = (await ask('GET', route, 'auditor', {}, undefined, 'audit:read')).body['items'] as typeof items;
  }
  const takenBy = { revision: last.revision, type: 'BookingConfirmed', recordId: last.id };
  expect(items).toHaveLength(96);
  for (const item of items) expect(item).toMatchObject({ free: 0, takenBy });
});

const whileItIsKilled = async (): Promise<void> => {
  await server?.kill();
  await pause(300);
  await server?.start();
};

test('loses and doubles nothing when its store is killed under load, and goes on by itself', async () => {
  await schedule(api.url, 'concert', 60);
  let answered = 0;
  const booking = Array.from({ length: 80 }, async (_, n) => {
    await pause(10 * n);
    const answer = await bookSurely('concert', `guest-${n}`);
    answered += 1;
    return answer;
  });
  await pause(250);
  expect(answered).toBeGreaterThan(0);
  await whileItIsKilled();
  const answers = await Promise.all(booking);
  const booked = answers.filter(({ status }) => status === 201 || status === 200);
  expect(booked).toHaveLength(60);
  await expectReady(10_000);
  const { store, close } = openStore(REAL_URL ?? server!.url);
  const confirmed = (await readAll(store, `${PREFIX}concert`)).filter(({ event }) => event.type === 'BookingConfirmed');
  await close();
  const ids = confirmed.map(({ event }) => (event.data as { bookingId: string }).bookingId);
  expect(ids.toSorted()).toEqual(booked.map(({ body }) => String(body['bookingId'])).toSorted());
  const { position } = booked.at(-1)!;
  const seen = await ask('GET', '/v1/events/concert', 'ada', { 'holdfast-position': position });
  expect(seen.body).toMatchObject({ seatsTaken: 60, isBooked: true });
});

test('takes nothing while records of ours may be thrown away, and goes on once that is undone', async () => {
  const stores = EventStoreDBClient.connectionString(REAL_URL ?? server!.url);
  await schedule(api.url, 'museum', 1_000);
  let guests = 0;
  const bookUntil = async (status: number): Promise<Answer> => {
    for (const until = Date.now() + 5_000; ; await pause(50)) {
      const answer = await book('museum', `guest-${(guests += 1)}`);
      if (answer.status === status || Date.now() > until) return answer;
    }
  };
  expect(await bookUntil(201)).toMatchObject({ status: 201 });
  await stores.setStreamMetadata(`${PREFIX}museum`, { maxCount: 500 });
  expect(await bookUntil(503)).toMatchObject({ status: 503, body: { code: 'store-unavailable' } });
  expect(await ask('GET', '/health/ready', null)).toMatchObject({ status: 503 });
  await stores.setStreamMetadata(`${PREFIX}museum`, {});
  expect(await bookUntil(201)).toMatchObject({ status: 201 });
  expect(await ask('GET', '/health/ready', null)).toMatchObject({ status: 200 });
  await stores.dispose();
});

test('ends in time when it is told to, with its store frozen', async () => {
  server?.freeze();
  const { code, tookMs } = await api.stop();
  server?.thaw();
  expect({ code, said: api.output }).toEqual({ code: 0, said: expect.any(String) });
  expect(tookMs).toBeLessThan(10_000);
});
