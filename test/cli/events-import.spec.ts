import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { registerEvents } from '../../src/cli/events.js';
import { Import } from '../../src/cli/events/import.js';
import { StoreUnavailable } from '../../src/application/errors.js';
import type { EventStore } from '../../src/application/ports.js';
import { run, type Printed } from '../support/cli.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';
import { serviceInMemory, SetTime } from '../support/service.js';

const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Math.ceil(Date.now() / DAY_MS + days) * DAY_MS).toISOString();
const SOON = inDays(30);

let folder: string;
let database: TestDatabase;
beforeAll(() => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'import-'));
});
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string | Buffer): string {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
}
const ndjson = (...lines: (object | string)[]): string =>
  file('events.ndjson', lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
const event = (eventId: string, fields: object = {}) => ({ eventId, title: 'Gala', startsAt: SOON, ...fields });

const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerEvents, { DATABASE_URL: database.url }, 'events', 'import', ...words, '--by', 'planner-2');

interface Report {
  readonly [field: string]: unknown;
  readonly problems: readonly { line: number; eventId: string | null; field: string; expected: string }[];
}
async function report(...words: string[]): Promise<Report & { exitCode: number | null; stderr: string }> {
  const { stdout, stderr, exitCode } = await holdfast(...words, '--json');
  return { ...(JSON.parse(stdout) as Report), exitCode, stderr };
}
const wrong = ({ problems }: Report): string[] =>
  problems.map(({ line, field, expected }) => `${line} ${field}: ${expected}`);

const inLog = (): Promise<Record<string, unknown>[]> =>
  onServer(database.url, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT stream, type, data->>'title' AS title, data, metadata->>'actor' AS actor,
         metadata->>'correlationId' AS cause FROM log.events ORDER BY stream, revision`,
    );
    return rows;
  });

describe('holdfast events import', () => {
  it('looks first, then schedules what is not there, then leaves it as it is', async () => {
    const shows = ndjson(event('a', { capacity: 120, timeZone: 'Europe/Berlin' }), '', event('b'), event('c'));
    const looked = await holdfast(shows, '--dry-run');
    expect(looked).toEqual({
      stdout: `${shows}: 3 events: 3 would be scheduled, 0 already there, 0 bad\n`,
      ...{ stderr: '', exitCode: null },
    });
    const asked = await holdfast(shows);
    expect([asked.exitCode, asked.stderr]).toEqual([1, expect.stringMatching(/^Nothing was written: say --yes/)]);
    expect(await inLog()).toEqual([]);

    expect((await holdfast(shows, '--yes')).stdout).toBe(`${shows}: 3 events: 3 scheduled, 0 already there, 0 bad\n`);
    const written = await inLog();
    expect(written).toMatchObject(
      ['a', 'b', 'c'].map((id) => ({ stream: `booking-${id}`, type: 'EventScheduled', actor: 'planner-2' })),
    );
    expect(written[0]!['data']).toMatchObject({
      capacity: 120,
      timeZone: 'Europe/Berlin',
      startsAt: SOON,
      holdSeconds: 600,
    });
    expect(new Set(written.map(({ cause }) => cause)).size).toBe(1);

    const again = await report(shows, '--yes');
    expect(again).toMatchObject({
      ok: true,
      exitCode: null,
      lines: 3,
      scheduled: 0,
      alreadyThere: 3,
      bad: 0,
      stderr: '',
    });
    expect(await inLog()).toEqual(written);
  });

  it('names every bad line, its field and what was expected, and writes nothing', async () => {
    const shows = ndjson(
      event('good'),
      { title: 'Gala', startsAt: SOON },
      event('x', { startsAt: '2027-03-01 18:00' }),
      event('y', { capacity: 0, colour: 'red' }),
      event('z', { startsAt: '2020-01-01T00:00:00Z' }),
      event('w', { endsAt: inDays(1) }),
      '{"eventId":"v"',
      '[1]',
      '{"eventId":"u","eventId":"u"}',
      event('good'),
      `{"eventId":"n","title":"a\\u0000b","startsAt":"${SOON}"}`,
      `{"title":"${'x'.repeat(70_000)}"}`,
      event('system:x'),
    );
    const found = await report(shows, '--yes');
    expect(found).toMatchObject({ ok: false, exitCode: 3, lines: 13, scheduled: 0, fresh: 1, bad: 12 });
    expect(wrong(found)).toEqual([
      '2 eventId: 1 to 64 of A-Z a-z 0-9 _ -: known when it comes again',
      '3 startsAt: an RFC 3339 instant with an offset, in the UTC years 2000 to 9998',
      ...['4 colour: no such field', '4 capacity: a whole number from 1 to 1000000'],
      '5 startsAt: an instant in the future',
      '6 endsAt: an instant after startsAt',
      ...['7 : well-formed JSON', '8 : a JSON object', '9 eventId: each field once'],
      '10 eventId: an id of its own; line 1 has it too',
      '11 title: text without U+0000 and lone surrogates',
      '12 : a line of at most 65536 bytes',
      '13 eventId: 1 to 64 of A-Z a-z 0-9 _ -',
    ]);
    expect(found.stderr).toMatch(/^Nothing was written: mend the lines, or say --partial/);
    const { stdout } = await holdfast(shows, '--dry-run');
    expect(stdout).toMatch(/^line 5 \(z\): startsAt: expected an instant in the future$/m);
    expect(await inLog()).toEqual([]);

    const partly = await report(shows, '--yes', '--partial');
    expect(partly).toMatchObject({ exitCode: 3, scheduled: 1, bad: 12, stderr: '' });
    expect((await inLog()).map(({ stream }) => stream)).toEqual(['booking-good']);
  });

  it('names an eventId that has other content, whoever scheduled it', async () => {
    await holdfast(ndjson(event('a'), event('b', { resource: 'hall' })), '--yes');
    const found = await report(ndjson(event('a'), event('b', { title: 'Ball' }), event('c')), '--yes');
    expect(found).toMatchObject({ exitCode: 3, alreadyThere: 1, fresh: 1, scheduled: 0, bad: 1 });
    expect(wrong(found)).toEqual([
      expect.stringMatching(
        /^2 eventId: an id of its own: .* at 20\d\d-.*, with other content; other: resource, title$/,
      ),
    ]);
    expect(await inLog()).toHaveLength(2);
    // The defaults, said or not, and an event that has begun since, are the same content.
    expect(await report(ndjson(event('a', { capacity: 1, waitlistLimit: 1 })), '--yes')).toMatchObject({
      alreadyThere: 1,
    });
  });

  it('reads CSV: empty cells are absent, numbers are numbers, quotes are quotes', async () => {
    const csv = `\ufeffeventId,title,startsAt,capacity,resource\r\na,"Gala, the ""first""",${SOON},120,\r\n\r\nb,Ball,${SOON},,hall\r\n`;
    expect(await report(file('events.csv', csv), '--yes')).toMatchObject({ ok: true, lines: 2, scheduled: 2 });
    const [a, b] = await inLog();
    expect(a).toMatchObject({ title: 'Gala, the "first"', data: { capacity: 120 } });
    expect(b).toMatchObject({ title: 'Ball', data: { capacity: 1, resource: 'hall' } });
    expect(a!['data']).not.toHaveProperty('resource');
  });

  it.each<[string, string | Buffer, string[]]>([
    [
      'a column that is none, twice, or missing',
      'eventId,titel,startsAt,startsAt\n',
      [
        expect.stringMatching(/^1 titel: no such column/) as unknown as string,
        expect.stringMatching(/^1 startsAt: no such column, or one only/) as unknown as string,
        '1 title: a column of this name in the first line',
      ],
    ],
    [
      'nothing in it, not even names of columns',
      '\n',
      ['eventId', 'title', 'startsAt'].map((name) => `1 ${name}: a column of this name in the first line`),
    ],
    [
      'lines of another length, and what is no number',
      `eventId,title,startsAt,capacity\na,Gala,${SOON}\nb,Ball,${SOON},many\nc,Ball,${SOON},1.5\n`,
      ['2 : 4 columns, as in the first line', ...[3, 4].map((n) => `${n} capacity: a whole number from 1 to 1000000`)],
    ],
    [
      'a quote that stays open',
      `eventId,title,startsAt\na,Gala,${SOON}\nb,"Ball,${SOON}\n`,
      [expect.stringMatching(/^3 : CSV \(RFC 4180\): Quote Not Closed/) as unknown as string],
    ],
    [
      'what is not UTF-8',
      Buffer.concat([Buffer.from('eventId,title,startsAt\na,'), Buffer.from([0xff]), Buffer.from(`,${SOON}\n`)]),
      [expect.stringMatching(/^\d : UTF-8$/) as unknown as string],
    ],
  ])('says so of a CSV with %s', async (_, text, expected) => {
    const found = await report(file('wrong.csv', text), '--yes');
    expect(found).toMatchObject({ exitCode: 3, scheduled: 0 });
    expect(wrong(found)).toEqual(expected);
  });

  it('refuses what it cannot begin with, and says what was expected', async () => {
    const shows = ndjson(event('a'));
    const by = (id: string) =>
      run(registerEvents, { DATABASE_URL: database.url }, 'events', 'import', shows, '--by', id);
    await expect(by('system:import')).rejects.toThrow(/^--by: expected 1 to 128 of .*not beginning with system:/);
    await expect(by('A. Planner')).rejects.toThrow(/^--by: expected/);
    await expect(holdfast(file('events.txt', ''), '--yes')).rejects.toThrow(/--format ndjson\|csv/);
    await expect(holdfast(path.join(folder, 'none.csv'), '--yes')).rejects.toThrow(/expected a file that is there/);
    await expect(holdfast(folder, '--format', 'csv')).rejects.toThrow(/not a folder or a pipe/);
    await onServer(database.url, (client) =>
      client.query(`UPDATE projections.checkpoint SET position = 5, stream = 'booking-a', revision = 0,
        record_id = gen_random_uuid()`),
    );
    await expect(holdfast(shows, '--yes')).rejects.toThrow(/is not in this log/);
    expect(await inLog()).toEqual([]);
  });

  it('schedules a thousand, and knows them again', async () => {
    const many = ndjson(...Array.from({ length: 1_000 }, (_, n) => event(`e-${n}`)));
    await holdfast(many, '--yes');
    expect(await inLog()).toHaveLength(1_000);
    expect(await report(many, '--dry-run')).toMatchObject({ fresh: 0, alreadyThere: 1_000, bad: 0 });
  });
});

/** A fault is told soon, and a slow machine is none. */
const PATIENT = { outcomeDeadlineMs: 200, maxRetries: 1, queueAgeMs: 20_000 };

describe('an import', () => {
  const importOf = (store: (inner: EventStore) => EventStore = (inner) => inner) => {
    const service = serviceInMemory(PATIENT, undefined, store, new SetTime(Date.now()));
    const { transact, streams, ids, codec, time } = service;
    const ports = { store: service.store, codec, transact, streams, ids, time };
    return {
      service,
      open: (name: string) =>
        new Import(
          ports,
          { file: name, format: 'ndjson', onBytes: () => undefined },
          { caller: 'ann', correlationId: 'r' },
        ),
    };
  };

  it('that a fault ends says where, and the next one does the rest', async () => {
    const shows = ndjson(...Array.from({ length: 300 }, (_, n) => event(`e-${n}`)));
    let left = 150;
    const { service, open } = importOf((inner) => ({
      identity: () => inner.identity(),
      read: (...given) => inner.read(...given),
      append: async (...given) => {
        if (left-- <= 0) throw new StoreUnavailable('gone');
        return inner.append(...given);
      },
    }));
    const first = open(shows);
    await first.look();
    await first.write();
    expect(first.stopped).toMatch(/^line \d+: store-unavailable: /);
    expect([first.scheduled, first.bad, service.log.records.length]).toEqual([150, 0, 150]);
    left = Infinity;
    const second = open(shows);
    await second.look();
    await second.write();
    expect([second.alreadyThere, second.scheduled, second.stopped, second.bad]).toEqual([150, 150, null, 0]);
    expect(service.log.records).toHaveLength(300);
  });

  it('that meets another one half-way finds its events there, and has written each once', async () => {
    const shows = ndjson(event('a'), event('b'));
    const { service, open } = importOf();
    const [one, other] = [open(shows), open(shows)];
    await Promise.all([one.look(), other.look()]);
    await Promise.all([one.write(), other.write()]);
    expect([one.scheduled + other.scheduled, one.alreadyThere + other.alreadyThere]).toEqual([2, 2]);
    expect(service.log.records).toHaveLength(2);
  });

  it('tells of an event whose records cannot be read', async () => {
    const { service, open } = importOf();
    await service.schedule('a');
    const [first] = service.log.records;
    Object.assign(first!, { type: 'EventTeleported' });
    const work = open(ndjson(event('a'), event('b')));
    await work.look();
    expect([work.bad, work.fresh.size]).toEqual([1, 1]);
    expect(work.problems[0]!.expected).toMatch(/^records that can be read: .*unknown type/);
  });
});
