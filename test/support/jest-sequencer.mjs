import { createRequire } from 'node:module';

// Of Jest itself: how it orders specs when nobody says anything.
const { default: Sequencer } = createRequire(createRequire(import.meta.url).resolve('jest'))('@jest/test-sequencer');

/**
 * The specs and folders that take longest, the longest first. A fresh checkout has no times of runs before, and what
 * takes half a minute must not be begun when everything else is through. Those that only count come before those that
 * hold somebody to a time, and of these no three are neighbours.
 */
const LONGEST = [
  ...['simulation/', 'fuzz/', 'architecture/rules', 'control-room/', 'projections/generations'],
  ...['eventstoredb/faults', 'proof/checker/crowd', 'proof/proof', 'projections/verify', 'faults/frozen', 'cli/moving'],
  ...[
    'faults/cluster',
    'infrastructure/embedded',
    'contract/postgres-faults',
    'projections/bookings',
    'faults/locking',
  ],
  ...['contract/eventstoredb', 'cli/backup', 'faults/crash', 'cli/events-import', 'cli/doctor', 'faults/held'],
  ...['http/walk', 'faults/clock', 'http/feed', 'faults/projectors', 'domain/history', 'webhooks/delivery'],
];

/** Those first, then the others in the order that Jest gives them. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => placeOf(a.path) - placeOf(b.path));
  }
}

function placeOf(file) {
  const place = LONGEST.findIndex((start) => file.replaceAll('\\', '/').includes(`/test/${start}`));
  return place === -1 ? LONGEST.length : place;
}
