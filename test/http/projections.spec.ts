import { StoreUnavailable } from '../../src/application/errors.js';
import { FrontDoor } from '../support/front-door.js';
import { generation } from '../support/memory-projections.js';

let door: FrontDoor;
beforeEach(async () => {
  door = await FrontDoor.open();
});
afterEach(() => door.close());

const get = (as = 'eve ops') => door.ask('GET', '/v1/projections', as);
const operate = (what: string, body: object = {}, as = 'eve ops') =>
  door.ask('POST', `/v1/projections/${what}`, as, body);

describe('how the tables stand', () => {
  it('is told to those who run the service or see everything, positions and instants as text', async () => {
    const halt = { position: 41n, eventId: 'gala', revision: 3, recordId: 'r', reason: 'no such event', since: 0 };
    const halted = generation({ state: 'halted', behind: 9, lagMs: 1_500, perSecond: 12.4, leftMs: 725.8, halt });
    door.projections.now = { ...door.projections.now, head: 49n, generations: [halted] };
    const { statusCode, json, headers } = await get();
    expect([statusCode, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(json).toMatchObject({ head: '49', rebuild: null, skipped: [] });
    expect((json['generations'] as unknown[])[0]).toMatchObject({
      ...{ generation: 1, live: true, state: 'halted', position: '40', behind: 9, lagMs: 1_500, perSecond: 12 },
      ...{ leftMs: 726, movedAt: '2027-01-01T12:00:00.000Z' },
      halt: { ...halt, position: '41', since: '1970-01-01T00:00:00.000Z' },
    });
    expect((await get('ada audit:read')).statusCode).toBe(200);
    expect((await get('ada booking')).statusCode).toBe(403);
  });

  it('is not known while the tables are away', async () => {
    door.projections.fault = new StoreUnavailable('secret');
    const { statusCode, json } = await get();
    expect([statusCode, json['code']]).toEqual([503, 'store-unavailable']);
  });
});

describe('what operators want', () => {
  it('is done under their name, and answered with how the tables stand then', async () => {
    const paused = await operate('pause', { generation: 1, reason: 'new disks' });
    expect(paused.statusCode).toBe(200);
    expect(paused.json['generations']).toMatchObject([{ state: 'paused', pause: { by: 'eve', reason: 'new disks' } }]);
    expect((await operate('resume')).json['generations']).toMatchObject([{ state: 'up to date', pause: null }]);
    const rebuilt = await operate('rebuild');
    expect(rebuilt.statusCode).toBe(202);
    expect(rebuilt.json['rebuild']).toMatchObject({ generation: 2, step: 'same', folded: 40 });
    const { json } = await operate('switch', { generation: 2 });
    expect(json['generations']).toMatchObject([{ live: false }, { live: true }]);
  });

  it('is refused with the reason where it cannot be', async () => {
    const { statusCode, json } = await operate('switch');
    expect([statusCode, json['code']]).toEqual([409, 'operation-refused']);
    expect(json['reason']).toContain('there is one generation only');
  });

  it.each([
    ['pause', { generation: 0 }, '/generation'],
    ['pause', { reason: ' ' }, '/reason'],
    ['resume', { generation: '1' }, '/generation'],
    ['switch', { to: 2 }, '/to'],
    ['rebuild', { generation: 2 }, '/generation'],
  ])('names what is wrong: %s %j', async (what, body, pointer) => {
    const { statusCode, json } = await operate(what, body);
    expect(statusCode).toBe(400);
    expect(json['errors']).toMatchObject([{ pointer }]);
    expect(door.projections.now.generations[0]!.state).toBe('up to date');
  });

  it('is nobody’s without the scope, and nothing that another site can ask for with a cookie', async () => {
    for (const what of ['pause', 'resume', 'rebuild', 'switch'])
      expect((await operate(what, {}, 'ada audit:read booking')).statusCode).toBe(403);
    const cookie = `holdfast=${door.tokenFor('eve ops')}`;
    const ask = (headers: Record<string, string>) =>
      door.ask('POST', '/v1/projections/pause', null, {}, { cookie, ...headers });
    expect((await ask({})).statusCode).toBe(401);
    expect((await ask({ 'holdfast-csrf': '1' })).statusCode).toBe(200);
  });
});
