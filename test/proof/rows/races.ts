import { setTimeout as sleep } from 'node:timers/promises';
import { onServer } from '../../support/postgres.js';
import type { EventPlan } from '../load/plan.js';
import { usualEvents } from '../load/plan.js';
import type { Row, Run } from '../run.js';
import { FIVE, PAIR, SHORT_QUEUE, THREE } from './topologies.js';

/** F5: everybody wants the same places, from all processes at once; exactly as many get them as there are. */
export const raced: Row = {
  id: 'F5',
  title: 'Two to five API processes racing for one event',
  topology: FIVE,
  quickTopology: THREE,
  run: async (run) => {
    const races = [1, 7, 1, 7].map((capacity, n): EventPlan => ({
      eventId: `${run.name}-race${n}`,
      capacity,
      callers: 0,
      users: 1,
    }));
    const events = [...usualEvents(run.name), ...races];
    run.hot = events[0]!.eventId;
    const apis = run.scene.apis.slice(0, 2 + (run.seed % 4)).map(({ url }) => url);
    await run.underLoad(
      async () => {
        await run.aim(apis);
        for (const { eventId } of races) await run.wave(eventId, run.amount(60, 200));
        await run.more(run.amount(80, 600));
        await run.aim();
        await run.more(run.amount(60, 600));
      },
      { events },
    );
    for (const { eventId, capacity } of races) {
      const won = await confirmedOf(run, eventId);
      run.expect(won === capacity, `${won} won the ${capacity} places of ${eventId}`);
    }
  },
};

const confirmedOf = async (run: Run, eventId: string): Promise<number> =>
  (await run.books.after(run.from)).filter(
    ({ stream, type }) => stream === `booking-${eventId}` && type === 'BookingConfirmed',
  ).length;

const LOCK_POLL_MS = 20;
const LOCK_WITHIN_MS = 10_000;

/** F6: the database ends the session that holds the projectors' lock: then two are at work for a while. */
export const twoProjectors: Row = {
  id: 'F6',
  title: 'Two projectors forced active',
  topology: PAIR,
  run: (run) =>
    run.underLoad(async () => {
      for (let turn = 0; turn < run.amount(4, 10); turn += 1) {
        const holder = await holderOfLock(run);
        await onServer(run.books.tables, (client) => client.query('SELECT pg_terminate_backend($1)', [holder]));
        await run.more(run.amount(30, 120));
      }
    }),
};

/** The database's number for the session that holds the projectors' lock. */
async function holderOfLock({ books }: Run): Promise<number> {
  return onServer(books.tables, async (client) => {
    for (let waited = 0; waited < LOCK_WITHIN_MS; waited += LOCK_POLL_MS) {
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted",
      );
      if (rows[0] !== undefined) return rows[0].pid;
      await sleep(LOCK_POLL_MS);
    }
    throw new Error('nobody holds the lock of the projectors');
  });
}

const ACCEPTED_WITHIN_MS = 2_000;

const AWAY_MS = 100;
const QUEUE = Number(SHORT_QUEUE.apis[0]!.settings!['MAILBOX_LENGTH']);

/** F19: ten times as many at once as the queue takes, of a process that is warm and cannot empty it as quickly as they come. */
export const overload: Row = {
  id: 'F19',
  title: 'Overload at 10 × capacity',
  note: `${10 * QUEUE} calls at once over a queue of ${QUEUE}; the database is ${AWAY_MS} ms away, each way`,
  topology: SHORT_QUEUE,
  run: async (run) => {
    const { network } = run.scene;
    const event = { eventId: `${run.name}-wanted`, capacity: 5 * QUEUE, callers: 0, users: 1 };
    await run.startLoad({ events: [event], houseMs: 0, connections: 10 * QUEUE, isConnected: true });
    await run.wave(event.eventId, QUEUE);
    network!.delayMs = AWAY_MS;
    network!.become('delaying');
    run.fault('delaying');
    await run.wave(event.eventId, 10 * QUEUE);
    network!.become('sound');
    run.acceptedWithinMs = ACCEPTED_WITHIN_MS;
  },
};

/** F21: many holds are due at once; and then there is room for everybody who waits. */
export const lapsingTogether: Row = {
  id: 'F21',
  title: '3,000 holds lapsing together; capacity +5,000 with 5,000 waiting (300 and 500 in a quick run)',
  topology: PAIR,
  run: async (run) => {
    const [holds, waiting] = [run.amount(300, 3_000), run.amount(500, 5_000)];
    const lapsing = { eventId: `${run.name}-lapsing`, capacity: holds, callers: 0, users: 1 };
    const line = { eventId: `${run.name}-line`, capacity: 5, callers: 0, users: 1, waitlistLimit: waiting };
    await run.startLoad({ events: [lapsing, line], houseMs: 0, connections: AT_ONCE });
    await run.wave(lapsing.eventId, holds, { hold: true }, AT_ONCE);
    await run.wave(line.eventId, waiting + 5, { waitlist: true }, AT_ONCE);
    // A busy machine sheds some of them, and then there would be fewer to lapse.
    await run.askAgain();
    await run.change(lapsing.eventId, { salesCloseAt: new Date().toISOString() });
    await run.change(line.eventId, { capacity: waiting + 5 });
    await settled(run, 'HoldExpired', holds);
    await settled(run, 'BookingHeld', holds + waiting);
    await expectBoundedSteps(run);
  },
};

const AT_ONCE = 48;
const SETTLE_STEP = 200;
const SETTLE_WITHIN_MS = 30_000;
const SETTLE_POLL_MS = 200;

async function settled(run: Run, type: string, times: number): Promise<void> {
  for (let waited = 0, found = 0; found < times; waited += SETTLE_POLL_MS) {
    found = (await run.books.after(run.from)).filter((record) => record.type === type).length;
    if (waited > SETTLE_WITHIN_MS) return run.break('F21', `${found} times ${type} and not ${times}`);
    await sleep(SETTLE_POLL_MS);
  }
}

async function expectBoundedSteps(run: Run): Promise<void> {
  const steps = new Map<string, number>();
  for (const { metadata } of await run.books.after(run.from)) {
    const { commandId, actor } = JSON.parse(metadata) as { commandId: string; actor: string };
    if (actor === 'system:settle') steps.set(commandId, (steps.get(commandId) ?? 0) + 1);
  }
  const largest = Math.max(...steps.values());
  run.expect(largest <= SETTLE_STEP, `one step of settle wrote ${largest} domain events`);
}
