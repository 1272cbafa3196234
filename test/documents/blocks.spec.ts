import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Story } from '../projections/story.js';
import { everyVerb, run } from '../support/cli.js';
import { HOUR, MINUTE, SECOND, book, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { faultsOf } from './checks.js';
import { PAGES_WITH_EXAMPLES, STORIES, blocksOf, type Block } from './pages.js';
import { linesOf, type ShellLine } from './shell.js';

/**
 * Every block of code in the documents says in its info string what happens to it: `run`, `check`, or `not-run: reason`.
 * Of what is run, commands are run here, calls in test/http/examples.spec.ts, the tutorial and the how-to pages in
 * stories.spec.ts, and the blocks of two pages by their own tests.
 */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/reporting.md sql': 'test/reporting/artefacts.spec.ts',
  'docs/webhooks.md js': 'test/webhooks/delivery.spec.ts',
};

const SEASON = 'eventId,title,startsAt,capacity\nspring-1,Spring concert,2099-03-01T18:00:00Z,80\n';

const BLOCKS = PAGES_WITH_EXAMPLES.flatMap((page) => blocksOf(page));

let database: TestDatabase;
let folder: string;
const cwd = process.cwd();

beforeAll(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'documents-'));
  const story = new Story();
  // As for whoever has just begun: the one event was scheduled a moment ago, and is booked.
  story.now = Date.now() - MINUTE;
  story.ask('demo', scheduleIt({ capacity: 1, startsAt: story.now + 24 * HOUR }));
  story.now += SECOND;
  story.ask('demo', book('demo-user'));
  await write(database.url, story.log.records);
});
afterAll(async () => {
  process.chdir(cwd);
  await database.drop();
  rmSync(folder, { recursive: true });
});

const where = ({ page, line }: Block): string => `${page}:${line}`;

/** What is wrong with the tag of a block; null: nothing. */
function whyNotTagged({ language, tag }: Block): string | null {
  if (language === '') return 'no language';
  if (tag === 'run' || tag === 'check' || /^not-run: \S/.test(tag)) return null;
  return `tagged "${tag}", not run, check or not-run: reason`;
}

const wrongTags = (blocks: readonly Block[]): string[] =>
  blocks.flatMap((block) => (whyNotTagged(block) === null ? [] : [`${where(block)}: ${whyNotTagged(block)}`]));

const isCommand = ({ words, isPiped }: ShellLine): boolean => words[0] === 'npx' && words[1] === 'holdfast' && !isPiped;

/** Runs the commands of a block in a folder; calls are somebody else's. Answers what did not end as it is said. */
async function runBlock(block: Block): Promise<string[]> {
  const faults: string[] = [];
  for (const line of linesOf(block.text)) {
    if (line.words[0] === 'curl') continue;
    const say = (what: string): number => faults.push(`${where(block)}: ${line.text}: ${what}`);
    if (!isCommand(line)) say('only npx holdfast and curl can be run');
    else await runLine(line, say);
  }
  return faults;
}

async function runLine({ words, settings, exitCode }: ShellLine, say: (what: string) => void): Promise<void> {
  const environment = { DATABASE_URL: database.url, DATA_DIR: folder, ...settings };
  if (words[2] === '--help') return;
  try {
    const printed = await run(everyVerb, environment, ...words.slice(2));
    const ended = printed.exitCode ?? 0;
    if (ended !== exitCode) say(`ended with ${ended}: ${printed.stdout}${printed.stderr}`);
    if (printed.stdout + printed.stderr === '') say('printed nothing');
  } catch (error) {
    if (exitCode !== 1) say((error as Error).message);
  }
}

const isRunHere = (block: Block): boolean => RUN_ELSEWHERE[`${block.page} ${block.language}`] === undefined;

it('every block is tagged, and so many are run, checked and not run', () => {
  expect(wrongTags(BLOCKS)).toEqual([]);
  const counts = { run: 0, check: 0, 'not-run': 0 };
  for (const { tag } of BLOCKS) counts[tag.split(':')[0] as keyof typeof counts] += 1;
  process.stderr.write(`blocks of code: ${JSON.stringify(counts)}\n`);
  expect(counts.run).toBeGreaterThan(20);
  expect(counts.check).toBeGreaterThan(10);
});

it('every block that is checked can be read by whoever it is for', async () => {
  const faults: string[] = [];
  for (const block of BLOCKS.filter(({ tag }) => tag === 'check'))
    for (const fault of await faultsOf(block, database.url)) faults.push(`${where(block)}: ${fault}`);
  expect(faults).toEqual([]);
});

const isStory = (page: string): boolean => STORIES.includes(page);

it.each([...new Set(BLOCKS.filter(({ tag, page }) => tag === 'run' && !isStory(page)).map(({ page }) => page))])(
  'the commands of %s end as it says',
  async (page) => {
    const own = mkdtempSync(path.join(folder, 'page-'));
    writeFileSync(path.join(own, 'season.csv'), SEASON);
    process.chdir(own);
    const faults: string[] = [];
    try {
      for (const block of BLOCKS.filter((each) => each.page === page && each.tag === 'run' && isRunHere(each)))
        if (block.language === 'sh') faults.push(...(await runBlock(block)));
        else faults.push(`${where(block)}: nobody runs ${block.language}`);
    } finally {
      process.chdir(cwd);
    }
    expect(faults).toEqual([]);
  },
);

it('what is planted is found', async () => {
  const planted = (info: string, text: string): Block => blocksOf('planted.md', `\`\`\`${info}\n${text}\n\`\`\`\n`)[0]!;
  const untagged = ['sh', '', 'json later', 'sh not-run:'].map((info) => planted(info, 'npm start'));
  expect(wrongTags(untagged)).toHaveLength(4);
  const wrong = {
    sh: 'npx holdfast dance\nnpx holdfast verify --loudly\nnpm run nothing\ncurl -X PUT http://h/v1/events/demo\npsql',
    json: '{"a":}',
    sql: 'SELECT nothing FROM read_model.events;\nSELECT count(*) FROM read_model.events',
    ts: 'const a = ;',
    yaml: 'a: 1',
  };
  const found = await Promise.all(
    Object.entries(wrong).map(
      async ([language, text]) => (await faultsOf(planted(`${language} check`, text), database.url)).length,
    ),
  );
  expect(found).toEqual([5, 1, 1, 1, 1]);
  const ended = await runBlock(
    planted('sh run', 'npx holdfast audit nothing-here\nnpm start\nnpx holdfast audit demo\n# → exit 3'),
  );
  expect(ended).toHaveLength(3);
});
