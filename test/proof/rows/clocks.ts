import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, codeOf } from '../../../bench/support/http-client.js';
import { tokenOf } from '../../support/load.js';
import type { Api } from '../../support/processes.js';
import type { Row, Run } from '../run.js';
import { isReady } from '../scene.js';
import { CLOCKS } from './topologies.js';

const GUARDED = 1;
const NOTICED_WITHIN_MS = 5_000;
const POLL_MS = 50;

/**
 * F11: while its clock is off, the guarded process refuses; in two runs of three the others are off too, and decide by the
 * time they have.
 */
export const shiftedClocks: Row = {
  id: 'F11',
  title: 'Wall clock +1 h, -1 h, -10 y, at the process',
  note: 'at the port: in the simulator; with the guard off, in two runs of three, not held against I4 and I7',
  topology: CLOCKS,
  run: async (run) => {
    const isGuardOn = run.seed % 3 === 0;
    const shifted = run.scene.apis.slice(1, isGuardOn ? 2 : undefined);
    if (!isGuardOn) {
      // Whose clock is off is right about the order and wrong about the time.
      run.but = ['I4', 'I7'];
      run.checks = { skewMs: Infinity };
    }
    await run.underLoad(async () => {
      await run.more(60);
      set(shifted);
      run.fault('set clocks');
      await expectGuarded(run);
      await run.more(run.amount(80, 800));
      set(shifted);
      run.fault('set clocks right');
      await Promise.all(run.scene.apis.map((api) => run.scene.ready(api)));
      await run.more(60);
    });
  },
};

const set = (apis: readonly Api[]): void => apis.forEach((api) => api.signal('SIGUSR2'));

/** It is not ready, and decides nothing. */
async function expectGuarded(run: Run): Promise<void> {
  const { url } = run.scene.apis[GUARDED]!;
  for (let waited = 0; await isReady(url); waited += POLL_MS) {
    if (waited > NOTICED_WITHIN_MS) return run.break('F11', 'a process whose clock is an hour off is ready');
    await sleep(POLL_MS);
  }
  const client = new HttpClient(url, 1);
  const user = `${run.name}-early`;
  const path = `/v1/events/${run.name}-house/bookings`;
  const code = codeOf(await client.send({ method: 'POST', path, token: tokenOf(user), key: `${user}-k`, body: {} }));
  client.close();
  run.expect(code === 'clock-skew', `a process whose clock is an hour off answered ${code}`);
}
