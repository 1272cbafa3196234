import fc from 'fast-check';
import { FIRST_INSTANT, LAST_INSTANT, instantIn, textOf } from '../../src/infrastructure/instant.js';

const instant = fc.integer({ min: FIRST_INSTANT, max: LAST_INSTANT });

describe('An instant as text', () => {
  it('is what Date writes, over all the years of the house, with what is below a millisecond cut off', () => {
    const fraction = fc.constantFrom(0, 0.25, 0.999);
    fc.assert(
      fc.property(instant, fraction, (at, below) => {
        expect(textOf(at + below)).toBe(new Date(at + below).toISOString());
      }),
    );
    for (const at of [FIRST_INSTANT, LAST_INSTANT]) expect(textOf(at)).toBe(new Date(at).toISOString());
  });

  it('is read back as what it was', () => {
    fc.assert(fc.property(instant, (at) => expect(instantIn(textOf(at))).toBe(at)));
  });
});
