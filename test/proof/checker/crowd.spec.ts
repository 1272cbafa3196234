import { check } from './check.js';
import { Crowd } from './crowd.js';

describe('a checker of histories, and the service itself', () => {
  it('finds nothing wrong with what a crowd was told at the front door', async () => {
    const crowd = await Crowd.open(7);
    await crowd.run(24, 1_500);
    const { violations, counts } = check(crowd.entries, crowd.records, { skewMs: 250 });
    expect(violations).toEqual([]);
    // Something was there to be found.
    expect(counts.medianOverlap).toBeGreaterThan(8);
    expect(Math.min(counts.promotions, counts.lapses, counts.replayedKeys)).toBeGreaterThan(5);
    expect(Object.keys(counts.byCode).length).toBeGreaterThan(8);
  });
});
