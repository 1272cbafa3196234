import { FrontDoor, type Response } from '../support/front-door.js';
import { expectRefused } from '../support/refused.js';

const OFFICE = 'office booking:any';
const OFFICER = 'officer user:erase';
const ADA = { name: 'Ada Lovelace', email: 'ada@example.org' };

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());
beforeEach(() => door.profiles.profiles.clear());

const put = (userId: string, as: string, fields: unknown, headers = {}): Promise<Response> =>
  door.ask('PUT', `/v1/users/${userId}`, as, fields, headers);
const get = (userId: string, as: string): Promise<Response> =>
  door.ask('GET', `/v1/users/${userId}`, as, undefined, { 'x-request-id': 'r' });
const erase = (userId: string, as: string): Promise<Response> => door.ask('DELETE', `/v1/users/${userId}`, as);

describe('a profile', () => {
  it('is said, read, and replaced whole, and no copy of it is kept on the way', async () => {
    const at = new Date(door.service.time.at).toISOString();
    const made = await put('ada', 'ada', ADA);
    expect([made.statusCode, made.headers['location']]).toEqual([201, '/v1/users/ada']);
    expect(made.json).toEqual({ userId: 'ada', ...ADA, createdAt: at, updatedAt: at });
    expect(made.headers['etag']).toMatch(/^"\d+-[0-9a-f]{6}"$/);

    const read = await get('ada', 'ada');
    expect([read.statusCode, read.json]).toEqual([200, made.json]);
    expect(read.headers['etag']).toBe(made.headers['etag']);
    const again = await put('ada', 'ada', ADA);
    expect([again.statusCode, again.headers['etag']]).toEqual([200, made.headers['etag']]);

    const changed = await put('ada', 'ada', { name: 'Augusta' });
    expect(changed.json).toMatchObject({ name: 'Augusta', email: null });
    expect(changed.headers['etag']).not.toBe(made.headers['etag']);
    for (const { headers } of [made, read, changed]) {
      expect(headers['cache-control']).toBe('no-store');
      expect(headers).not.toHaveProperty('holdfast-position');
    }
  });

  it('is changed from the copy that is still good', async () => {
    await expectRefused(door, 'precondition-failed', {}, () => put('ada', 'ada', ADA, { 'if-match': '*' }));
    const tag = String((await put('ada', 'ada', ADA)).headers['etag']);
    const changed = await put('ada', 'ada', { name: 'Augusta' }, { 'if-match': tag });
    expect(changed.statusCode).toBe(200);
    await expectRefused(door, 'precondition-failed', {}, () => put('ada', 'ada', ADA, { 'if-match': tag }));
    const weak = await put('ada', 'ada', ADA, { 'if-match': `W/${tag}` });
    expect(weak.json).toMatchObject({ errors: [{ pointer: '/If-Match' }] });
    expect((await get('ada', 'ada')).json['name']).toBe('Augusta');
  });

  it('of others is like a missing one, to the byte, but for the box office', async () => {
    await put('ada', 'ada', ADA);
    const [others, none] = await Promise.all([get('ada', 'eve'), get('nobody', 'eve')]);
    expect(others.statusCode).toBe(404);
    expect([others.rawPayload, { ...others.headers, date: '' }]).toEqual([
      ...[none.rawPayload, { ...none.headers, date: '' }],
    ]);
    const missing = await get('eve', 'eve');
    expect([missing.statusCode, missing.rawPayload]).toEqual([404, others.rawPayload]);
    await expectRefused(door, 'not-found', {}, () => put('ada', 'eve', ADA));
    await expectRefused(door, 'not-found', {}, () => put('nobody', 'eve', ADA));
    expect(door.profiles.profiles.size).toBe(1);

    expect((await get('ada', OFFICE)).json).toMatchObject(ADA);
    expect((await put('bob', OFFICE, { name: 'Bob' })).statusCode).toBe(201);
    expect((await get('nobody', OFFICE)).rawPayload).toEqual(others.rawPayload);
    for (const as of [OFFICER, 'auditor audit:read', 'manager event:manage'])
      await expectRefused(door, 'forbidden', {}, () => get('ada', as));
  });

  it('is erased with the scope for it only, and again is quiet', async () => {
    const { headers } = await put('ada', 'ada', ADA);
    for (const as of ['ada', OFFICE]) await expectRefused(door, 'forbidden', {}, () => erase('ada', as));
    for (const userId of ['ada', 'ada', 'nobody']) {
      const { statusCode, body } = await erase(userId, OFFICER);
      expect([statusCode, body]).toEqual([204, '']);
    }
    expect((await get('ada', 'ada')).statusCode).toBe(404);
    expect(door.profiles.erasures).toEqual([{ userId: 'ada', erasedAt: door.service.time.at, erasedBy: 'officer' }]);

    const later = await put('ada', 'ada', ADA);
    expect([later.statusCode, later.headers['etag'] === headers['etag']]).toEqual([201, false]);
  });

  const NOT_TEXT = [1, true, [], {}, ['x']];
  const BLANK = ['', '  ', '\u00a0'];
  it.each([
    ['name', [...NOT_TEXT, null, undefined, ...BLANK, 'x'.repeat(201), 'a\tb', 'a\u007f', 'a\u0085b', 'a\nb']],
    [
      'email',
      [
        ...[...NOT_TEXT, ...BLANK, 'ada', 'ada@', '@example.org', 'ada@example', 'a b@example.org', 'ada@-x.org'],
        ...['Ada <ada@example.org>', 'ada@example.org ', 'ada@exa\u0001mple.org', '"a\nb"@example.org'],
        ...['"a\u0001"@example.org', `${'x'.repeat(65)}@example.org`, `ada@${'x'.repeat(60)}.${'y.'.repeat(99)}org`],
      ],
    ],
    ['userId', ['ada']],
    ['unknown', [1]],
  ])('names %s when it is wrong', async (name, values) => {
    for (const value of values) {
      const { statusCode, json } = await put('ada', 'ada', { ...ADA, [name]: value });
      const errors = [{ pointer: `/${name}`, expected: expect.stringMatching(/./) }];
      expect({ value, statusCode, json }).toEqual({
        value,
        statusCode: 400,
        json: expect.objectContaining({ errors }),
      });
    }
    expect(door.profiles.profiles.size).toBe(0);
  });

  it.each([
    { name: 'x' },
    { name: '李' },
    { name: '😀'.repeat(200), email: null },
    { name: "Zoë O'Quill-Feather", email: "zoë.o'quill+shows@mail.example.org" },
  ])('may be %j', async (fields) => {
    expect((await put('ada', 'ada', fields)).json).toMatchObject(fields);
  });

  it('needs an id that can be one, and nothing that is not a field', async () => {
    for (const userId of ['a%20b', 'ada%40example.org', 'system:settle', 'x'.repeat(129)])
      for (const [method, as, body] of [
        ...([
          ['GET', OFFICE, undefined],
          ['PUT', OFFICE, ADA],
          ['DELETE', OFFICER, undefined],
        ] as const),
      ]) {
        const { statusCode, json } = await door.ask(method, `/v1/users/${userId}`, as, body);
        expect([statusCode, json]).toEqual([400, expect.objectContaining({ errors: [expect.anything()] })]);
        expect(json['errors']).toMatchObject([{ pointer: '/userId' }]);
      }
    expect((await door.ask('GET', '/v1/users/ada?x=1', 'ada')).json).toMatchObject({ errors: [{ pointer: '/x' }] });
    expect((await door.ask('DELETE', '/v1/users/ada', OFFICER, { x: 1 })).json).toMatchObject({
      errors: [{ pointer: '/x' }],
    });
  });
});
