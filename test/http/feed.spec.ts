import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FeedSettings } from '../../src/application/feed.js';
import { StoreUnavailable } from '../../src/application/errors.js';
import { expiryIn } from '../../src/infrastructure/http/control-room/sign-in.js';
import { mintToken } from '../../src/infrastructure/http/tokens.js';
import type { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { SECRET, tokenOf } from '../support/credentials.js';
import { FrontDoor } from '../support/front-door.js';
import { SseReader } from '../support/sse.js';

const AUDITOR = 'auditor audit:read';
const FAST: Partial<FeedSettings> = { feedLifeMs: 60_000, feedHeartbeatMs: 20, feedGatherMs: 1 };

/** One process with its own port. */
class Process {
  readonly readers: SseReader[] = [];

  private constructor(
    readonly door: FrontDoor,
    readonly port: number,
  ) {}

  static async start(feed: Partial<FeedSettings> = {}, log?: InMemoryLog): Promise<Process> {
    const door = await FrontDoor.open({}, {}, { ...FAST, ...feed }, log);
    await door.app.listen(0, '127.0.0.1');
    return new Process(door, (door.app.getHttpServer().address() as AddressInfo).port);
  }

  get log(): InMemoryLog {
    return this.door.service.log;
  }

  async follow(as: string, query = '', lastEventId?: string, token?: string): Promise<SseReader> {
    const [subject = '', ...scopes] = as.split(' ');
    const authorization = `Bearer ${token ?? tokenOf(subject, scopes.join(' ') || 'booking')}`;
    const seen = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const reader = await SseReader.open(`http://127.0.0.1:${this.port}/v1/feed${query}`, { authorization, ...seen });
    this.readers.push(reader);
    return reader;
  }

  /** Asks, and never reads. */
  stuck(): Socket {
    const socket = connect(this.port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => undefined);
    socket.write(`GET /v1/feed HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenOf('slow', 'audit:read')}\r\n\r\n`);
    return socket;
  }

  /** Puts so many long records into the log, behind the service's back. */
  push(count: number): void {
    const { records } = this.log;
    const [record] = records;
    for (let n = 0; n < count; n += 1) this.log.push({ ...record!, revision: records.length });
  }

  /** Resolves when so many follow. */
  async followed(count: number): Promise<void> {
    const { tally } = this.door.feed;
    for (let tries = 0; tally.clients !== count && tries < 400; tries += 1) await pause(5);
    expect(tally.clients).toBe(count);
  }

  /** What a request is refused with: before any byte of a stream, so it ends. */
  async refusal(as: string, query = '', lastEventId?: string) {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await this.door.ask('GET', `/v1/feed${query}`, as, undefined, headers);
    return { status: response.statusCode, code: response.json['code'], ...response };
  }

  async stop(): Promise<void> {
    await this.door.close();
  }
}

const started: Process[] = [];
async function start(feed: Partial<FeedSettings> = {}, log?: InMemoryLog): Promise<Process> {
  const process = await Process.start(feed, log);
  started.push(process);
  return process;
}
afterEach(async () => {
  for (const process of started.splice(0)) {
    for (const reader of process.readers) reader.close();
    await process.stop();
  }
});

const tokenAt = (log: InMemoryLog, position: number): string => `${log.identity}-${String(position).padStart(20, '0')}`;

describe('the feed', () => {
  it('tells what is committed from now on, in order, each in the envelope of the history', async () => {
    const house = await start();
    const { door } = house;
    const eventId = await door.event({ capacity: 3 });
    const reader = await house.follow(AUDITOR);
    expect(reader.status).toBe(200);
    expect(reader.response.headers).toMatchObject({
      ...{ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      ...{ 'holdfast-position': tokenAt(house.log, 1), 'x-content-type-options': 'nosniff' },
    });
    await door.booking(eventId, 'ada');
    await door.booking(eventId, 'bob', { hold: true });
    await door.ask('POST', `/v1/events/${eventId}/cancel`, 'manager event:manage', {});
    await reader.until(({ messages }) => messages.length === 3);
    const history = (await door.ask('GET', `/v1/events/${eventId}/history`, AUDITOR)).json['items'] as object[];
    expect(reader.messages.map(({ data }) => data)).toEqual(history.slice(1));
    expect(reader.messages.map(({ id }) => id)).toEqual([2, 3, 4].map((n) => tokenAt(house.log, n)));
    expect(reader.types).toEqual(['BookingConfirmed', 'BookingHeld', 'EventCancelled']);
    expect(reader.retry).toBe('0');
  });

  it('resumes without loss or repeat, on this process, after a restart, and on another process', async () => {
    const house = await start();
    const { door } = house;
    const eventId = await door.event({ capacity: 100 });
    const first = await house.follow(AUDITOR);
    for (const user of ['a', 'b', 'c']) await door.booking(eventId, user);
    await first.until(({ messages }) => messages.length === 3);
    first.close();
    for (const user of ['d', 'e']) await door.booking(eventId, user);
    const other = await start({}, house.log);
    const second = await other.follow(AUDITOR, '', first.lastEventId);
    await second.until(({ messages }) => messages.length === 2);
    await house.stop();
    const restarted = await start({}, house.log);
    await restarted.door.booking(eventId, 'f');
    await second.until(({ messages }) => messages.length === 3);
    const third = await restarted.follow(AUDITOR, `?after=${first.messages[0]!.id}`);
    await third.until(({ messages }) => messages.length === 5);
    const users = ({ messages }: SseReader) => messages.map(({ data }) => (data['data'] as { userId: string }).userId);
    expect([users(first), users(second), users(third)]).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
      ['b', 'c', 'd', 'e', 'f'],
    ]);
  });

  it('refuses a position of another log, one beyond the end, and one too far back, before it begins', async () => {
    const house = await start({ feedResumeRecords: 2 });
    for (let n = 0; n < 4; n += 1) await house.door.event();
    for (const position of [`00000000-${'0'.repeat(20)}`, tokenAt(house.log, 5), 'nonsense']) {
      const refusal = await house.refusal(AUDITOR, '', position);
      expect([refusal.status, refusal.code]).toEqual([400, 'unknown-position']);
    }
    expect((await house.refusal(AUDITOR, '?after=nonsense')).json['errors']).toMatchObject([{ pointer: '/after' }]);
    expect((await house.refusal(AUDITOR, '?type=Booked')).json['errors']).toMatchObject([{ pointer: '/type' }]);
    const old = await house.refusal(AUDITOR, '', tokenAt(house.log, 1));
    expect([old.status, old.code, old.json['lists']]).toEqual([409, 'feed-too-old', ['/v1/events', '/v1/bookings']]);
    expect(old.headers['link']).toBe('</v1/events>; rel="related", </v1/bookings>; rel="related"');
    const near = await house.follow(AUDITOR, '', tokenAt(house.log, 2));
    await near.until(({ messages }) => messages.length === 2);
  });

  it('shows users facts about events and their own bookings, and nothing of anybody else', async () => {
    const house = await start();
    const { door } = house;
    const eventId = await door.event({ capacity: 2 });
    const from = tokenAt(house.log, 0);
    const [ada, bob, office, all] = [
      await house.follow('ada', '', from),
      await house.follow('bob', `?eventId=${eventId}&type=BookingConfirmed,BookingCancelled`, from),
      await house.follow('office booking:any', '', from),
      await house.follow(AUDITOR, '', from),
    ];
    const adas = await door.booking(eventId, 'ada');
    await door.booking(eventId, 'bob');
    const waiting = { waitlist: true };
    await door.booking(eventId, 'cid', waiting);
    // The box office gives ada's place back, so cid is offered it.
    await door.ask(
      'POST',
      `/v1/events/${eventId}/bookings/${adas}/cancel`,
      'clerk booking:any',
      {},
      {
        'x-request-id': 'clerks-request',
      },
    );
    await door.event({ title: 'Another' });
    const count = house.log.records.length;
    for (const reader of [ada!, bob!, office!, all!])
      await reader.until((it) => it.lastEventId === tokenAt(house.log, count));
    expect(all!.messages).toHaveLength(count);
    expect(office!.messages).toEqual(all!.messages);
    expect(ada!.types).toEqual(['EventScheduled', 'BookingConfirmed', 'BookingCancelled', 'EventScheduled']);
    expect(bob!.types).toEqual(['BookingConfirmed']);
    const shown = JSON.stringify(ada!.messages);
    for (const secret of ['bob', 'cid', 'clerk', 'manager']) expect(shown).not.toContain(secret);
    const cancelled = ada!.messages[2]!.data;
    expect(cancelled).toMatchObject({ actor: null, correlationId: null, causationId: null, commandId: null });
    expect(ada!.messages[1]!.data).toEqual(all!.messages[1]!.data);
  });

  it('shows what one request has led to, and users no other than their own', async () => {
    const house = await start();
    const { door } = house;
    const eventId = await door.event({ capacity: 3 });
    const book = (as: string, request: string) =>
      door.ask('POST', `/v1/events/${eventId}/bookings`, as, {}, { 'x-request-id': request });
    await book('ada', 'req-a');
    await book('bob', 'req-b');
    const from = tokenAt(house.log, 0);
    const [all, ada] = [
      await house.follow(AUDITOR, '?correlationId=req-b', from),
      await house.follow('ada', '?correlationId=req-b', from),
    ];
    await book('cid', 'req-b');
    await all!.until(({ messages }) => messages.length === 2);
    expect(all!.messages.map(({ data }) => data['actor'])).toEqual(['bob', 'cid']);
    await ada!.until(({ lastEventId }) => lastEventId === tokenAt(house.log, 4));
    expect(ada!.messages).toEqual([]);
    expect((await house.refusal(AUDITOR, '?correlationId=a%20b')).json['errors']).toMatchObject([
      { pointer: '/correlationId' },
    ]);
  });

  it('moves the id of a quiet reader along, and says so when the log cannot be reached', async () => {
    const house = await start();
    const reader = await house.follow('eve', '?type=BookingConfirmed');
    await house.door.booking(await house.door.event({ capacity: 1 }), 'ada');
    await reader.until(({ lastEventId }) => lastEventId === tokenAt(house.log, 2));
    expect(reader.messages).toEqual([]);
    const { feed } = house.door as unknown as { feed: { feed: { head(): Promise<bigint> } } };
    const head = feed.feed.head.bind(feed.feed);
    feed.feed.head = () => Promise.reject(new StoreUnavailable('away'));
    await reader.until(({ comments }) => comments.at(-1)?.includes('cannot be reached') ?? false);
    feed.feed.head = head;
    await house.door.booking(await house.door.event({ capacity: 1 }), 'eve');
    await reader.until(({ types }) => types.includes('BookingConfirmed'));
    await reader.until(({ comments }) => comments.at(-1) === '');
  });

  it('ends with its token, and says why', async () => {
    const house = await start();
    const grant = { subject: 'ada', scope: 'booking', ttlMs: 60_000, issuer: null, audience: null };
    const token = mintToken(SECRET, grant);
    // The guard goes by the machine's clock: the token has a minute there, and its last moments on the clock of the feed.
    house.door.service.time.at = expiryIn(token)! - 150;
    const reader = await house.follow('ada', '', undefined, token);
    await reader.until(({ hasEnded }) => hasEnded);
    expect(reader.status).toBe(200);
    expect(reader.messages).toEqual([{ id: tokenAt(house.log, 0), event: 'bye', data: { reason: 'token-expired' } }]);
    expect(house.door.feed.tally.clients).toBe(0);
    const brief = await start({ feedLifeMs: 30 });
    const other = await brief.follow('ada');
    await other.until(({ hasEnded }) => hasEnded);
    expect(other.messages.at(-1)).toMatchObject({ event: 'bye', data: { reason: 'renew' } });
  });

  it('has room for so many, of one caller and of all', async () => {
    const house = await start({ feedClients: 3, feedClientsPerCaller: 2 });
    const open = [await house.follow('ada'), await house.follow('ada')];
    const greedy = await house.refusal('ada');
    expect([greedy.status, greedy.code, greedy.headers['retry-after']]).toEqual([429, 'rate-limited', '5']);
    open.push(await house.follow('bob'));
    const full = await house.refusal('cid');
    expect([full.status, full.code, full.headers['retry-after']]).toEqual([503, 'overloaded', '1']);
    open[0]!.close();
    await house.followed(2);
    expect((await house.follow('ada')).status).toBe(200);
    const { body } = await house.door.ask('GET', '/metrics', 'op ops');
    expect(body).toMatch(/^holdfast_feed_clients 3$/m);
    expect(body).toMatch(/^holdfast_feed_refused_total 2$/m);
  });

  it('drops a reader that does not read, and nobody else notices', async () => {
    const house = await start({ feedBufferBytes: 65_536, feedHeartbeatMs: 60_000 });
    const { door } = house;
    await door.event({ title: 'x'.repeat(200) });
    const healthy = await house.follow(AUDITOR);
    const stuck = house.stuck();
    await house.followed(2);
    // More than the buffers of the sockets hold, whatever this machine gives them.
    let pushed = 0;
    while (door.feed.tally.dropped === 0 && pushed < 60_000) {
      house.push(500);
      pushed += 500;
      await healthy.until(({ messages }) => messages.length === pushed, 5_000);
    }
    expect(door.feed.tally).toMatchObject({ clients: 1, dropped: 1 });
    expect(healthy.messages.map(({ data }) => data['revision'])).toEqual(
      Array.from({ length: pushed }, (_, n) => n + 1),
    );
    stuck.destroy();
  });

  it('ends all feeds at once when the process stops, also those that nobody reads', async () => {
    const house = await start({ feedBufferBytes: 1_000_000_000, feedHeartbeatMs: 60_000 });
    await house.door.event({ title: 'x'.repeat(200) });
    const stuck = house.stuck();
    await house.followed(1);
    const healthy = await house.follow(AUDITOR);
    house.push(8_000);
    await healthy.until(({ messages }) => messages.length === 8_000, 5_000);
    healthy.close();
    await house.followed(1);
    const readers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => house.follow(`u${n}`, '?type=CapacityChanged')),
    );
    const began = Date.now();
    await house.stop();
    started.splice(0);
    expect(Date.now() - began).toBeLessThan(5_000);
    for (const reader of readers) {
      await reader.until(({ hasEnded }) => hasEnded);
      expect(reader.messages).toMatchObject([{ event: 'bye', data: { reason: 'stopping' } }]);
    }
    expect(house.door.feed.tally).toMatchObject({ clients: 0, dropped: 0 });
    stuck.destroy();
  });

  it('answers HEAD without a stream', async () => {
    const house = await start();
    const { statusCode, headers, body } = await house.door.ask('HEAD', '/v1/feed', 'ada');
    expect([statusCode, headers['content-type'], body]).toEqual([200, 'text/event-stream', '']);
    expect(house.door.feed.tally.clients).toBe(0);
  });
});
