import { append } from './scenarios/eventstoredb-append.js';
import { feed } from './scenarios/eventstoredb-feed.js';
import { flashThere, spread } from './scenarios/eventstoredb-sales.js';
import { takeEach } from './support/bench.js';
import type { EventStoreDbBench } from './support/event-store-db.js';

/** What is left of the engine's rate when our adapter, and then the whole command path, stands in front of it. */
export const EVENTSTOREDB: Readonly<Record<string, (bench: EventStoreDbBench) => Promise<void>>> = {
  append,
  feed,
  flash: flashThere,
  spread,
};

/** Takes the figures of the given names. */
export function runEventStoreDb(bench: EventStoreDbBench, only: readonly string[]): Promise<void> {
  return takeEach(bench, EVENTSTOREDB, only, (scenario) => scenario(bench));
}
