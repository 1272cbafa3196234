import pg from 'pg';
import { Answers } from '../../bench/replay/answers.js';
import { type Finding, checkLog } from '../../bench/replay/check.js';
import { biteDamaged, inPassingTransaction } from '../../bench/replay/damage.js';
import { planReplay } from '../../bench/replay/plan.js';
import { faultsOf } from '../../bench/replay/report.js';
import { type Run, replay } from '../../bench/replay/run.js';
import { type TestDatabase, freshDatabase } from '../support/postgres.js';
import { PaperService, madeUpRows, paperCallers, readRows } from './paper.js';

const NOW = Date.UTC(2027, 0, 1);
const QUIET = { begin: () => undefined, step: () => undefined, end: () => undefined };
const PREFIX = 'booking-';

let database: TestDatabase;
let client: pg.Client;
let run: Run;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url, query_timeout: 30_000 });
  await client.connect();
  const service = new PaperService(NOW);
  const plan = planReplay(await readRows(madeUpRows), 7, NOW, 'paper');
  run = await replay(plan, service.send, paperCallers, QUIET, 10);
  const records = service.log.records.map((record) => ({
    ...record,
    position: Number(record.position),
    data: JSON.parse(record.data) as unknown,
    metadata: JSON.parse(record.metadata) as unknown,
  }));
  await client.query(
    `INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
     SELECT * FROM jsonb_to_recordset($1)
         AS t (position bigint, stream text, revision bigint, id uuid, type text, data json, metadata json)`,
    [JSON.stringify(records)],
  );
}, 60_000);

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** Which checks say something of this log and these answers. */
async function saidOf(log: string, answers: Answers): Promise<string[]> {
  const findings = await checkLog(client, log, PREFIX, answers);
  return findings.filter(({ violations }) => violations > 0).map(({ check }) => check);
}

describe('a replay of reservations that nobody made', () => {
  it('meets every refusal that the data can cause, and no other', () => {
    const certain = ['already-booked', 'key-reused', 'sold-out', 'waitlist-full'];
    expect([...run.asker.refusals.keys()].filter((code) => code !== 'booking-ended').sort()).toEqual(certain);
    expect(run.outcomes.unnoticed).toBe(0);
  });

  it('books, waits, is promoted, takes offers, cancels, and repeats itself', () => {
    const { confirmed, waitlisted, cancelled, repeats, altered } = run.outcomes;
    for (const some of [confirmed, waitlisted, cancelled, repeats, altered, run.offers.confirmed, run.asker.replayed]) {
      expect(some).toBeGreaterThan(0);
    }
  });

  it('leaves a log that agrees with every answer', async () => {
    const findings = await inPassingTransaction(client, () => checkLog(client, 'log.events', PREFIX, run.answers));
    expect(findings.filter(({ violations }) => violations > 0)).toEqual([]);
    expect(faultsOf(run, findings, [])).toEqual([]);
  });

  it('is void when a refusal did not occur', () => {
    const refusals = new Map([...run.asker.refusals].filter(([code]) => code !== 'waitlist-full'));
    const asker = Object.assign(Object.create(run.asker) as Run['asker'], { refusals });
    expect(faultsOf({ ...run, asker }, [], [])).toEqual([expect.stringMatching(/^void: .*waitlist-full/)]);
  });
});

describe('the check of the log', () => {
  it('notices each damage of the self-test', async () => {
    const bites = await biteDamaged(client, 'log.events', PREFIX, run.answers);
    expect(bites.map(({ expected, isNoticed }) => [expected, isNoticed])).toEqual([
      ['oversold', true],
      ['booked twice', true],
      ['lost', true],
    ]);
    expect(faultsOf(run, [], [{ ...bites[0]!, isNoticed: false }])).toHaveLength(1);
  });

  it.each([
    [
      'the capacity is one less than was taken',
      'oversold',
      `UPDATE spoilt SET data = data || '{"capacity": 1}' WHERE revision = 0`,
    ],
    [
      'two guests are one',
      'booked twice',
      `UPDATE spoilt SET data = data || '{"userId": "guest-00000"}' WHERE revision > 0`,
    ],
    [
      'a booking has other seats than was told',
      'lost',
      `UPDATE spoilt SET data = data || '{"seats": 0}' WHERE revision = 1`,
    ],
    [
      'a cancelled booking comes back',
      'cancellations lost',
      `UPDATE spoilt SET data = data || '{"status": "waitlisted"}' WHERE type = 'BookingCancelled'`,
    ],
    [
      'one command wrote twice',
      'one effect',
      `UPDATE spoilt SET metadata = metadata || '{"commandId": "one"}' WHERE revision IN (0, 1)`,
    ],
    ['a record is missing in the middle', 'gaps', 'DELETE FROM spoilt WHERE revision = 3'],
    ['positions are out of order', 'gaps', 'UPDATE spoilt SET position = 1000000 - position'],
    [
      'a record was changed after it was chained',
      'broken chain',
      `UPDATE spoilt SET metadata = metadata || '{"hash": "forged"}' WHERE revision = 2`,
    ],
  ])('bites when %s: "%s"', async (_what, expected, spoil) => {
    const said = await inPassingTransaction(client, async () => {
      await client.query(
        'CREATE TEMP TABLE spoilt ON COMMIT DROP AS SELECT position, stream, revision, id, type, data::jsonb, metadata::jsonb FROM log.events',
      );
      await client.query(spoil);
      return saidOf('spoilt', run.answers);
    });
    expect(said).toContain(expected);
  });

  it('bites when the client was told of something that the log does not know', async () => {
    const answers = copyOf(run.answers);
    answers.acknowledged.push({ ...answers.acknowledged.at(-1)!, key: 'made up', revision: 1_000_000 });
    expect(await inPassingTransaction(client, () => saidOf('log.events', answers))).toContain('lost');
  });

  it('bites when the log holds a command that was never acknowledged, unless its outcome is unknown', async () => {
    const answers = copyOf(run.answers);
    const at = answers.acknowledged.findIndex(({ kind, status }) => kind === 'book' && status === 'confirmed');
    const { key } = answers.acknowledged[at]!;
    const told = answers.acknowledged.filter((answer) => answer.key === key);
    answers.acknowledged.splice(0, Infinity, ...answers.acknowledged.filter((answer) => answer.key !== key));
    expect(await inPassingTransaction(client, () => saidOf('log.events', answers))).toEqual(['unasked']);
    answers.unknown.push(told[0]!);
    expect(await inPassingTransaction(client, () => saidOf('log.events', answers))).toEqual([]);
  });

  it('bites when one key was answered twice as if each were the first', async () => {
    const answers = copyOf(run.answers);
    const first = answers.acknowledged.find(({ kind, replayed }) => kind === 'cancel' && !replayed)!;
    answers.acknowledged.push({ ...first });
    expect(await inPassingTransaction(client, () => saidOf('log.events', answers))).toEqual(['one effect']);
  });

  it('names what is wrong, a few times', async () => {
    const findings = await inPassingTransaction(client, async (): Promise<Finding[]> => {
      await client.query('CREATE TEMP TABLE spoilt ON COMMIT DROP AS SELECT * FROM log.events WHERE revision <> 4');
      return checkLog(client, 'spoilt', PREFIX, run.answers);
    });
    const gaps = findings.find(({ check }) => check === 'gaps');
    expect(gaps?.violations).toBeGreaterThan(3);
    expect(gaps?.examples).toHaveLength(3);
    expect(gaps?.examples[0]).toMatch(/^booking-inn-at-the-ford-.*-paper: revision 5 at place 4/);
  });
});

function copyOf({ acknowledged, unknown }: Answers): Answers {
  const copy = new Answers();
  copy.acknowledged.push(...acknowledged);
  copy.unknown.push(...unknown);
  return copy;
}
