import { setImmediate as turn } from 'node:timers/promises';
import { EndOfTurn } from '../../src/application/end-of-turn.js';

describe('the end of a turn', () => {
  it('is when all that came up in it is done, in the order in which it came up', async () => {
    const done: string[] = [];
    const endOfTurn = new EndOfTurn({ turn: () => turn() });
    for (const step of ['a', 'b', 'c']) endOfTurn.do(() => void done.push(step));
    await Promise.resolve();
    expect(done).toEqual([]);
    await turn();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('leaves what comes up meanwhile to the next one, and waits for none that nobody needs', async () => {
    const happened: string[] = [];
    const waited = async (): Promise<void> => {
      happened.push('waits');
      await turn();
    };
    const endOfTurn = new EndOfTurn({ turn: waited });
    endOfTurn.do(() => {
      happened.push('first');
      endOfTurn.do(() => void happened.push('second'));
    });
    for (let turns = 0; turns < 5; turns += 1) await turn();
    expect(happened).toEqual(['waits', 'first', 'waits', 'second']);
  });
});
