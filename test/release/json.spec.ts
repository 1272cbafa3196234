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

/** The members of a document, of its lists one item, down to those that are members of members. */
function membersOf(value: unknown, depth = 3): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : membersOf(value[0], depth).map((name) => `[]${name}`);
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.entries(value).flatMap(([name, part]) => [
    `.${name}`,
    ...membersOf(part, depth - 1).map((below) => `.${name}${below}`),
  ]);
}

/** What scripts may rely on. A member that is gone from here is a breaking change (docs/stability.md). */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {};

it.each(Object.entries(MEMBERS))('holdfast %s --json has what it had', async (words, members) => {
  const asked = words.replaceAll('FOLDER', folder).split(' ');
  const { stdout } = await run(everyVerb, { DATABASE_URL: database.url, DATA_DIR: folder }, ...asked, '--json');
  expect(membersOf(JSON.parse(stdout))).toEqual(expect.arrayContaining([...members]));
});
