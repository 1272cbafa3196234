import { Command } from 'commander';
import { registerProjections } from '../../src/cli/projections.js';
import { confirmed, scheduled } from '../support/facts.js';
import { Story } from './story.js';
import { ReadModel } from './tables.js';

let model: ReadModel;
const environment = { ...process.env };
beforeAll(async () => {
  model = await ReadModel.open();
  process.env['DATABASE_URL'] = model.url;
});
afterAll(async () => {
  process.env = environment;
  await model.close();
});

/** What `holdfast …` prints. */
async function holdfast(...words: string[]): Promise<string> {
  const written: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  const program = new Command('holdfast');
  registerProjections(program);
  await program.parseAsync(['projections', ...words], { from: 'user' }).finally(() => (process.stdout.write = write));
  return written.join('');
}

it('holdfast projections tells where each projection stands, why it halted, and lets it go on', async () => {
  const [first, second] = new Story().plant('gala', scheduled()).plant('gala', confirmed('ann')).records();
  await model.fold([first!], [1]);
  // These records are not in the log of this database, which is empty.
  expect(await holdfast('status')).toMatch(/PROJECTION .*\nbookings +1 \(live\) +another log {2}1 +0 +2/);
  expect(await holdfast('resume')).toBe('nothing was halted\n');

  await model.checkpoints.halt(await model.checkpoints.read(), second!, 'double booking');
  const status = await holdfast('status');
  expect(status).toMatch(/bookings +1 \(live\) +halted/);
  expect(status).toContain(`record  booking-gala, revision 1, id ${second!.id}\n  reason  double booking`);
  const [state] = JSON.parse(await holdfast('status', '--json')) as object[];
  const halt = { position: '2', stream: 'booking-gala', revision: 1, recordId: second!.id, reason: 'double booking' };
  expect(state).toMatchObject({
    projection: 'bookings',
    generation: 1,
    live: true,
    state: 'halted',
    position: '1',
    halt,
  });

  expect(await holdfast('resume')).toBe('resumed: bookings, generation 1\n');
  expect(JSON.parse(await holdfast('resume', '--json'))).toEqual([]);
  expect(await holdfast('status')).not.toContain('halted');
});
