import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onServer } from '../../support/postgres.js';
import { monotonicMs } from '../history.js';
import { usualEvents, type Plan } from '../load/plan.js';
import { Network, type Mode } from '../network.js';
import type { Row, Run } from '../run.js';
import { EVENTSTOREDB, FAR, NARROW, PAIR, SMALL_DISK } from './topologies.js';

const FROZEN_MS = [5_000, 15_000, 40_000];

/** F7: each of the three in turn, by the seed. */
export const frozenDatabase: Row = {
  id: 'F7',
  title: 'Database frozen 5, 15, 40 s',
  topology: PAIR,
  run: (run) =>
    run.underLoad(
      async () => {
        await run.more(run.amount(60, 100));
        await run.scene.stage.freeze();
        run.fault('freeze postgres');
        await sleep(FROZEN_MS[run.seed % FROZEN_MS.length]);
        await run.scene.stage.thaw();
        await run.more(run.amount(100, 200));
      },
      { pauseMs: 250 },
    ),
};

const SWALLOW_MS = 150;

/** F8: between the clients and a process. Repeats with the same key go to either process. */
export const swallowedReplies: Row = {
  id: 'F8',
  title: 'Reply swallowed after the request was forwarded, then the same key again, also on another process',
  topology: PAIR,
  run: async (run) => {
    const [first, second] = run.scene.apis;
    const network = await Network.to(first!.url);
    await run.underLoad(async () => {
      await run.aim([network.url.replace(/\/$/, ''), second!.url]);
      for (let turn = 0; turn < run.amount(3, 20); turn += 1) {
        await run.more(40);
        network.become('swallowing');
        run.fault('swallow replies');
        await sleep(SWALLOW_MS);
        network.become('sound');
      }
      await run.aim();
      await run.more(run.amount(60, 100));
    });
    network.close();
  },
};

const MODES: readonly Mode[] = ['swallowing', 'resetting', 'half-closing', 'trickling', 'delaying', 'stalling'];

/** F9: between one process and the database, in two modes of the six by the seed; all of them in a full run. */
export const brokenNetwork: Row = {
  id: 'F9',
  title: 'RST, half-close, 1 byte/s, delay, stall on the database connection',
  topology: FAR,
  run: (run) =>
    run.underLoad(async () => {
      const { network } = run.scene;
      for (let turn = 0; turn < run.amount(2, 12); turn += 1) {
        await run.more(60);
        const mode = MODES[(2 * run.seed + turn) % MODES.length]!;
        network!.become(mode);
        run.fault(mode);
        run.hit(mode);
        await sleep(run.amount(600, 1_500));
        network!.become('sound');
        await Promise.all(run.scene.apis.map((api) => run.scene.ready(api)));
      }
      await run.more(50);
    }),
};

const DISK = path.join(process.env['TMPDIR'] ?? '/tmp', `holdfast-proof-disk-${process.pid}`);
const DISK_BYTES = 200_000_000;
const mount = (...words: string[]) => promisify(execFile)('mount', words);

/** F10: a small file system in memory; whatever is free of it is taken, and given back. */
export const fullDisk: Row = {
  id: 'F10',
  title: 'Disk full, then freed',
  topology: SMALL_DISK,
  hindrance: async () => {
    try {
      await mountDisk();
      return null;
    } catch {
      return 'a small file system cannot be mounted here: that takes Linux and root';
    }
  },
  parent: async () => {
    await mountDisk();
    return DISK;
  },
  afterwards: async () => {
    isMounted = false;
    await promisify(execFile)('umount', [DISK]);
    await rm(DISK, { recursive: true });
  },
  run: (run) =>
    run.underLoad(async () => {
      await run.more(50);
      const filler = path.join(DISK, 'filler');
      await fill(filler);
      run.fault('disk full');
      await sleep(run.amount(1_500, 4_000));
      await rm(filler);
      run.fault('disk freed');
      await run.more(run.amount(60, 100));
    }),
};

let isMounted = false;

async function mountDisk(): Promise<void> {
  if (isMounted) return;
  await mkdir(DISK, { recursive: true });
  await mount('-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', DISK);
  await chmod(DISK, 0o755);
  isMounted = true;
}

async function fill(file: string): Promise<void> {
  const { bavail, bsize } = await statfs(DISK);
  await writeFile(file, Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
  });
}

const HELD_MS = 1_500;

/** F12: first a stranger holds the row of the event that most want, then a process of ours is frozen with what it holds. */
export const heldRow: Row = {
  id: 'F12',
  title: "Connection pool exhausted; an intruder, or a frozen process of ours, holds one event's row",
  note: 'three connections for each process; how long calls on other events take meanwhile is bounded by 10 s and no less',
  topology: NARROW,
  run: (run) =>
    run.underLoad(async () => {
      await run.more(run.amount(50, 80));
      await onServer(run.books.tables, async (intruder) => {
        await intruder.query(`BEGIN; SELECT FROM log.streams WHERE stream = 'booking-${run.hot}' FOR UPDATE`);
        run.fault('hold a row');
        await sleep(HELD_MS);
        await run.more(20);
        await intruder.query('ROLLBACK');
      });
      const [, pessimistic] = run.scene.apis;
      await run.scene.killer.strike([pessimistic!.pid], 'SIGSTOP', run.soon(50));
      run.fault('freeze api');
      await run.aim([run.scene.apis[0]!.url]);
      await run.more(run.amount(60, 200));
      await run.scene.killer.strike([pessimistic!.pid], 'SIGCONT', 0);
      await run.aim();
      await run.more(run.amount(50, 80));
    }),
};

const MOODS = ['mute', 'ending', 'slow', 'busy', 'follower', 'silent', 'dropping', 'deaf', 'starting'] as const;

const HANG_MS = 5_000;

/** F16: three moods of the stand-in by the seed, all of them in a full run; then it is killed and started again. */
export const moodyEventStore: Row = {
  id: 'F16',
  title: 'Stand-in EventStoreDB: silence, OK-end, late reply, busy, not-leader storm; killed',
  note: `every call is answered within ${HANG_MS / 1_000} s, of which QUEUE_AGE_MS=1000, APPEND_TIMEOUT_MS=1000 (also of a read) and OUTCOME_DEADLINE_MS=2000 are the parts; no EventStoreDB of its makers is run here`,
  topology: EVENTSTOREDB,
  run: (run) => {
    run.answeredWithinMs = HANG_MS;
    return run.underLoad(
      async () => {
        const { standIn, apis } = run.scene;
        for (let turn = 0; turn < run.amount(3, MOODS.length); turn += 1) {
          await run.more(30);
          const mood = MOODS[(3 * run.seed + turn) % MOODS.length]!;
          await standIn!.become(mood);
          run.fault(mood);
          run.hit(mood);
          await sleep(run.amount(300, 1_000));
          await standIn!.become('sound');
        }
        await run.more(run.amount(50, 80));
        await standIn!.kill();
        const killedAt = monotonicMs();
        run.kills.standIn += 1;
        await standIn!.start();
        const ready = await Promise.all(apis.map((api) => run.scene.ready(api)));
        run.recoveriesMs.push(Math.max(...ready) - killedAt);
        await run.more(run.amount(50, 80));
      },
      { pauseMs: 250 },
    );
  },
};

/** Fewer callers, who call more often: for what is not about pressure. */
export const calmLoad = (run: Run): Pick<Plan, 'events' | 'pauseMs' | 'beatMs'> => ({
  events: usualEvents(run.name).map((event) => ({ ...event, callers: Math.ceil(event.callers / 4) })),
  ...{ pauseMs: 100, beatMs: 150 },
});
