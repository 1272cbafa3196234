/**
 * Sixty-four writers and a reader while the server goes through all its moods, is cut off and started again: run as a
 * process of its own, because Node ends a process in which a rejection is handled by nobody, and a test runner does not.
 * Ends with 0 when every acknowledged record is in the log and in the feed once, and nothing else is.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { OutcomeUnknown, StoreUnavailable } from '../../../src/application/errors.js';
import type { StreamHead } from '../../../src/application/ports.js';
import { noStream, records } from '../../contract/subject.js';
import { StandIn, type Mode } from './server.js';
import { openStore } from './subject.js';

const WRITERS = 64;
const ROUNDS = 3;
const MOOD_MS = 60;
const MOODS: readonly Mode[] = ['mute', 'busy', 'dropping', 'slow', 'deaf', 'silent', 'ending', 'starting'];
const IMPATIENT = { appendTimeoutMs: 200, readTimeoutMs: 200, queueAgeMs: 200, silenceMs: 80, maxBackoffMs: 40 };

let server = await StandIn.start({ delayMs: 150, liveBuffer: 20 });
const { store, feed } = openStore(server.url, IMPATIENT);
const { log } = server;

/** The identical append until it is known. */
async function surely(head: StreamHead): Promise<StreamHead> {
  const sealed = records(head, 2);
  for (;;) {
    const outcome = await store.append(head.stream, head.revision, sealed).catch((error: unknown) => error);
    if ((outcome as { kind?: string }).kind === 'appended') return sealed[1]!;
    if (!(outcome instanceof OutcomeUnknown || outcome instanceof StoreUnavailable)) throw outcome as Error;
    await pause(5);
  }
}

let isOver = false;
const acknowledged = new Set<string>();
const writers = Array.from({ length: WRITERS }, async () => {
  for (let head: StreamHead = noStream(); !isOver; acknowledged.add(`${head.stream} ${head.revision}`))
    head = await surely(head);
});
const seen: string[] = [];
const ending = new AbortController();
const reading = (async () => {
  for await (const page of feed.after(0n, ending.signal))
    seen.push(...page.map(({ stream, revision }) => `${stream} ${revision}`));
})();

for (let round = 0; round < ROUNDS; round++) {
  for (const mood of MOODS) {
    server.mode = mood;
    await pause(MOOD_MS);
    server.mode = 'sound';
    await pause(MOOD_MS / 4);
  }
  await server.stop();
  await pause(MOOD_MS);
  server = await StandIn.start({ port: server.port, log, delayMs: 150, liveBuffer: 20 });
}
isOver = true;
await Promise.all(writers);
const ours = log.all.filter(({ stream }) => stream.startsWith('booking-')).map((r) => `${r.stream} ${r.revision}`);
for (let waitedMs = 0; seen.length < ours.length && waitedMs < 5_000; waitedMs += 10) await pause(10);
ending.abort();
await reading;

const faults = [
  [...acknowledged].some((place) => !ours.includes(place)) && 'an acknowledged record is lost',
  seen.join() !== ours.join() && `the feed gave ${seen.length} records of ${ours.length}, or in another order`,
  acknowledged.size * 2 !== ours.length &&
    `${acknowledged.size} appends were acknowledged, ${ours.length} records stored`,
].filter((fault) => fault !== false);
console.log(faults.length === 0 ? `${acknowledged.size} appends, each once` : faults.join('; '));
process.exit(faults.length === 0 ? 0 : 1);
