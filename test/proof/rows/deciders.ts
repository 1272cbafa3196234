import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf } from '../../../src/infrastructure/peers/local-peers.js';
import type { Api } from '../../support/processes.js';
import { usualEvents } from '../load/plan.js';
import type { Row, Run } from '../run.js';
import { SHARES } from './topologies.js';

/** Longer than a process may say nothing. */
const FROZEN_MS = 1_600;

/**
 * F22: what a process was asked to decide when it was killed, or stood still, is decided by whoever asked it; and it may
 * have been decided twice by then. In the end each has asked the others, unless all events are its own.
 */
export const lostDecider: Row = {
  id: 'F22',
  title: 'SIGKILL and SIGSTOP of the process that decides what the others are asked',
  topology: SHARES,
  run: (run) =>
    run.underLoad(async () => {
      for (let turn = 0; turn < run.amount(2, 30); turn += 1) {
        const at = (run.seed + (turn >> 1)) % run.scene.apis.length;
        await run.more(run.amount(60, 120));
        if (turn % 2 === 0) await run.killApi(at);
        else await freeze(run, at);
      }
      await run.more(run.amount(60, 120));
      const deciders = usualEvents(run.name).map(({ eventId }) => hashOf(eventId) % run.scene.apis.length);
      for (const [own, api] of run.scene.apis.entries())
        if (deciders.some((decider) => decider !== own))
          run.expect((await askedOf(api)) > 0, `the process at ${api.url} has asked none of the others`);
    }),
};

async function freeze(run: Run, at: number): Promise<void> {
  const { apis } = run.scene;
  apis[at]!.signal('SIGSTOP');
  run.fault('freeze api');
  await run.aim(apis.filter((_, other) => other !== at).map(({ url }) => url));
  await run.more(run.amount(30, 60));
  await sleep(FROZEN_MS);
  apis[at]!.signal('SIGCONT');
  run.fault('thaw api');
  await run.aim();
}

/** How many commands another one has decided for it. */
async function askedOf({ url }: Api): Promise<number> {
  const headers = { authorization: 'Bearer figures' };
  const page = await (await fetch(`${url}/metrics`, { headers })).text();
  return Number(/^holdfast_commands_asked_total\{result="answered"\} (\d+)/m.exec(page)?.[1] ?? 0);
}
