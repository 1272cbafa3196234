import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../run.js';
import { usualEvents, type EventPlan } from '../load/plan.js';
import { onServer } from '../../support/postgres.js';
import type { Program } from '../../support/processes.js';
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

/** So long Postgres stands still before it is killed, that a flush of each process is on its way to it. */
const FROZEN_MS = 40;

/** Beside the usual ones: places enough, so that most calls write, and what is on its way is of many events. */
const rooms = (run: string): EventPlan[] =>
  Array.from({ length: 10 }, (_, n) => ({
    ...{ eventId: `${run}-room-${n}`, capacity: 600, callers: 3, users: 900, isRushed: true },
  }));

/**
 * F4: all of it at once, by turns in the middle of a commit, and while much is on its way that will never be committed:
 * a kill beside both leaves nothing unknown. Processes that take turns commit only for a small part of a round, so that
 * just before it one of them has the event for itself.
 */
export const killedPostgres: Row = {
  id: 'F4',
  title: 'SIGKILL of all of Postgres',
  topology: PAIR,
  run: async (run) => {
    const events = usualEvents(run.name);
    run.hot = events[0]!.eventId;
    const work = async (): Promise<void> => {
      for (let kill = 0; kill < run.amount(1, 70); kill += 1) {
        await run.more(run.amount(30, 75));
        await run.aim([run.scene.apis[kill % 2]!.url]);
        await run.more(run.amount(30, 75));
        await run.killPostgres((kill + run.seed) % 2 === 0 ? { inCommit: true } : { frozenMs: FROZEN_MS });
        await run.aim();
      }
      await run.more(run.amount(60, 100));
    };
    await run.underLoad(work, { events: [...events, ...rooms(run.name)] });
  },
};

/** So that folding takes long enough to be killed in the middle. */
const REFOLD_BATCH = { PROJECTOR_BATCH: '10' };
/** A rebuild that was through before it was killed is thrown away, and begun again. */
const TRIES_PER_KILL = 4;
const POLL_MS = 5;

/** F14: the command is killed while it folds, run again to its end, and what it made is shown, and taken back. */
export const killedRebuild: Row = {
  id: 'F14',
  title: 'Rebuild while writes run, killed 20 times (5 times in a quick run), then shown and taken back',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      const { stage } = run.scene;
      await run.more(run.amount(60, 100));
      const kills = run.amount(5, 20);
      for (let tries = 0; run.kills.projector < kills && tries < TRIES_PER_KILL * kills; tries += 1) {
        const command = stage.command(['projections', 'rebuild'], REFOLD_BATCH);
        if (await folds(run.books.tables, command)) await run.strike(command, 'projector', 0);
        else if ((await command.ended).code !== 0) run.break('I6', `a rebuild that nobody killed: ${command.output}`);
        else await stage.holdfast('projections', 'drop', String((await generations(run.books.tables)).other), '--yes');
      }
      run.expect(run.kills.projector === kills, 'the rebuild was through each time before it could be killed');
      const compared = await stage.holdfast('projections', 'rebuild', '--json');
      const { different } = JSON.parse(compared) as { different: readonly string[] };
      if (different.length > 0) run.break('I6', `the new tables are not the live ones: ${different.join()}`);
      await stage.holdfast('projections', 'switch', '--yes');
      await run.more(run.amount(30, 50));
      await stage.holdfast('projections', 'rollback', '--yes');
      await run.more(run.amount(30, 50));
      await stage.holdfast('projections', 'drop', String((await generations(run.books.tables)).other), '--yes');
    }),
};

interface Generations {
  /** The one that is not live, and how far it is; null: there is none. */
  readonly other: number | null;
  readonly position: string | null;
}

async function generations(url: string): Promise<Generations> {
  return onServer(url, async (client) => {
    const text = 'SELECT generation AS other, position::text FROM projections.checkpoint WHERE NOT live';
    const { rows } = await client.query<Generations>(text);
    return rows[0] ?? { other: null, position: null };
  });
}

/** Until the command has moved the other generation on; false: it ended before. */
async function folds(url: string, command: Program): Promise<boolean> {
  const before = await generations(url);
  let hasEnded = false;
  void command.ended.then(() => (hasEnded = true));
  for (; !hasEnded; await sleep(POLL_MS)) {
    const { position } = await generations(url);
    if (position !== null && position !== '0' && position !== before.position) return true;
  }
  return false;
}
