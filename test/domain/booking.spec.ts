import { readFile } from 'node:fs/promises';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { forgottenSeconds, seen } from '../support/given.js';
import './sentences/book.js';
import './sentences/holds.js';
import './sentences/changes.js';
import './sentences/settle.js';
import './sentences/events.js';
import './sentences/matrix.js';

// The folders of sentences share one spec, so that what they have seen can be counted together at its end.
afterEach(() => expect(forgottenSeconds()).toBe(0));

/** Refusals of the closed union that no decision gives. A key is compared where commands are loaded, before any rule. */
const decidedElsewhere = ['KeyReused'];

/** The names are read from the source, because types are gone when specs run. */
async function namesIn(file: string, pattern: RegExp): Promise<string[]> {
  const source = await readFile(new URL(`../../src/domain/booking/${file}`, import.meta.url), 'utf8');
  return [...source.matchAll(pattern)].map(([, name]) => name ?? '');
}

describe('the sentences leave nothing out', () => {
  test('every refusal was said by some command', async () => {
    const reasons = await namesIn('commands.ts', /readonly reason: '(\w+)'/g);
    expect(reasons.length).toBeGreaterThan(20);
    expect([...seen.refusals, ...decidedElsewhere].sort()).toEqual(reasons.sort());
  });

  test('every domain event was written by some command', async () => {
    const types = await namesIn('events.ts', /^ {2}readonly type: '(\w+)'/gm);
    expect(types).toContain('EventScheduled' satisfies BookingEvent['type']);
    expect([...seen.events].sort()).toEqual(types.sort());
  });
});
