import { each, one, type Figure } from './figure.js';
import type { Seen } from './seen.js';

/** A figure of ours. */
export type Made = Figure<Seen>;

export const counter = (name: string, help: string, read: (seen: Seen) => number | null): Made => ({
  ...{ name, help, type: 'counter', labels: [], read: one(read) },
});
export const counters = (
  name: string,
  label: string,
  help: string,
  read: (seen: Seen) => Iterable<readonly [string, number]>,
): Made => ({ name, help, type: 'counter', labels: [label], read: each(read) });
export const gauge = (name: string, help: string, read: (seen: Seen) => number | null): Made => ({
  ...{ name, help, type: 'gauge', labels: [], read: one(read) },
});
