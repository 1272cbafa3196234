import type { Envelope } from '../../src/application/envelope.js';
import type { Wish } from './clients.js';

/** Something that is done to the simulated world from outside, with everything that chance had to say about it. */
export type Deed =
  | { readonly kind: 'ask'; readonly process: number; readonly wish: Wish; readonly envelope: Envelope }
  | { readonly kind: 'read'; readonly process: number; readonly caller: string; readonly eventId: string }
  | { readonly kind: 'crash'; readonly process: number; readonly restartMs: number }
  | { readonly kind: 'projector'; readonly projector: number; readonly end: End; readonly restartMs: number }
  | { readonly kind: 'skew'; readonly machine: number; readonly skewMs: number; readonly forMs: number }
  | { readonly kind: 'leap'; readonly ms: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'plant'; readonly eventId: string }
  | { readonly kind: 'resume' };

/** Killed, told to stop, or its database sessions killed. */
export type End = 'crash' | 'stop' | 'cut';

/** One line of a script: a deed, or a fault of the network that chance had. Numbered from 1 by its place. */
export type Entry =
  | { readonly at: number; readonly deed: Deed }
  | { readonly at: number; readonly fault: string; readonly where: string };

/** All that happened to a world, in order, up to the moment at which faults stopped. */
export interface Script {
  readonly entries: readonly Entry[];
  readonly calmAt: number;
}

/** `1-3,7`: the numbers of entries, in ranges. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

/** The other way round. Null for anything that is no such list. */
export function numbersIn(text: string): number[] | null {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return null;
  return text.split(',').flatMap((range) => {
    const [from, to] = range.split('-').map(Number) as [number, number | undefined];
    return Array.from({ length: (to ?? from) - from + 1 }, (_, at) => from + at);
  });
}
