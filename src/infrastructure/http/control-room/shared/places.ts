/** The places of an event, as a row of the API says them. */
export interface Places {
  readonly capacity: number;
  /** Held and confirmed. */
  readonly seatsTaken: number;
  readonly seatsHeld: number;
}

/** The most cells that a row of places is drawn with; beyond it one cell stands for several places. */
const MOST_CELLS = 24;
/** Width and height of a cell, in units of the drawing. */
const CELL = 10;

/** How a row of places is drawn: cells that fill from the left, what is confirmed first. */
export interface Drawing {
  readonly width: number;
  readonly confirmed: number;
  readonly held: number;
  /** The lines between the cells, as a path. */
  readonly gaps: string;
}

export function drawingOf({ capacity, seatsTaken, seatsHeld }: Places): Drawing {
  const cells = Math.max(1, Math.min(capacity, MOST_CELLS));
  const width = cells * CELL;
  const share = (seats: number): number => (capacity === 0 ? 0 : Math.round((seats / capacity) * width * 10) / 10);
  let gaps = '';
  for (let at = 1; at < cells; at += 1) gaps += `M${at * CELL} 0V${CELL}`;
  return { width, confirmed: share(seatsTaken - seatsHeld), held: share(seatsHeld), gaps };
}

/** The same in words, for who cannot see it. */
export const placesText = ({ capacity, seatsTaken, seatsHeld }: Places, waiting: number): string =>
  `${seatsTaken - seatsHeld} confirmed, ${seatsHeld} held, ${capacity - seatsTaken} free of ${capacity}` +
  (waiting === 0 ? '' : `, ${waiting} waiting`);
