/** The course of an event's places, in columns: after each fact that is told, when, and how the places were. */
export interface CourseColumns {
  readonly revision: readonly number[];
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  readonly capacity: readonly number[];
  readonly confirmed: readonly number[];
  /** Held and confirmed. */
  readonly taken: readonly number[];
  readonly waiting: readonly number[];
}

/** The picture's width and height, in units of its own. */
const WIDTH = 1_000;
const HEIGHT = 200;
/** So that a line at the top is whole. */
const HEADROOM = 1.06;

/** The course as paths of a picture, for who has no script; areas from the bottom, lines as they go, in steps. */
export function pathsOf({ at, capacity, confirmed, taken, waiting }: CourseColumns) {
  const first = at[0] ?? 0;
  const span = Math.max(1, (at.at(-1) ?? 0) - first);
  const most = Math.max(1, ...capacity, ...waiting) * HEADROOM;
  const x = (instant: number): number => Math.round(((instant - first) / span) * WIDTH * 10) / 10;
  const y = (value: number): number => Math.round((1 - value / most) * HEIGHT * 10) / 10;
  const line = (values: readonly number[]): string =>
    values.map((value, n) => (n === 0 ? `M0 ${y(value)}` : `H${x(at[n]!)}V${y(value)}`)).join('') + `H${WIDTH}`;
  const area = (values: readonly number[]): string => `${line(values)}V${HEIGHT}H0Z`;
  return {
    ...{ width: WIDTH, height: HEIGHT, xOf: x },
    ...{ capacity: line(capacity), confirmed: area(confirmed), taken: area(taken), waiting: line(waiting) },
  };
}
