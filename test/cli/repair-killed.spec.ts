import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { registerVerify } from '../../src/cli/verify.js';
import { Story } from '../projections/story.js';
import { ReadModel } from '../projections/tables.js';
import { run } from '../support/cli.js';
import { SECOND, book, cancel, scheduleIt } from '../support/facts.js';
import { write } from '../support/log.js';
import { onServer } from '../support/postgres.js';

const EVENTS = 60;
const CLI = fileURLToPath(new URL('../../dist/bundle/holdfast.js', import.meta.url));

let model: ReadModel;
const story = new Story();
for (let n = 0; n < EVENTS; n++) {
  const [eventId, bookingId] = [`e${n}`, (user: string): string => `${user}-${n}`];
  story.ask(eventId, scheduleIt());
  for (const user of ['ann', 'bob']) story.ask(eventId, book(user, { bookingId: bookingId(user) }));
  story.now += SECOND;
  story.ask(eventId, cancel('bob', { bookingId: bookingId('bob') }));
}
beforeAll(async () => {
  model = await ReadModel.open();
  await write(model.url, story.log.records);
  await model.fold(story.records(), [100]);
});
afterAll(() => model.close());

const wrong = async (): Promise<number> => {
  const { rows } = await model.pool.query<{ wrong: string }>(
    'SELECT count(*) AS wrong FROM read_model_g1.bookings WHERE seats = 9',
  );
  return Number(rows[0]!.wrong);
};

/** Starts a repair and kills it as soon as so few rows are wrong. Answers whether it was killed before its end. */
async function repairKilledAt(mostWrong: number): Promise<boolean> {
  const child = spawn(process.execPath, [CLI, 'verify', '--repair'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: model.url },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  while (child.exitCode === null && (await wrong()) > mostWrong) await sleep(1);
  child.kill('SIGKILL');
  await ended;
  return child.signalCode === 'SIGKILL';
}

it('holdfast verify --repair may be killed at any moment: run again, it ends what it began', async () => {
  await onServer(model.url, (client) =>
    client.query(`SET session_replication_role = replica;
      UPDATE read_model_g1.bookings SET seats = 9; DELETE FROM read_model_g1.booking_history;
      DELETE FROM read_model_g1.past_bookings; DELETE FROM read_model_g1.users`),
  );
  let killed = 0;
  for (const most of [EVENTS, EVENTS - 1, EVENTS / 2]) if (await repairKilledAt(most)) killed += 1;
  // In the middle of it: something was mended, and something was left.
  const left = await wrong();
  expect([killed, left > 0, left <= EVENTS / 2]).toEqual([3, true, true]);
  const { exitCode, stdout } = await run(registerVerify, { DATABASE_URL: model.url }, 'verify', '--repair');
  expect([exitCode, stdout.split('\n').at(-2)]).toEqual([null, 'every row is as the log says now']);
  await model.expectTables(story.records());
});
