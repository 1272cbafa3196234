import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { registerLog } from '../../src/cli/log.js';
import { UsageError } from '../../src/cli/open.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { ChainSealer } from '../../src/infrastructure/event-store/sealer.js';
import { noStream, records } from '../contract/subject.js';
import { Story } from '../projections/story.js';
import { run, type Printed } from '../support/cli.js';
import { SECOND, book, cancel, confirmed, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';
import { freshDatabase, onServer, type TestDatabase } from '../support/postgres.js';

/** Rows that the walk reads at once. */
const PAGE = 2_000;

let folder: string;
let database: TestDatabase;
const file = (name: string): string => path.join(folder, name);

const story = new Story().ask('gala', scheduleIt()).ask('quiz', scheduleIt());
for (const user of ['ann', 'bob', 'cyd']) {
  story.now += SECOND;
  story.ask('gala', book(user)).ask('quiz', book(user)).ask('gala', cancel(user));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'seals-'));
  await holdfast('key', file('seal.key'));
});
beforeEach(async () => {
  database = await freshDatabase();
  await write(database.url, story.log.records);
});
afterEach(() => database.drop());
afterAll(() => rmSync(folder, { recursive: true }));

const holdfast = (...words: string[]): Promise<Printed> =>
  run(registerLog, database === undefined ? {} : { DATABASE_URL: database.url }, 'log', ...words);
const verify = () => holdfast('verify');
const verifySeal = (key = 'seal.key.pub') => holdfast('verify', '--seal', file('a.seal'), '--key', file(key));
const seal = () => holdfast('seal', '--key', file('seal.key'), '--out', file('a.seal'));

/** As somebody who may do everything to the database. */
const tamper = (text: string, values: readonly unknown[] = []): Promise<unknown> =>
  onServer(database.url, async (client) => {
    await client.query('ALTER TABLE log.events DISABLE TRIGGER append_only');
    return client.query(text, [...values]);
  });

it('verifies a log that is as it was written', async () => {
  const { stdout, exitCode } = await verify();
  expect(stdout).toMatch(/^log [0-9a-f]{8}: 11 records, up to position 11\nas it was written\n$/);
  expect(exitCode).toBeNull();
  const { stdout: json } = await holdfast('verify', '--json');
  expect(JSON.parse(json)).toMatchObject({
    ok: true,
    records: 11,
    position: '11',
    wrong: 0,
    first: null,
    findings: [],
  });
});

it.each([
  ['a byte of its data', `data = replace(data::text, '"seats":1', '"seats":2')::json`, 'does not fit its hash'],
  ['a blank in its data', `data = (data::text || ' ')::json`, 'does not fit its hash'],
  ['who did it', `metadata = replace(metadata::text, '"actor":"ann"', '"actor":"eve"')::json`, 'does not fit its hash'],
  ['its type', `type = 'BookingHeld'`, 'does not fit its hash'],
  ['its id', `id = 'ffffffff-ffff-8fff-bfff-ffffffffffff'`, 'id does not fit'],
  ['its position', `position = 99`, 'position 6 is missing'],
  ['its revision', `revision = 99`, 'does not fit its hash'],
])('names the first bad event when somebody changed %s', async (_, change, expected) => {
  await tamper(`UPDATE log.events SET ${change} WHERE position = 6`);
  const { stdout, exitCode } = await verify();
  expect(exitCode).toBe(3);
  const [first] = stdout.split('\n');
  expect(first).toMatch(/^first bad event: position 6/);
  expect(stdout).toContain(expected);
  expect(stdout).toContain('NOT as it was written');
  const { first: found } = JSON.parse((await holdfast('verify', '--json')).stdout) as { first: { position: string } };
  expect(found.position).toBe('6');
  expect((await seal()).exitCode).toBe(3);
});

it('notices a tail that was deleted, and that the books do not fit', async () => {
  await tamper('DELETE FROM log.events WHERE position > 9');
  const { stdout, exitCode } = await verify();
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(/^first bad event: position 10: the log ends here, and once ended at 11\n/);
  expect(stdout).toContain('booking-gala, revision 6: the stream should end at revision 6 and ends at 5');
});

/** Adds a record past the store, sealed as if it had been written by it. The books of the stream are made to fit. */
async function smuggle(stream: string, position: number): Promise<void> {
  const last = story.records().findLast((record) => record.stream === stream);
  const head = { stream, revision: last?.revision ?? -1, hash: last?.metadata.hash ?? '' };
  const [forged] = new ChainSealer(new Codec(UPCASTERS)).seal(head, [confirmed('eve')], story.records()[0]!.metadata);
  const { revision, id, type, data, metadata } = forged!;
  await tamper(
    `INSERT INTO log.events (position, stream, revision, id, type, data, metadata) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [position, stream, revision, id, type, data, metadata],
  );
  await tamper(
    `INSERT INTO log.streams VALUES ($1, $2) ON CONFLICT (stream) DO UPDATE SET revision = excluded.revision`,
    [stream, revision],
  );
}

it('names a record that was put before the first position, whatever else was made to fit', async () => {
  await seal();
  await tamper('ALTER TABLE log.events DROP CONSTRAINT events_position_check');
  await smuggle('booking-quiz', -1);
  for (const { stdout, exitCode } of [await verify(), await verifySeal()]) {
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(
      /^first bad event: position -1, booking-quiz, revision 4, id \S+: it stands outside the log, whose positions begin at 1\n/,
    );
  }
  rmSync(file('a.seal'));
});

it('names records of which two have one position, also where a page of the walk ends between them', async () => {
  const long = records(noStream('booking-long'), 2_100).map((record) => ({ ...record, position: 0n }));
  await write(database.url, long);
  expect((await verify()).exitCode).toBeNull();
  await tamper('ALTER TABLE log.events DROP CONSTRAINT events_pkey');
  await smuggle('booking-forged', PAGE);
  const { stdout, exitCode } = await verify();
  expect(exitCode).toBe(3);
  for (const where of ['booking-forged, revision 0', `booking-long, revision ${PAGE - 1 - story.records().length}`])
    expect(stdout).toContain(`position ${PAGE}, ${where}, id `);
  expect(stdout.match(/another record stands at the same position/g)).toHaveLength(2);
});

describe('files and keys that will not do', () => {
  let own: string;
  beforeEach(() => {
    own = mkdtempSync(path.join(folder, 'own-'));
  });
  afterEach(() => rmSync(own, { recursive: true }));

  const refused = async (work: Promise<Printed>): Promise<string> => {
    const error = await work.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  };

  it('make no half of a pair, and leave what is there as it is', async () => {
    const half = path.join(own, 'half.key');
    writeFileSync(`${half}.pub`, 'of somebody else');
    expect(await refused(holdfast('key', half))).toContain('EEXIST');
    expect(readdirSync(own)).toEqual(['half.key.pub']);
    expect(readFileSync(`${half}.pub`, 'utf8')).toBe('of somebody else');
    expect(await refused(holdfast('key', file('seal.key')))).toContain('EEXIST');
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['seal.key', 'seal.key.pub']));
    expect(await refused(holdfast('key', path.join(own, 'no', 'seal.key')))).toContain('ENOENT');
  });

  it('are found before the log is walked, and leave nothing of a seal', async () => {
    // So that whoever asks the log first is found out.
    const away = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };
    const sealed = (key: string, out: string) =>
      run(registerLog, away, 'log', 'seal', '--key', key, '--out', path.join(own, out));
    writeFileSync(path.join(own, 'no.key'), 'hello');
    for (const key of [path.join(own, 'no.key'), file('seal.key.pub')])
      expect(await refused(sealed(key, 'a.seal'))).toMatch(/^the key is not an Ed25519 private key/);
    expect(await refused(sealed(file('seal.key'), 'no/a.seal'))).toContain('ENOENT');
    await expect(sealed(file('seal.key'), 'a.seal')).rejects.toThrow('DATABASE_URL cannot be reached');
    expect(readdirSync(own)).toEqual(['no.key']);
  });
});

it('a seal that was killed halfway does not stand in the way of the next one by a process of the same number', async () => {
  const half = file(`a.seal.new-${process.pid}`);
  writeFileSync(half, 'half a seal');
  await seal();
  expect((await verifySeal()).exitCode).toBeNull();
  expect(readdirSync(folder)).not.toContain(path.basename(half));
  rmSync(file('a.seal'));
});

describe('a seal', () => {
  beforeEach(seal);
  afterEach(() => rmSync(file('a.seal')));

  it('fits the log that was sealed, also after more was written', async () => {
    const lines = readFileSync(file('a.seal'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object).join())).toEqual([
      'seal,logId,sealedAt,records,position,digest',
      'stream,revision,hash',
      'stream,revision,hash',
      'signature',
    ]);
    expect(await verifySeal()).toMatchObject({ exitCode: null });
    const more = new Story(story.log).plant('late', confirmed('dan')).log.records.splice(story.records().length - 1);
    await write(database.url, more);
    const { stdout, exitCode } = await verifySeal();
    expect(exitCode).toBeNull();
    expect(stdout).toContain('12 records, up to position 12\nas it was written\nas it was sealed: 11 records\n');
    expect(readdirSync(folder).sort()).toEqual(['a.seal', 'seal.key', 'seal.key.pub']);
  });

  it('shows that the tail was deleted, though every book was made to fit', async () => {
    await tamper('DELETE FROM log.events WHERE position > 9');
    await tamper('UPDATE log.position SET head = 9');
    await tamper(
      `UPDATE log.streams s SET revision = (SELECT max(revision) FROM log.events e WHERE e.stream = s.stream)`,
    );
    expect((await verify()).exitCode).toBeNull();
    const { stdout, exitCode } = await verifySeal();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('seal: the log had 11 records and has 9: it was cut off\n');
    expect(stdout).toContain('seal: revision 6 of booking-gala was sealed and is gone\n');
  });

  it('shows that records were rewritten, though their chain was made to fit', async () => {
    const sealer = new ChainSealer(new Codec(UPCASTERS));
    const records = story.records().filter(({ stream }) => stream === 'booking-quiz');
    let head = { stream: 'booking-quiz', revision: -1, hash: '' };
    for (const { event, metadata, position } of records) {
      const fact = event.type === 'BookingConfirmed' ? { ...event, data: { ...event.data, seats: 7 } } : event;
      const [forged] = sealer.seal(head, [fact], metadata);
      head = { stream: forged!.stream, revision: forged!.revision, hash: forged!.hash };
      const values = [position.toString(), forged!.id, forged!.data, forged!.metadata];
      await tamper('UPDATE log.events SET id = $2, data = $3::json, metadata = $4::json WHERE position = $1', values);
    }
    expect((await verify()).exitCode).toBeNull();
    const { stdout, exitCode } = await verifySeal();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('seal: revision 3 of booking-quiz is not the record that was sealed');
    expect(stdout).not.toContain('booking-gala');
  });

  it('shows that two streams changed places in the order of the log', async () => {
    await tamper(
      `UPDATE log.events SET position = CASE position WHEN 1 THEN 102 ELSE 101 END WHERE position IN (1, 2)`,
    );
    await tamper('UPDATE log.events SET position = position - 100 WHERE position > 100');
    expect((await verify()).exitCode).toBeNull();
    expect(await verifySeal()).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('in another order') });
  });

  it.each([
    ['was changed', (text: string) => text.replace('"revision":6', '"revision":5'), 'signature does not fit'],
    ['was cut off', (text: string) => text.slice(0, -120), 'cut off'],
    ['goes on', (text: string) => `${text}{}\n`, 'goes on after its signature'],
    ['is none', () => 'hello\n', 'not a seal'],
  ])('that %s is refused', async (_, change, expected) => {
    writeFileSync(file('a.seal'), change(readFileSync(file('a.seal'), 'utf8')));
    expect(await verifySeal()).toMatchObject({ exitCode: 3, stdout: expect.stringContaining(expected) });
  });

  it('needs the key of whoever made it, and keys that are such', async () => {
    await holdfast('key', file('other.key'));
    expect(await verifySeal('other.key.pub')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('another key'),
    });
    for (const name of ['other.key', 'other.key.pub']) rmSync(file(name));
    expect(statSync(file('seal.key')).mode & 0o777).toBe(0o600);
    await expect(holdfast('key', file('seal.key'))).rejects.toThrow('EEXIST');
    await expect(holdfast('verify', '--seal', file('a.seal'))).rejects.toThrow('belong together');
    await expect(holdfast('verify', '--seal', file('none'), '--key', file('seal.key.pub'))).rejects.toThrow('ENOENT');
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writeFileSync(file('ec.key'), privateKey);
    await expect(holdfast('seal', '--key', file('ec.key'))).rejects.toThrow('not an Ed25519');
    rmSync(file('ec.key'));
  });
});
