import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { Feed, type FeedSettings } from '../../src/application/feed.js';
import type { Audience } from '../../src/application/feed-items.js';
import type { FeedReader, FeedSink } from '../../src/application/feed-reader.js';
import type {
  EventFeed,
  MeasuredFeed,
  Position,
  RecordedEvent,
  UnreadableRecord,
} from '../../src/application/ports.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { InMemoryEventFeed } from '../../src/infrastructure/event-store/in-memory.js';
import { confirmed, renamed } from '../support/facts.js';
import { serviceInMemory, type Service } from '../support/service.js';
import type { InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';

const USERS = ['ada', 'bob', 'cid'];

/** Pages of any size, each after some turns: readers meet the log's own reader at every point there is. */
class UnevenFeed implements MeasuredFeed {
  /** How often somebody began to read. */
  readings = 0;

  constructor(
    private readonly inner: InMemoryEventFeed,
    private readonly sizes: readonly number[],
  ) {}

  async *after(position: Position, signal: AbortSignal): ReturnType<EventFeed['after']> {
    this.readings += 1;
    let round = Number(position);
    for await (const page of this.inner.after(position, signal))
      for (let from = 0; from < page.length;) {
        const size = this.sizes[(round += 1) % this.sizes.length]!;
        for (let wait = 0; wait < size; wait += 1) await turn();
        if (signal.aborted) return;
        yield page.slice(from, (from += size));
      }
  }

  head = (): Promise<Position> => this.inner.head();
  isWithin = (position: Position, records: number): Promise<boolean> => this.inner.isWithin(position, records);
  latest = (records: number): ReturnType<MeasuredFeed['latest']> => this.inner.latest(records);
  lastBefore = (position: Position): Promise<Position> => this.inner.lastBefore(position);
}

/** A connection that takes what it is given after some turns. */
class Collected implements FeedSink {
  text = '';
  readonly taken = 0;
  bytes = 0;
  hasEnded = false;

  constructor(private readonly turns: number) {}

  facts(text: string): void {
    this.text += text;
  }
  beat(): void {}
  bye(): void {
    this.hasEnded = true;
  }
  drop(): void {
    this.hasEnded = true;
  }
  get waiting(): number {
    return this.bytes;
  }
  async ready(): Promise<void> {
    for (let wait = 0; wait < this.turns; wait += 1) await turn();
  }
  get positions(): number[] {
    return this.text.split(' ').filter(Boolean).map(Number);
  }
}

const SETTINGS: FeedSettings = {
  ...{ feedHeartbeatMs: 60_000, feedLifeMs: 60_000, feedGatherMs: 0, feedRing: 5, feedResumeRecords: 1_000 },
  ...{ feedBufferBytes: 1_000, feedClients: 1_000, feedClientsPerCaller: 1_000 },
};

/** Records of which every position says whose they are. */
class House {
  readonly service: Service & { readonly log: InMemoryLog } = serviceInMemory();
  readonly log = this.service.log;
  readonly source: UnevenFeed;
  readonly feed: Feed;
  encoded = 0;
  private revision = -1;
  private hash = '';

  constructor(sizes: readonly number[], settings: Partial<FeedSettings> = {}) {
    this.source = new UnevenFeed(new InMemoryEventFeed(this.log, this.service.codec), sizes);
    const { time, streams } = this.service;
    const encode = ({ position }: RecordedEvent | UnreadableRecord): string => {
      this.encoded += 1;
      return `${position} `;
    };
    this.feed = new Feed(this.source, time, streams, { ...SETTINGS, ...settings }, encode);
  }

  /** User 0 to 2; 3 is a fact about the event. */
  write(whose: number): void {
    const fact: BookingEvent = whose < USERS.length ? confirmed(USERS[whose]!) : renamed(`title ${this.revision}`);
    const envelope = this.service.envelope('e', 'manager');
    const head = { stream: 'booking-e', revision: this.revision, hash: this.hash };
    const [sealed] = this.service.sealer.seal(head, [fact], { ...envelope, occurredAt: this.service.time.at });
    this.revision += 1;
    this.hash = sealed!.hash;
    this.log.push(sealed!);
  }

  join(from: number, audience: Audience, sink: FeedSink): FeedReader {
    const { identity: logId, records } = this.log;
    const follower = { caller: 'c', audience, logId, from: BigInt(from), until: Infinity };
    return this.feed.join(follower, BigInt(records.length), sink);
  }

  async settled(readers: readonly FeedReader[]): Promise<void> {
    const end = BigInt(this.log.records.length);
    for (let n = 0; n < 20_000 && readers.some(({ at }) => at < end); n += 1) await turn();
  }
}

const ALL: Audience = { userId: null, eventId: null, types: null, correlationId: null };

/** One step of the story: somebody writes, somebody comes (from so far back), or the world turns. */
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ write: fc.integer({ min: 0, max: 3 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        back: fc.integer({ min: 0, max: 40 }),
        as: fc.integer({ min: -1, max: 2 }),
        turns: fc.integer({ min: 0, max: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 4 }) }) },
  ),
  { minLength: 10, maxLength: 80 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });

describe('who follows, from wherever and whenever', () => {
  it('is given every record that is for them once and in order, over every seam', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 }),
        steps,
        async (page, before, story) => {
          const house = new House(page);
          const whose = [...before];
          for (const user of before) house.write(user);
          const followers: { from: number; as: number; reader: FeedReader; sink: Collected }[] = [];
          for (const step of story) {
            if ('write' in step) {
              house.write(step.write);
              whose.push(step.write);
            } else if ('back' in step) {
              const from = Math.max(0, house.log.records.length - step.back);
              const sink = new Collected(step.turns);
              const audience = step.as < 0 ? ALL : { ...ALL, userId: USERS[step.as]! };
              followers.push({ from, as: step.as, sink, reader: house.join(from, audience, sink) });
            } else for (let n = 0; n < step.turns; n += 1) await turn();
          }
          await house.settled(followers.map(({ reader }) => reader));
          for (const { from, as, sink } of followers) {
            const theirs = whose.map((user, n) => ({ user, position: n + 1 })).slice(from);
            const expected = theirs.filter(({ user }) => as < 0 || user === 3 || user === as);
            expect(sink.positions).toEqual(expected.map(({ position }) => position));
          }
          house.feed.close();
          expect(house.feed.tally.clients).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the feed', () => {
  it('reads the log once and makes each text once, however many follow', async () => {
    const house = new House([3], { feedRing: 100 });
    const sinks = Array.from({ length: 50 }, () => new Collected(0));
    const readers = sinks.map((sink) => house.join(0, ALL, sink));
    for (let n = 0; n < 20; n += 1) house.write(n % 4);
    await house.settled(readers);
    expect([house.source.readings, house.encoded]).toEqual([1, 20]);
    for (const sink of sinks) expect(sink.positions).toHaveLength(20);
    house.feed.close();
    // And not at all when nobody does.
    expect(sinks.every(({ hasEnded }) => hasEnded)).toBe(true);
    for (const reader of readers) reader.leave();
    expect(house.feed.tally).toEqual({ clients: 0, dropped: 0, refused: 0 });
  });

  it('says goodbye when the log can no longer be read, also to who is far behind', async () => {
    const house = new House([1], { feedRing: 1 });
    for (let n = 0; n < 10; n += 1) house.write(0);
    const live = new Collected(0);
    house.join(10, ALL, live);
    house.source.after = async function* () {};
    const behind = new Collected(0);
    house.join(0, ALL, behind);
    for (let n = 0; n < 20_000 && !behind.hasEnded; n += 1) await turn();
    expect([live.hasEnded, behind.hasEnded]).toEqual([false, true]);
    house.feed.close();
    const first = new Collected(0);
    const broken = new House([1]);
    broken.source.after = async function* () {
      if (broken.log.records.length === 0) throw new Error('cannot be healed');
      yield [];
    };
    broken.join(0, ALL, first);
    for (let n = 0; n < 20_000 && !first.hasEnded; n += 1) await turn();
    expect([first.hasEnded, broken.feed.tally.clients]).toEqual([true, 0]);
  });

  it('drops who has too much waiting, and who takes nothing between two heart-beats', async () => {
    const house = new House([1], { feedHeartbeatMs: 5, feedRing: 100 });
    const [full, gone, well] = [new Collected(0), new Collected(0), new Collected(0)];
    const readers = [full, gone, well].map((sink) => house.join(0, ALL, sink));
    house.write(0);
    await house.settled(readers);
    full.bytes = 1_001;
    gone.bytes = 1;
    house.write(0);
    await house.settled([readers[2]!]);
    expect([full.hasEnded, gone.hasEnded, full.positions, gone.positions]).toEqual([true, false, [1], [1, 2]]);
    for (let n = 0; n < 20_000 && !gone.hasEnded; n += 1) await turn();
    expect([gone.hasEnded, well.hasEnded, house.feed.tally.dropped]).toEqual([true, false, 2]);
    house.feed.close();
  });
});
