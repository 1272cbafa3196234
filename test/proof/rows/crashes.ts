import type { Row } from '../run.js';
import { onServer } from '../../support/postgres.js';
import { isRunning } from '../scene.js';
import { PAIR } from './topologies.js';

/** F1: killed at random times. */
export const killedApi: Row = {
  id: 'F1',
  title: 'SIGKILL of the API at random times, restart',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      for (let kill = 0; kill < run.amount(1, 36); kill += 1) {
        await run.more(run.amount(60, 150));
        await run.killApi((kill + run.seed) % 2);
      }
      await run.more(run.amount(60, 100));
    }),
};

const API_POINTS = ['before append', 'append sent', 'after append'];
const PROJECTOR_POINTS = ['between rows', 'before commit', 'after commit'];

/** F2: the process stands still at the point until it is killed from outside. */
export const killedAtPoints: Row = {
  id: 'F2',
  title: 'SIGKILL of the API at named points (before append, append sent, after append before reply)',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      for (let turn = 0; turn < run.amount(1, 24); turn += 1) {
        const point = API_POINTS[(run.seed + turn) % API_POINTS.length]!;
        await run.more(run.amount(50, 200));
        const [, api] = run.scene.apis;
        await run.scene.stopAt(point, [api!]);
        run.hit(point);
        await run.reviveApi(1, await run.strike(api!, 'api', 0));
      }
      await run.more(run.amount(60, 100));
    }),
};

/** F3: at random times, and inside the transaction of a batch. */
export const killedProjector: Row = {
  id: 'F3',
  title: 'SIGKILL of the projector, mid-batch',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      const { scene } = run;
      for (let kill = 0; kill < run.amount(1, 20); kill += 1) {
        await run.more(run.amount(50, 150));
        if (run.mode === 'full') await run.killProjector(kill % 2);
        const point = PROJECTOR_POINTS[(run.seed + kill) % PROJECTOR_POINTS.length]!;
        const stopped = await scene.stopAt(point, scene.projectors);
        run.hit(point);
        await run.reviveProjector(scene.projectors.indexOf(stopped), await run.strike(stopped, 'projector', 0));
      }
      await run.more(run.amount(60, 100));
    }),
};

/**
 * F4: all of it at once, in the middle of a commit: a kill beside it leaves nothing unknown. Processes that take turns
 * commit only for a small part of a round, so that just before it one of them has the event for itself.
 */
export const killedPostgres: Row = {
  id: 'F4',
  title: 'SIGKILL of all of Postgres',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      for (let kill = 0; kill < run.amount(1, 70); kill += 1) {
        await run.more(run.amount(30, 75));
        await run.aim([run.scene.apis[kill % 2]!.url]);
        await run.more(run.amount(30, 75));
        await run.killPostgres();
        await run.aim();
      }
      await run.more(run.amount(60, 100));
    }),
};

/** So that folding takes long enough to be killed in the middle. */
const REFOLD_BATCH = { PROJECTOR_BATCH: '20' };

/** F14: the generation is emptied and folded again from the beginning, by projectors that are killed on the way. */
export const killedWhileFolding: Row = {
  id: 'F14',
  title: 'The tables are folded again while writes run, killed 20 times (5 times in a quick run)',
  note: 'projections.start_over: the live generation is emptied and folded again',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      await run.more(run.amount(60, 100));
      for (const projector of run.scene.projectors) if (isRunning(projector)) await projector.stop();
      await onServer(run.books.tables, (client) => client.query('SELECT projections.start_over(1)'));
      await run.scene.startProjector(0, REFOLD_BATCH);
      const kills = run.amount(5, 20);
      for (let kill = 1; kill <= kills; kill += 1) await run.killProjector(0, kill < kills ? REFOLD_BATCH : {});
      await run.scene.startProjector(1);
      await run.more(run.amount(60, 100));
    }),
};
