import { Component } from 'preact';
import { PlacesBar } from './places.js';
import type { Row } from './rows.js';

interface Props {
  readonly row: Row;
  readonly index: number;
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function when(instant: string, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone });
    formats.set(timeZone, format);
  }
  return format.format(new Date(instant));
}

/** One event of the grid. Drawn anew only when it changed: a row is replaced, never changed. */
export class Card extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const { row, index, count, x, y, width } = this.props;
    return (
      next.row !== row ||
      next.index !== index ||
      next.count !== count ||
      next.x !== x ||
      next.y !== y ||
      next.width !== width
    );
  }

  override render({ row, index, count, x, y, width }: Props) {
    const { eventId, title, startsAt, timeZone, capacity, seatsTaken, waiting, isBooked, status } = row;
    const tag = status === 'cancelled' ? 'called off' : isBooked ? 'booked' : null;
    return (
      <li
        class={`event${isBooked ? ' booked' : ''}${status === 'cancelled' ? ' off' : ''}`}
        style={{ transform: `translate(${x}px, ${y}px)`, width: `${width}px` }}
        aria-setsize={count}
        aria-posinset={index + 1}
      >
        <a href={`/control-room/events/${eventId}`} data-index={index}>
          <span class="title">{title}</span>
          <span class="soft">{when(startsAt, timeZone)}</span>
          <PlacesBar places={row} waiting={waiting} />
          <span class="sums">
            {tag === null ? <span>{capacity - seatsTaken} free</span> : <span class="tag">{tag}</span>}
            {waiting > 0 && <span class="turns">{waiting} waiting</span>}
            <span class="soft">
              {seatsTaken} / {capacity}
            </span>
          </span>
        </a>
      </li>
    );
  }
}
