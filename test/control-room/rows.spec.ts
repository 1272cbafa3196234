import { build } from 'esbuild';

const SOURCE = 'src/infrastructure/http/control-room/islands/parts/rows.ts';

type Fields = Readonly<Record<string, unknown>>;

/** As far as it is looked at here: it is compiled for browsers, with their types. */
interface Rows {
  readonly byId: ReadonlyMap<string, Fields>;
  readonly stale: ReadonlyMap<string, string>;
  put(row: Fields, position: string): void;
  apply(fact: Fields): void;
}

const AT = '2027-02-01T12:00:00.000Z';
const POSITION = '0badcafe-00000000000000000009';

const row: Fields = {
  ...{ eventId: 'gala', title: 'Gala', startsAt: AT, timeZone: 'UTC', resource: null, capacity: 4 },
  ...{ seatsTaken: 1, seatsHeld: 0, waiting: 0, isBooked: false, status: 'scheduled', revision: 1 },
};

const fact = (type: string, revision: number, data: Fields): Fields => ({
  ...{ id: `f-${revision}`, type, eventId: 'gala', revision, position: POSITION, occurredAt: AT },
  ...{ actor: 'ada', correlationId: null, data },
});

const booking = (status: string, seats: number, createdAt = AT) => ({ bookingId: 'b-1', status, seats, createdAt });

let open: new () => Rows;
beforeAll(async () => {
  const { outputFiles } = await build({ entryPoints: [SOURCE], bundle: true, format: 'esm', write: false });
  const module = `data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`;
  ({ Rows: open } = (await import(module)) as { Rows: new () => Rows });
});

let rows: Rows;
beforeEach(() => {
  rows = new open();
  rows.put(row, POSITION);
});

it('a fact that follows on what is known is counted', () => {
  rows.apply(fact('BookingHeld', 2, booking('held', 2)));
  expect(rows.byId.get('gala')).toMatchObject({ seatsTaken: 3, seatsHeld: 2, revision: 2 });
  rows.apply(fact('BookingConfirmed', 3, booking('confirmed', 3)));
  expect(rows.byId.get('gala')).toMatchObject({ seatsTaken: 4, seatsHeld: 0, isBooked: true, revision: 3 });
  expect(rows.stale.size).toBe(0);
});

it.each([
  ['after a gap', fact('BookingHeld', 4, booking('held', 1))],
  [
    'of a booking of which nothing is known',
    fact('BookingCancelled', 2, booking('cancelled', 1, '2027-01-01T00:00:00Z')),
  ],
  ['that cannot be read', { ...fact('BookingMoved', 2, {}), data: undefined, unreadable: true }],
])('a fact %s has the event read again, and changes nothing by itself', (_, told) => {
  rows.apply(told);
  expect(rows.byId.get('gala')).toBe(row);
  expect([...rows.stale]).toEqual([['gala', POSITION]]);
});

it('what is older than what is known changes nothing', () => {
  rows.apply(fact('BookingHeld', 1, booking('held', 2)));
  rows.put({ ...row, revision: 0, title: 'Before' }, POSITION);
  expect(rows.byId.get('gala')).toBe(row);
  expect(rows.stale.size).toBe(0);
});
