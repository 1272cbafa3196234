import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/application/errors.js';
import type { EventStore } from '../../src/application/ports.js';
import type { TransactSettings } from '../../src/application/transact.js';
import { receiptOf, serviceInMemory } from '../support/service.js';

/** A queue that is short beside the deadline, so that one deadline too many shows. */
const BOUNDS: Partial<TransactSettings> = {
  queueAgeMs: 200,
  outcomeDeadlineMs: 1_040,
  backoffMinMs: 5,
  backoffMaxMs: 10,
};
const MARGIN_MS = 400;

test('a store that refuses for ever: whoever came while a batch was tried gets no second deadline', async () => {
  let isAway = false;
  const service = serviceInMemory(BOUNDS, undefined, (store) => refusingWhile(store, () => isAway));
  receiptOf(await service.schedule('opera', { capacity: 100 }));
  isAway = true;
  const waits: Promise<number>[] = [];
  for (let n = 0; n < 4; n += 1) {
    waits.push(timeToFail(service.book('opera', `user-${n}`)));
    await sleep(100);
  }
  const longestMs = Math.max(...(await Promise.all(waits)));
  expect(longestMs).toBeLessThan(BOUNDS.queueAgeMs! + BOUNDS.outcomeDeadlineMs! + MARGIN_MS);
  expect(service.log.records).toHaveLength(1);

  isAway = false;
  expect(receiptOf(await service.book('opera', 'user-0')).status).toBe('confirmed');
});

async function timeToFail(asked: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await expect(asked).rejects.toThrow();
  return performance.now() - startedAt;
}

/** As when somebody holds the row of the stream: every attempt waits a little and has certainly written nothing. */
const refusingWhile = (store: EventStore, isAway: () => boolean): EventStore => ({
  identity: () => store.identity(),
  read: (stream, from, most) => store.read(stream, from, most),
  append: async (stream, expected, sealed) => {
    if (!isAway()) return store.append(stream, expected, sealed);
    await sleep(100);
    throw new StoreUnavailable('the row is held');
  },
});
