import { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { serviceInMemory } from '../support/service.js';

describe('what is counted of an event', () => {
  it('are conflicts with other processes and what was decided again for them, of this event alone', async () => {
    const log = new InMemoryLog();
    const [one, other] = [serviceInMemory({}, log), serviceInMemory({}, log)];
    await one.schedule('e1', { capacity: 500 });
    await one.schedule('e2');
    await Promise.all(Array.from({ length: 60 }, (_, i) => [one, other][i % 2]!.book('e1', `u${i}`)));
    const [ones, others] = [one, other].map(({ transact }) => transact.contentionOf('e1')!);
    expect(ones!.conflicts + others!.conflicts).toBe(one.transact.tally.conflicts + other.transact.tally.conflicts);
    expect(ones!.conflicts + others!.conflicts).toBeGreaterThan(0);
    expect(ones!.retries + others!.retries).toBe(one.transact.tally.retries + other.transact.tally.retries);
    expect([ones!.took.count, others!.took.count]).toEqual([31, 30]);
    expect(one.transact.contentionOf('e2')).toMatchObject({ conflicts: 0, retries: 0 });
    expect(other.transact.contentionOf('e2')).toBeNull();
  });

  it('outlives the ledger, for a bounded number of events', async () => {
    const service = serviceInMemory({ cacheEntries: 50 });
    for (let n = 0; n < 1_010; n += 1) await service.schedule(`e${n}`);
    expect(service.transact.cachedEvents()).toEqual(['e1008', 'e1009']);
    const known = Array.from({ length: 1_010 }, (_, n) => service.transact.contentionOf(`e${n}`));
    expect(known.map((counted) => counted?.took.count ?? 0)).toEqual([...Array(8).fill(0), ...Array(1_002).fill(1)]);
    // Asked about again, it is counted on; and what was settled for nobody is not.
    await service.book('e8', 'ann');
    await service.transact.settle('e8');
    expect(Object.fromEntries(service.transact.contentionOf('e8')!.outcomes)).toEqual({ accepted: 2 });
  });
});
