import { createRequire } from 'node:module';

// Of Jest itself: how it orders specs when nobody says anything.
const { default: Sequencer } = createRequire(createRequire(import.meta.url).resolve('jest'))('@jest/test-sequencer');

/**
 * The specs and folders that take longest, the longest first. A fresh checkout has no times of runs before, and what
 * takes half a minute must not be begun when everything else is through.
 */
const LONGEST = [
  'simulation/',
  'control-room/',
  'eventstoredb/faults',
  'faults/frozen',
  'proof/proof',
  'fuzz/',
  'architecture/rules',
  'projections/generations',
  'faults/cluster',
  'contract/postgres-faults',
  'faults/crash',
  'faults/locking',
  'cli/moving',
  'projections/verify',
  'infrastructure/embedded',
  'contract/eventstoredb',
  'proof/checker/crowd',
  'cli/backup',
  'cli/events-import',
  'cli/doctor',
  'faults/',
  'http/walk',
  'http/feed',
  'projections/bookings',
  'domain/history',
  'webhooks/delivery',
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
