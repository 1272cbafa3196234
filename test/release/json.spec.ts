import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Story } from '../projections/story.js';
import { everyVerb, run } from '../support/cli.js';
import { SECOND, book, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';

/** Long ago: what is asked about has to be in the past. */
const THEN = Date.UTC(2025, 2, 1);

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'json-'));
  writeFileSync(path.join(folder, 'season.csv'), 'eventId,title,startsAt\nspring-1,Spring,2099-03-01T18:00:00Z\n');
  const story = new Story();
  story.now = THEN;
  story.ask('demo', scheduleIt({ capacity: 1 }));
  story.now += SECOND;
  story.ask('demo', book('ada'));
  await write(database.url, story.log.records);
});
afterAll(async () => {
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** The names of a document's members, each with those that it has itself: `ok checks[]{name state}`. */
function membersOf(value: unknown, depth = 2): string {
  if (typeof value !== 'object' || value === null || depth === 0) return '';
  if (Array.isArray(value)) return value.length === 0 ? '' : `[]${membersOf(value[0], depth)}`;
  const names = Object.entries(value).map(([name, part]) => name + membersOf(part, depth - 1));
  return depth === 2 ? names.join(' ') : `{${names.join(' ')}}`;
}

/** What scripts may rely on. A member that is gone is a breaking change (docs/stability.md); one more is added here. */
const MEMBERS: Readonly<Record<string, string>> = {
  'token ada': 'token sub scope ttlSeconds',
  config: 'ok settings[]{name value origin default expected refused} problems',
  doctor: 'ok checks[]{name state found todo}',
  'audit demo':
    'eventId facts[]{id type schemaVersion eventId revision position occurredAt actor reason ' +
    'correlationId causationId commandId data before after event} places{capacity taken held waiting free ' +
    'isBooked} asOf{revision position occurredAt}',
  'audit demo --refusals': 'eventId refusals',
  verify:
    'ok generation position records rows{users events bookings past_bookings booking_history} checksum ' +
    'expectedChecksum checkpoint different differences',
  'verify --reports': 'ok generation position views[]{view rows figures} missing differences different',
  'projections list':
    'generations[]{projection generation live state position head movedAt shownAt halt pause behind rows} skipped',
  'projections status': '[]projection generation live state position head movedAt shownAt halt pause',
  'log verify': 'ok logId records position digest wrong first findings',
  'log export FOLDER/export': 'ok folder logId position records streams parts kept redone digest',
  'log key FOLDER/seal.key': 'privateKey publicKey',
  'log seal --key FOLDER/seal.key --out FOLDER/a.seal': 'logId records position file',
  'migrate --check': 'ok databases[]{database applied pending contracting newer refused}',
  'events import FOLDER/season.csv --by planner-2 --dry-run':
    'ok file format correlationId by dryRun partial lines fresh scheduled alreadyThere bad stopped problems',
  'users erase ada --dry-run': 'userId dryRun hadProfile erased lastErasure',
  'webhooks list': 'webhooks',
};

it.each(Object.entries(MEMBERS))('holdfast %s --json has what it had', async (words, members) => {
  const asked = words.replaceAll('FOLDER', folder).split(' ');
  const { stdout } = await run(everyVerb, { DATABASE_URL: database.url, DATA_DIR: folder }, ...asked, '--json');
  expect(membersOf(JSON.parse(stdout))).toBe(members);
});
