import type { Topology } from '../scene.js';

/** Two API processes, and two projectors of which one works. */
export const PAIR: Topology = { name: 'pair', apis: [{}, {}], projectors: 2, stoppable: true };

/** Five API processes, of both ways of locking. */
export const FIVE: Topology = {
  name: 'five',
  apis: [{}, { settings: { LOCKING: 'pessimistic' } }, {}, {}, { settings: { LOCKING: 'pessimistic' } }],
  projectors: 1,
};

export const THREE: Topology = { ...FIVE, name: 'three', apis: FIVE.apis.slice(0, 3) };

/** Two API processes, each of which decides for the other about its share of the events. */
export const SHARES: Topology = { name: 'shares', apis: [{}, {}], projectors: 1, shares: true };

/** One process beside its database, and one that reaches it through a network. */
export const FAR: Topology = { name: 'far', apis: [{}, { far: true }], projectors: 1 };

/** Both ways of locking, with few connections. */
export const NARROW: Topology = {
  name: 'narrow',
  apis: [{ settings: { POOL_CONNECTIONS: '3' } }, { settings: { POOL_CONNECTIONS: '3', LOCKING: 'pessimistic' } }],
  projectors: 1,
};

/** On a disk of its own. */
export const SMALL_DISK: Topology = { name: 'small disk', apis: [{}], projectors: 1 };

export const LONE: Topology = { name: 'lone', apis: [{}], projectors: 1 };

const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS;
const UNGUARDED = { CLOCK_SKEW_LIMIT_MS: '0' };

/** One whose clock is right for good; SIGUSR2 sets the clocks of the others: one is guarded, two are not. */
export const CLOCKS: Topology = {
  name: 'clocks',
  apis: [
    {},
    { clockOffMs: [0, HOUR_MS] },
    { clockOffMs: [0, -HOUR_MS], settings: UNGUARDED },
    { clockOffMs: [0, -TEN_YEARS_MS], settings: UNGUARDED },
  ],
  projectors: 1,
};

/** A short queue before a database that can be made slow, so that ten times of what it takes can be asked for. */
export const SHORT_QUEUE: Topology = {
  name: 'short queue',
  apis: [{ settings: { MAILBOX_LENGTH: '60', QUEUE_AGE_MS: '1000' }, far: true }],
  projectors: 1,
};

/** A call may wait as long as all of them together. */
const PROMPT = { QUEUE_AGE_MS: '1000', APPEND_TIMEOUT_MS: '1000', OUTCOME_DEADLINE_MS: '2000' };

export const EVENTSTOREDB: Topology = {
  name: 'eventstoredb',
  apis: [{ settings: PROMPT }, { settings: PROMPT }],
  projectors: 1,
  eventStoreDb: true,
};
