import type { Row } from './rows.js';

/** What all events come to. */
export function Figures({ rows }: { rows: Iterable<Row> }) {
  let [events, booked, capacity, taken, held, waiting] = [0, 0, 0, 0, 0, 0];
  for (const row of rows) {
    events += 1;
    booked += Number(row.isBooked);
    capacity += row.capacity;
    taken += row.seatsTaken;
    held += row.seatsHeld;
    waiting += row.waiting;
  }
  const figures = [
    ['Events', events, ''],
    ['Booked out', booked, ''],
    ['Confirmed', taken - held, 'confirmed'],
    ['Held', held, 'held'],
    ['Free', capacity - taken, 'free'],
    ['Waiting', waiting, 'waiting'],
  ] as const;
  return (
    <dl class="figures">
      {figures.map(([name, value, kind]) => (
        <div key={name} class={kind}>
          <dt>{name}</dt>
          <dd>{value.toLocaleString('en-GB')}</dd>
        </div>
      ))}
    </dl>
  );
}
