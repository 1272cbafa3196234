import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { OutcomeUnknown, StoreUnavailable } from '../../src/application/errors.js';
import type { StreamHead } from '../../src/application/ports.js';
import { loadStoreConfig } from '../../src/infrastructure/config.js';
import { POSTGRES_FEED, PostgresEventFeed } from '../../src/infrastructure/event-store/postgres-feed.js';
import { PostgresWalk } from '../../src/infrastructure/event-store/postgres-walk.js';
import { POSTGRES_STORE, PostgresEventStore } from '../../src/infrastructure/event-store/postgres.js';
import { openPool } from '../../src/infrastructure/postgres/database.js';
import { onServer, silent } from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  codec,
  follow,
  idsOf,
  noStream,
  postgresSubject,
  readAll,
  records,
  write,
  type PostgresSubject,
} from './subject.js';

/** Short enough to be waited for, long enough for a machine that is busy with other tests. */
const IMPATIENT = {
  ...POSTGRES_STORE,
  connectTimeoutMs: 1_000,
  statementTimeoutMs: 800,
  lockTimeoutMs: 300,
  idleInTransactionTimeoutMs: 600,
  answerTimeoutMs: 1_000,
  queueAgeMs: 800,
};

/** From now on the server takes no writes over the connections that it has, as one that is told so while it runs. */
const REFUSE_WHO_IS_CONNECTED = `
  CREATE TABLE log.connected AS SELECT pid FROM pg_stat_activity;
  CREATE FUNCTION log.refuse_connected() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF pg_backend_pid() IN (SELECT pid FROM log.connected) THEN
      RAISE EXCEPTION 'cannot execute INSERT in a read-only transaction' USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER refuse_connected BEFORE INSERT ON log.events EXECUTE FUNCTION log.refuse_connected()`;

const outcomeOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);
describe('The Postgres store, when something fails,', () => {
  let subject: PostgresSubject;
  let store: PostgresEventStore;
  const toClose: { close(): Promise<void> }[] = [];

  const open = (url: string, settings = IMPATIENT): PostgresEventStore => {
    const opened = new PostgresEventStore(url, settings, codec, silent, () => undefined);
    toClose.push(opened);
    return opened;
  };
  const sql = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> =>
    onServer(subject.url, async (client) => (await client.query<Row>(text, values)).rows);
  /** Another transaction that holds a stream's row until it is told to let go. */
  async function hold(stream: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: subject.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM log.streams WHERE stream = $1 FOR UPDATE', [stream]);
    return () => client.end();
  }

  beforeAll(async () => {
    subject = await postgresSubject();
    store = open(subject.url);
  });
  afterAll(async () => {
    await Promise.all(toClose.map((opened) => opened.close()));
    await subject.close();
  });

  it('is stalled by a held row for that stream only', async () => {
    const [held, free] = [noStream(), noStream()];
    const onHeld = (await write(store, held)).sealed[0]!;
    const letGo = await hold(held.stream);
    const stuck = outcomeOf(store.append(held.stream, 0, records(onHeld)));
    let isOver = false;
    void stuck.then(() => (isOver = true));
    await write(store, free, 3);
    expect(isOver).toBe(false);
    expect(await stuck).toBeInstanceOf(StoreUnavailable);
    await letGo();
    expect(await readAll(store, held.stream)).toHaveLength(1);
    await write(store, onHeld);
  });

  it('gets a held row when it is let go in time', async () => {
    const held = noStream();
    const { sealed } = await write(store, held);
    const letGo = await hold(held.stream);
    const waiting = store.append(held.stream, 0, records(sealed[0]!));
    await pause(50);
    await letGo();
    expect(await waiting).toMatchObject({ kind: 'appended' });
  });

  it('keeps the others when one append of a flush cannot be stored', async () => {
    const heads = Array.from({ length: 5 }, () => noStream());
    const calls = heads.map((head, i) => {
      const sealed = records(head).map((record) => (i === 2 ? { ...record, data: '{"title":' } : record));
      return outcomeOf(store.append(head.stream, -1, sealed));
    });
    const results = await Promise.all(calls);
    expect(results.map((result) => result instanceof StoreUnavailable)).toEqual([false, false, true, false, false]);
    expect(await Promise.all(heads.map(async ({ stream }) => (await readAll(store, stream)).length))).toEqual([
      1, 1, 0, 1, 1,
    ]);
  });

  it('writes nothing for a process that freezes while it holds a stream', async () => {
    const head = noStream();
    const first = (await write(store, head)).sealed[0]!;
    const frozen = outcomeOf(
      store.locked(head.stream, async () => {
        await pause(2 * IMPATIENT.idleInTransactionTimeoutMs);
        return { expectedRevision: 0, sealed: records(first) };
      }),
    );
    await pause(20);
    const other = open(subject.url, {
      ...IMPATIENT,
      lockTimeoutMs: 1_000,
      statementTimeoutMs: 2_000,
      answerTimeoutMs: 3_000,
    });
    const sealed = records(first);
    expect(await other.append(head.stream, 0, sealed)).toMatchObject({ kind: 'appended' });
    expect(await frozen).toBeInstanceOf(StoreUnavailable);
    expect(idsOf(await readAll(store, head.stream))).toEqual([first.id, sealed[0]!.id]);
  });

  it('tells the truth when its connections are killed, and goes on with new ones', async () => {
    const killer = new pg.Client({ connectionString: subject.url });
    await killer.connect();
    let head = noStream();
    const tally = { appended: 0, unavailable: 0, unknown: 0 };
    // Whether a kill meets an append is chance: on until both have been seen, but not for ever.
    const isSeen = (): boolean => tally.appended > 0 && tally.unavailable + tally.unknown > 0;
    for (let round = 0; round < 40 || (!isSeen() && round < 1_000); round++) {
      const sealed = records(head, 20);
      const append = outcomeOf(store.append(head.stream, head.revision, sealed));
      if (round % 2) await pause(Math.random() * 4);
      await killer.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^holdfast-writer' AND datname = current_database()",
      );
      const outcome = await append;
      await pause(5);
      const isStored = (await sql('SELECT 1 FROM log.events WHERE id = $1', [sealed[19]!.id])).length > 0;
      if (outcome instanceof StoreUnavailable) tally.unavailable += 1;
      else if (outcome instanceof OutcomeUnknown) tally.unknown += 1;
      else tally.appended += 1;
      if (!(outcome instanceof OutcomeUnknown)) expect(isStored).toBe(!(outcome instanceof StoreUnavailable));
      if (isStored) head = sealed[19]!;
    }
    await killer.end();
    expect(tally.appended).toBeGreaterThan(0);
    expect(tally.unavailable + tally.unknown).toBeGreaterThan(0);
    await write(store, head);
  });

  it('writes nothing and says so while a certificate is away that its address names, and recovers unaided', async () => {
    const file = path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'log-ca.pem');
    const url = new URL(subject.url);
    url.search = `sslmode=disable&sslrootcert=${file}`;
    const remote = open(url.href);
    const head = noStream();
    const first = records(head)[0]!;
    expect(await outcomeOf(remote.append(head.stream, -1, [first]))).toBeInstanceOf(StoreUnavailable);
    expect(await outcomeOf(readAll(remote, head.stream))).toBeInstanceOf(StoreUnavailable);
    expect(await outcomeOf(remote.locked(head.stream, async () => null))).toBeInstanceOf(StoreUnavailable);
    writeFileSync(file, '');
    const { sealed } = await write(remote, head);
    expect(idsOf(await readAll(remote, head.stream))).toEqual(idsOf(sealed));
    rmSync(file);
  });

  describe('on a server that takes no writes', () => {
    let feed: PostgresEventFeed;
    /** As after a failover: whoever was connected is not any more, and the same name leads to another server. */
    const failOver = (readOnly: 'on' | 'off', isCutOff: boolean): Promise<unknown> =>
      onServer(subject.url, async (client) => {
        await client.query('SET default_transaction_read_only = off');
        await client.query(
          `ALTER DATABASE ${new URL(subject.url).pathname.slice(1)} SET default_transaction_read_only = ${readOnly}`,
        );
        if (isCutOff)
          await client.query(
            'SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
          );
      });
    const lockedAppend = (through: PostgresEventStore, head: StreamHead): Promise<unknown> =>
      through.locked(head.stream, async () => ({ expectedRevision: head.revision, sealed: records(head) }));

    beforeAll(() => {
      feed = new PostgresEventFeed(subject.url, { ...POSTGRES_FEED, maxBackoffMs: 50 }, codec, silent);
      toClose.push(feed);
    });

    it('says so to everybody, and stays with it no longer than until the name leads to one that does', async () => {
      const from = await feed.head();
      let end: bigint | null = null;
      const following = follow(feed, from, () => end);
      const head = noStream();
      const before = await write(store, head);
      const next = before.sealed[0]!;
      await failOver('on', true);
      for (const ask of [
        () => store.append(head.stream, 0, records(next)),
        () => lockedAppend(store, next),
        () => readAll(store, head.stream),
        () => feed.head(),
      ])
        expect(await outcomeOf(ask())).toBeInstanceOf(StoreUnavailable);
      await failOver('off', false);
      const after = await write(store, next);
      end = after.position;
      expect(idsOf(await following)).toEqual(idsOf([...before.sealed, ...after.sealed]));
      expect(await lockedAppend(store, after.sealed[0]!)).toMatchObject({ kind: 'appended' });
    });

    it.each<[string, (through: PostgresEventStore, head: StreamHead) => Promise<unknown>]>([
      ['an append', (through, head) => through.append(head.stream, head.revision, records(head))],
      ['an append under a lock', lockedAppend],
    ])('leaves it also when it refuses %s over a connection that was good before', async (_, append) => {
      const through = open(subject.url, { ...IMPATIENT, connections: 1 });
      const head = (await write(through, noStream())).sealed[0]!;
      await readAll(through, head.stream);
      await sql(REFUSE_WHO_IS_CONNECTED);
      expect(await outcomeOf(append(through, head))).toBeInstanceOf(StoreUnavailable);
      expect(await append(through, head)).toMatchObject({ kind: 'appended' });
      await sql('DROP TABLE log.connected; DROP FUNCTION log.refuse_connected() CASCADE');
    });
  });

  describe('behind a network that fails', () => {
    let proxy: TcpProxy;
    let remote: PostgresEventStore;
    let feed: PostgresEventFeed;

    beforeAll(async () => {
      proxy = await TcpProxy.to(subject.url);
      remote = open(proxy.url);
      feed = new PostgresEventFeed(
        proxy.url,
        { ...POSTGRES_FEED, maxBackoffMs: 50, answerTimeoutMs: 1_000 },
        codec,
        silent,
      );
      toClose.push(feed, { close: async () => proxy.close() });
    });

    it('calls an answer that never came unknown, and finds its records when it sends them again', async () => {
      const head = noStream();
      const first = (await write(remote, head)).sealed[0]!;
      const sealed = records(first, 2);
      proxy.swallowAnswers();
      expect(await outcomeOf(remote.append(head.stream, 0, sealed))).toBeInstanceOf(OutcomeUnknown);
      proxy.heal();
      expect(await remote.append(head.stream, 0, sealed)).toMatchObject({ kind: 'appended' });
      expect(idsOf(await readAll(remote, head.stream))).toEqual(idsOf([first, ...sealed]));
    });

    it('calls a locked append unknown only once its commit was sent', async () => {
      const head = noStream();
      const first = (await write(remote, head)).sealed[0]!;
      const sealed = records(first);
      const late = remote.locked(head.stream, async () => {
        proxy.swallowAnswers();
        return { expectedRevision: 0, sealed };
      });
      expect(await outcomeOf(late)).toBeInstanceOf(OutcomeUnknown);
      const early = remote.locked(head.stream, async () => ({ expectedRevision: 0, sealed }));
      expect(await outcomeOf(early)).toBeInstanceOf(StoreUnavailable);
      proxy.heal();
      expect(idsOf(await readAll(remote, head.stream))).toEqual([first.id, sealed[0]!.id]);
    });

    it('writes nothing and says so while the server cannot be reached, and recovers unaided', async () => {
      const from = await subject.feed.head();
      const head = noStream();
      let end: bigint | null = null;
      const following = follow(feed, from, () => end);
      const before = await write(remote, head);
      proxy.refuse();
      await pause(60);
      const next = before.sealed[0]!;
      expect(await outcomeOf(remote.append(head.stream, 0, records(next)))).toBeInstanceOf(StoreUnavailable);
      expect(await outcomeOf(readAll(remote, head.stream))).toBeInstanceOf(StoreUnavailable);
      expect(await outcomeOf(feed.head())).toBeInstanceOf(StoreUnavailable);
      expect(await outcomeOf(remote.identity())).toBeInstanceOf(StoreUnavailable);
      proxy.heal();
      const after = await write(remote, next, 2);
      end = after.position;
      expect(idsOf(await following)).toEqual(idsOf([...before.sealed, ...after.sealed]));
    });

    it('gives whoever follows behind another what that one has read, without the server, until it finds it away', async () => {
      const from = await subject.feed.head();
      const { sealed, position } = await write(remote, noStream(), 5);
      const read = await follow(feed, from, () => position);
      proxy.refuse();
      const again = await follow(feed, from, () => position);
      const asked = (after: bigint) => feed.after(after, AbortSignal.timeout(100)).next();
      const [, late] = [await asked(position), await asked(from)];
      proxy.heal();
      expect(idsOf(read)).toEqual(idsOf(sealed));
      expect(again).toEqual(read);
      expect(late).toEqual({ value: undefined, done: true });
    });

    it('keeps no connection on which a walk could not begin', async () => {
      const config = loadStoreConfig({ STATEMENT_TIMEOUT_MS: '200', QUERY_TIMEOUT_MS: '300' });
      const pool = openPool(proxy.url, config, 'walk', silent);
      await pool.query('SELECT');
      const walk = new PostgresWalk(pool);
      proxy.swallowAnswers();
      expect(await outcomeOf(walk.head())).toBeInstanceOf(StoreUnavailable);
      await walk.close();
      proxy.heal();
      expect(pool.totalCount).toBe(0);
      await pool.end();
    });

    it('bounds how long an append waits to be sent', async () => {
      const head = noStream();
      await write(remote, head);
      proxy.swallowAnswers();
      const startedAt = performance.now();
      const sent = outcomeOf(write(remote, noStream()));
      await pause(20);
      const waiting = outcomeOf(write(remote, noStream()));
      expect(await sent).toBeInstanceOf(OutcomeUnknown);
      expect(await waiting).toBeInstanceOf(StoreUnavailable);
      expect(performance.now() - startedAt).toBeLessThan(2 * (IMPATIENT.answerTimeoutMs + IMPATIENT.connectTimeoutMs));
      proxy.heal();
    });
  });
});
