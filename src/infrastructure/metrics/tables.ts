import type { Samples } from './figure.js';
import { gauge, type Made } from './made.js';
import type { Generation, Seen } from './seen.js';

const STATES = ['following', 'building', 'paused', 'halted'] as const;

function stateOf({ isHalted, isPaused, isBare }: Generation): (typeof STATES)[number] {
  return isHalted ? 'halted' : isPaused ? 'paused' : isBare ? 'building' : 'following';
}

const live = ({ followed }: Seen): Generation | undefined => followed?.generations.find(({ isLive }) => isLive);

/** Of the live generation; null where it cannot be said. */
const ofLive =
  (read: (generation: Generation, followed: NonNullable<Seen['followed']>) => number | null) =>
  (seen: Seen): number | null => {
    const generation = live(seen);
    return generation === undefined ? null : read(generation, seen.followed!);
  };

const byGeneration =
  (read: (generation: Generation) => Iterable<readonly [readonly string[], number]>) =>
  ({ followed }: Seen): Samples =>
    (followed?.generations ?? []).flatMap((generation) =>
      Array.from(read(generation), ([labels, value]) => [[String(generation.generation), ...labels], value] as const),
    );

/** Read from the tables, so that they are the same whichever process folds them. */
export const TABLES: readonly Made[] = [
  gauge('holdfast_holds_open', 'Holds that are open, as the tables show them.', ({ claims }) => claims?.held ?? null),
  gauge(
    'holdfast_holds_overdue',
    'Open holds whose time is over: the sweeper has not come to them yet.',
    ({ claims }) => claims?.overdue ?? null,
  ),
  gauge('holdfast_waitlist_length', 'Bookings that wait for a place.', ({ claims }) => claims?.waiting ?? null),
  gauge('holdfast_log_position', 'Where the log ends.', ({ followed }) =>
    followed === null ? null : Number(followed.head),
  ),
  {
    ...{ name: 'holdfast_projector_position', help: 'Up to where each generation of the tables is folded.' },
    ...{ type: 'gauge', labels: ['generation'] },
    read: byGeneration(({ position }) => [[[], Number(position)]]),
  },
  {
    ...{ name: 'holdfast_projector_status', help: 'Of each generation, 1 for its state and 0 for the others.' },
    ...{ type: 'gauge', labels: ['generation', 'status'] },
    read: byGeneration((each) => STATES.map((state) => [[state], Number(stateOf(each) === state)])),
  },
  gauge(
    'holdfast_projector_lag_events',
    'Domain events that the live tables lack; only where positions have no gaps (a log in Postgres).',
    ofLive(({ position }, { head, isGapless }) => (isGapless ? Math.max(0, Number(head - position)) : null)),
  ),
  gauge(
    'holdfast_projector_lag_seconds',
    'For how long the live tables have been behind the log; of a process that does not fold them, or has not since it started, since a scrape first saw it.',
    ofLive((_, { lagMs }) => lagMs / 1_000),
  ),
  gauge(
    'holdfast_projector_halted',
    '1 while the projector stands before a record that it cannot fold.',
    ofLive(({ isHalted }) => Number(isHalted)),
  ),
  gauge(
    'holdfast_projector_behind',
    '1 while the live tables have not reached the end of the log.',
    ofLive(({ position }, { head }) => Number(position < head)),
  ),
  {
    ...{ name: 'holdfast_rebuild_progress_ratio', type: 'gauge', labels: ['generation'] },
    help: 'How much of the log a generation that is being made contains, from 0 to 1.',
    read: (seen) =>
      byGeneration(({ isBare, position }) =>
        isBare ? [[[], Math.min(1, Number(position) / Math.max(1, Number(seen.followed!.head)))]] : [],
      )(seen),
  },
];
