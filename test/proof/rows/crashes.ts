import type { Row } from '../run.js';
import { PAIR } from './topologies.js';

/** F1: killed at random times. */
export const killedApi: Row = {
  id: 'F1',
  title: 'SIGKILL of the API at random times, restart',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      for (let kill = 0; kill < run.amount(2, 8); kill += 1) {
        await run.more(run.amount(100, 800));
        await run.killApi(kill % 2);
      }
      await run.more(100);
    }),
};

/** F3: the projector that works, or the one that stands by. */
export const killedProjector: Row = {
  id: 'F3',
  title: 'SIGKILL of the projector, mid-batch',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      for (let kill = 0; kill < run.amount(2, 8); kill += 1) {
        await run.more(run.amount(100, 800));
        await run.killProjector(kill % 2);
      }
      await run.more(100);
    }),
};

/** F4: all of it at once. */
export const killedPostgres: Row = {
  id: 'F4',
  title: 'SIGKILL of all of Postgres',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      for (let kill = 0; kill < run.amount(1, 6); kill += 1) {
        await run.more(run.amount(150, 1_000));
        await run.killPostgres();
      }
      await run.more(100);
    }),
};
