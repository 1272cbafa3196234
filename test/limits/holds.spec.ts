import { StoreUnavailable } from '../../src/application/errors.js';
import { FrontDoor, HOLDS_PER_USER, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const OFFICE = 'office booking:any';

let door: FrontDoor;
let events: string[];
beforeEach(async () => {
  door = await FrontDoor.open();
  events = [];
  for (let made = 0; made < HOLDS_PER_USER + 2; made += 1) events.push(await door.event({ capacity: 5 }));
});
afterEach(() => door.close());

const path = (at: number): string => `/v1/events/${events[at]}/bookings`;
const hold = (at: number, as = 'ada', fields: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
  door.ask('POST', path(at), as, { hold: true, ...fields }, headers);
const refused = (ask: () => Promise<Response>) => expectRefused(door, 'too-many-holds', { max: HOLDS_PER_USER }, ask);

/** As many as one may have; answers where the bookings are. */
async function holdAll(headers = (_at: number): Record<string, string> => ({})): Promise<string[]> {
  const made: string[] = [];
  for (let at = 0; at < HOLDS_PER_USER; at += 1) {
    const { statusCode, headers: answered } = await hold(at, 'ada', {}, headers(at));
    expect(statusCode).toBe(201);
    made.push(String(answered['location']));
  }
  return made;
}

describe('who holds as much as one may', () => {
  it('gets no further hold of any event, until one is confirmed, cancelled or over', async () => {
    const [first, second] = await holdAll();
    await refused(() => hold(3));
    expect((await hold(3, 'bob')).statusCode).toBe(201);
    await door.ask('POST', `${first}/confirm`, 'ada');
    expect((await hold(3)).statusCode).toBe(201);
    await refused(() => hold(4));
    await door.ask('POST', `${second}/cancel`, 'ada');
    expect((await hold(4)).statusCode).toBe(201);
    door.service.time.at += 3_600_000;
    expect((await hold(1)).statusCode).toBe(201);
  });

  it('may still book at once, and gets the answers of earlier requests', async () => {
    const made = await holdAll((at) => ({ 'idempotency-key': `key-${at}` }));
    const again = await hold(2, 'ada', {}, { 'idempotency-key': 'key-2' });
    expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(again.headers['location']).toBe(made[2]);
    await refused(() => hold(3, 'ada', {}, { 'idempotency-key': 'key-3' }));
    expect((await door.ask('POST', path(3), 'ada', {})).json['status']).toBe('confirmed');
  });

  it('is told first what is wrong with the event itself', async () => {
    await holdAll();
    expect((await hold(0)).json['code']).toBe('already-booked');
    await door.booking(events[3]!, 'bob', { seats: 5 });
    expect((await hold(3)).json['code']).toBe('sold-out');
  });

  it('is not held up by the box office, which may hold for anybody', async () => {
    await holdAll();
    expect((await hold(3, OFFICE, { userId: 'ada' })).statusCode).toBe(201);
  });
});

describe('what is counted', () => {
  it('are the holds of this process too, before the tables show them', async () => {
    door.views.isPaused = true;
    await holdAll();
    await refused(() => hold(3));
  });

  it('are those under way, so that many at once are no way around', async () => {
    const { views } = door;
    const bookings = views.bookings.bind(views);
    const asked: (() => void)[] = [];
    views.bookings = async (...question) => {
      await new Promise<void>((go) => asked.push(go) === events.length && asked.forEach((each) => each()));
      return bookings(...question);
    };
    const answers = await Promise.all(events.map((_, at) => hold(at)));
    Object.assign(views, { bookings });
    const held = answers.filter(({ statusCode }) => statusCode === 201).length;
    expect(held).toBe(HOLDS_PER_USER);
    expect((await door.ask('GET', '/v1/bookings?status=held', 'ada')).json['items']).toHaveLength(held);
  });

  it('is one hold once, however often its request is repeated', async () => {
    door.views.isPaused = true;
    for (let time = 0; time < 5; time += 1)
      expect((await hold(0, 'ada', {}, { 'idempotency-key': 'key-0' })).statusCode).toBe(201);
    for (let at = 1; at < HOLDS_PER_USER; at += 1) expect((await hold(at)).statusCode).toBe(201);
    await refused(() => hold(3));
  });

  it('are no offers, for they come from the line', async () => {
    const other = await door.booking(events[0]!, 'bob', { seats: 5 });
    await door.ask('POST', path(0), 'ada', { waitlist: true });
    await door.ask('POST', `${path(0)}/${other}/cancel`, 'bob');
    for (let at = 1; at <= HOLDS_PER_USER; at += 1) expect((await hold(at)).statusCode).toBe(201);
    await refused(() => hold(HOLDS_PER_USER + 1));
  });

  it('are the holds behind any number of later offers too', async () => {
    await holdAll();
    door.service.time.at += 1_000;
    for (let offers = 0; offers <= HOLDS_PER_USER; offers += 1) {
      const eventId = await door.event({ capacity: 1 });
      const other = await door.booking(eventId, 'bob');
      await door.ask('POST', `/v1/events/${eventId}/bookings`, 'ada', { waitlist: true });
      await door.ask('POST', `/v1/events/${eventId}/bookings/${other}/cancel`, 'bob');
    }
    const held = (await door.ask('GET', '/v1/bookings?status=held', 'ada')).json['items'];
    expect(held).toHaveLength(2 * HOLDS_PER_USER + 1);
    await refused(() => hold(3));
  });

  it('is nothing while the tables are away, but for this process’s own', async () => {
    door.views.fault = new StoreUnavailable('away');
    await holdAll();
    await refused(() => hold(3));
  });

  it('does not keep whoever books waiting for tables that never answer', async () => {
    Object.assign(door.views, { bookings: () => new Promise(() => undefined) });
    expect((await hold(0)).statusCode).toBe(201);
  });
});

describe('a booking that is no hold', () => {
  it('asks the tables nothing', async () => {
    door.views.fault = new TypeError('somebody asked');
    expect((await door.ask('POST', path(0), 'ada', {})).statusCode).toBe(201);
    expect((await hold(1)).statusCode).toBe(500);
  });
});
