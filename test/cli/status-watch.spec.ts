import { Stage } from '../support/processes.js';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.migrated();
});
afterAll(() => stage?.close());

it.each(['SIGINT', 'SIGTERM'] as const)(
  'a watch that %s ends is done, and leaves no Postgres behind',
  async (signal) => {
    const watch = stage.command(['projections', 'status', '--watch', '--every', '60']);
    await watch.says(/"generation":1/);
    expect(await stage.postgres()).not.toEqual([]);
    watch.signal(signal);
    expect(await watch.ended).toEqual({ code: 0, signal: null });
    expect(await stage.postgres()).toEqual([]);
  },
);
