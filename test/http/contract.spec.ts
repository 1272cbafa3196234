import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { breaksBetween } from '../../scripts/contract/breaks.js';

type Json = Record<string, never>;

const TEXT = readFileSync(fileURLToPath(new URL('../../openapi.json', import.meta.url)), 'utf8');
const document = (): Json => JSON.parse(TEXT) as Json;
const BOOKINGS = '/v1/events/{eventId}/bookings';

/** The part of the document at the end of these names. */
const at = (json: Json, ...names: string[]): Record<string, unknown> =>
  names.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], json) as Record<string, unknown>;

const book = (json: Json, ...names: string[]) => at(json, 'paths', BOOKINGS, 'post', ...names);
const bookBody = (json: Json, ...names: string[]) =>
  book(json, 'requestBody', 'content', 'application/json', 'schema', ...names);
const booking = (json: Json, ...names: string[]) => at(json, 'components', 'schemas', 'Booking', ...names);
const parameters = (json: Json, path: string) =>
  at(json, 'paths', path, 'get')['parameters'] as Record<string, unknown>[];

const BREAKS: [what: string, plant: (json: Json) => unknown, said: RegExp][] = [
  ['a route is gone', (json) => delete at(json, 'paths')['/v1/bookings'], /^GET \/v1\/bookings: is gone$/],
  ['a method is gone', (json) => delete at(json, 'paths', '/v1/users/{userId}')['delete'], /^DELETE .*: is gone$/],
  ['an answer lacks a member', (json) => delete booking(json, 'properties')['seats'], /seats is gone/],
  [
    'a member of an answer may be absent',
    (json) => (booking(json)['required'] = ['bookingId']),
    /seats may be absent now/,
  ],
  [
    'a member of an answer may be null',
    (json) => (booking(json, 'properties', 'seats')['type'] = ['integer', 'null']),
    /may be null/,
  ],
  [
    'a member of an answer is of another type',
    (json) => (booking(json, 'properties', 'seats')['type'] = 'string'),
    /may be string/,
  ],
  [
    'an answer has a value that nobody knows',
    (json) => (booking(json, 'properties', 'status')['enum'] as string[]).push('paid'),
    /may be paid now/,
  ],
  ['a member can no longer be sent', (json) => delete bookBody(json, 'properties')['waitlist'], /waitlist is gone/],
  ['a member has to be sent', (json) => (bookBody(json)['required'] = ['seats']), /seats is required now/],
  ['a body has to be sent', (json) => (book(json, 'requestBody')['required'] = true), /needs a body now/],
  ['no body is taken', (json) => delete book(json)['requestBody'], /takes no body any more/],
  ['less is allowed', (json) => (bookBody(json, 'properties', 'seats')['maximum'] = 5), /maximum is 5 and was 1000/],
  ['more is needed', (json) => (bookBody(json, 'properties', 'seats')['minimum'] = 2), /minimum is 2 and was 1/],
  ['another pattern', (json) => (bookBody(json, 'properties', 'reference')['pattern'] = '^x$'), /another pattern/],
  [
    'a value can no longer be sent',
    (json) => {
      const status = parameters(json, '/v1/bookings').find(({ name }) => name === 'status') as unknown as Json;
      (at(status, 'schema')['enum'] as string[]).pop();
    },
    /query parameter status: no .* any more/,
  ],
  ['a parameter is gone', (json) => parameters(json, '/v1/bookings').splice(0, 5), /parameter .* is gone/],
  [
    'a new parameter has to be sent',
    (json) => parameters(json, '/v1/bookings').push({ name: 'shop', in: 'query', required: true }),
    /query parameter shop is new and required/,
  ],
  ['a good answer is gone', (json) => delete book(json, 'responses')['201'], /does not answer 201 any more/],
  ['there is another good answer', (json) => (book(json, 'responses')['202'] = {}), /may answer 202 now/],
  ['a header is gone', (json) => delete book(json, 'responses', '201', 'headers')['ETag'], /no header ETag any more/],
  [
    'another form is given',
    (json) => {
      const { content } = book(json, 'responses', '201') as { content: Record<string, unknown> };
      content['application/xml'] = content['application/json'];
      delete content['application/json'];
    },
    /not given as application\/json/,
  ],
  [
    'a problem comes with another status',
    (json) => {
      const content = ['content', 'application/problem+json', 'examples'];
      const examples = book(json, 'responses', '409', ...content);
      book(json, 'responses', '400', ...content)['sold-out'] = examples['sold-out'];
      delete examples['sold-out'];
    },
    /sold-out is 400 and was 409/,
  ],
  [
    'a token is needed',
    (json) => (at(json, 'paths', '/v1/events', 'get')['security'] = [{ bearer: [] }]),
    /needs a token/,
  ],
];

const ADDITIONS: [what: string, plant: (json: Json) => unknown][] = [
  ['a route', (json) => (at(json, 'paths')['/v1/rooms'] = { get: { responses: { '200': {} } } })],
  ['a member of an answer', (json) => (booking(json, 'properties')['colour'] = { type: 'string' })],
  ['a member that may be sent', (json) => (bookBody(json, 'properties')['colour'] = { type: 'string' })],
  ['a parameter that may be sent', (json) => parameters(json, '/v1/bookings').push({ name: 'shop', in: 'query' })],
  ['a problem', (json) => (book(json, 'responses')['418'] = { description: 'a teapot' })],
  [
    'a code of problems',
    (json) => (at(json, 'components', 'schemas', 'Problem', 'properties', 'code')['enum'] as string[]).push('teapot'),
  ],
  ['a wider bound', (json) => (bookBody(json, 'properties', 'seats')['maximum'] = 5_000)],
  ['a header', (json) => (book(json, 'responses', '201', 'headers')['Colour'] = {})],
  ['another sentence', (json) => (book(json)['description'] = 'better')],
];

describe('A client that was written for the released API', () => {
  test('can go on using the one that is described now', () => {
    const released = JSON.parse(
      readFileSync(fileURLToPath(new URL('../../docs/openapi.released.json', import.meta.url)), 'utf8'),
    ) as Json;
    expect(breaksBetween(released, document())).toEqual([]);
  });

  test.each(BREAKS)('would be broken where %s', (_, plant, said) => {
    const changed = document();
    plant(changed);
    const breaks = breaksBetween(document(), changed);
    expect(breaks.filter((broken) => said.test(broken))).not.toEqual([]);
  });

  test.each(ADDITIONS)('is not broken by %s', (_, plant) => {
    const changed = document();
    plant(changed);
    expect(JSON.stringify(changed)).not.toBe(JSON.stringify(document()));
    expect(breaksBetween(document(), changed)).toEqual([]);
  });
});
