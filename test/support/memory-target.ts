import type { ImportTarget, LogIntake } from '../../src/infrastructure/event-store/log-import.js';
import type { DatedRecord, Place, PlacedLink } from '../../src/infrastructure/event-store/log-walk.js';
import { MemoryWalk } from './memory-walk.js';

/** A log in memory that is filled, and may be killed after any record. */
export class MemoryTarget implements ImportTarget, LogIntake {
  readonly logId = 'feedc0de';
  readonly streamPrefix = 'booking-';
  readonly intake = this;
  readonly records: DatedRecord[] = [];
  /** So many records more are taken, then it is killed. */
  room = Infinity;

  walk(): MemoryWalk {
    return new MemoryWalk(this.records);
  }

  async take(records: readonly DatedRecord[], before: number): Promise<void> {
    expect(this.records.length).toBe(before);
    for (const record of records) {
      if (this.room === 0) throw new Killed();
      this.room -= 1;
      this.records.push({ ...record, position: BigInt(this.records.length + 1) });
    }
  }

  async linksAt(places: readonly Place[]): Promise<readonly (PlacedLink | null)[]> {
    return new MemoryWalk(this.records).linksAt(places);
  }

  async close(): Promise<void> {}
}

/** What a kill looks like from inside: nothing more is done. */
export class Killed extends Error {}
