import { appendChecks } from './append-checks.js';
import { feedChecks } from './feed-checks.js';
import { lockChecks } from './lock-checks.js';
import type { Subject } from './subject.js';

/** One promise of an event store. Works on streams of its own, so that checks can share a log one after another. */
export interface Check {
  readonly name: string;
  /** Rejects when the promise is broken. */
  run(subject: Subject): Promise<void>;
}

/** What every event store promises. */
export const CHECKS: readonly Check[] = [...appendChecks, ...feedChecks];

/** What those promise that can lock a stream. */
export const LOCK_CHECKS: readonly Check[] = lockChecks;

/** Holds a store against its promises. */
export function eventStoreContract(name: string, checks: readonly Check[], make: () => Promise<Subject>): void {
  describe(`${name} keeps the contract of an event store`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await make();
    });
    afterAll(() => subject.close());
    it.each(checks.map((check) => [check.name, check] as const))('%s', (_, check) => check.run(subject));
  });
}
