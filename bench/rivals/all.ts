import { batched } from './batched.js';
import { conditional } from './conditional.js';
import { naiveEventSourcing } from './naive-event-sourcing.js';
import { optimistic } from './optimistic.js';
import { pessimistic, pessimisticPipelined } from './pessimistic.js';
import type { Rival } from './rival.js';

/** All that is sold against, in the order in which it is shown; the names are how the targets speak of them. */
export const RIVALS = {
  pessimistic,
  pessimisticPipelined,
  optimistic,
  conditional,
  batched,
  naiveEventSourcing,
} as const satisfies Readonly<Record<string, Rival>>;

export type RivalName = keyof typeof RIVALS;

export const rivalNames = Object.keys(RIVALS) as readonly RivalName[];
