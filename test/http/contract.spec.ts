import { readFileSync } from 'node:fs';
import { breakingChanges } from '../../scripts/contract/breaking.js';

type Document = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const released = readFileSync('openapi.json', 'utf8');

/** What is said of a change of the present document. */
function said(change: (document: Document) => void): string[] {
  const after = JSON.parse(released) as Document;
  change(after);
  return breakingChanges(JSON.parse(released) as Document, after);
}

const EVENTS = '/v1/events';
const BOOKINGS = '/v1/events/{eventId}/bookings';
const bookBody = (document: Document) =>
  document['paths'][BOOKINGS].post.requestBody.content['application/json'].schema;
const statusOf = (document: Document) =>
  document['paths']['/v1/bookings'].get.parameters.find(({ name }: { name: string }) => name === 'status').schema;

it.each<[string, (document: Document) => void, string]>([
  ['a route that is gone', ({ paths }) => delete paths['/metrics'], 'GET /metrics is gone'],
  ['a method that is gone', ({ paths }) => delete paths[EVENTS].post, 'POST /v1/events is gone'],
  [
    'a field that is gone from an answer',
    ({ components }) => delete components.schemas.Event.properties.title,
    'GET /v1/events/{eventId} 200: the field title is gone',
  ],
  [
    'a field of an answer that may be absent',
    ({ components }) => components.schemas.Event.required.shift(),
    'GET /v1/events/{eventId} 200: the field eventId may be absent now',
  ],
  [
    'a field that a request must have',
    (document) => (bookBody(document).required = ['seats']),
    `POST ${BOOKINGS} body: the field seats is required now`,
  ],
  [
    'a field that a request may not have',
    (document) => delete bookBody(document).properties.hold,
    `POST ${BOOKINGS} body: the field hold is gone`,
  ],
  [
    'a value that is no longer taken',
    (document) => statusOf(document).enum.pop(),
    'GET /v1/bookings: query status: expired is no longer taken',
  ],
  [
    'a narrower bound',
    (document) => (bookBody(document).properties.seats.maximum = 2),
    `POST ${BOOKINGS} body.seats: lower maximum`,
  ],
  [
    'another type in an answer',
    ({ components }) => (components.schemas.Booking.properties.seats.type = 'string'),
    `POST ${BOOKINGS} 201.seats: was integer, is string`,
  ],
  [
    'null in an answer that had none',
    ({ components }) => (components.schemas.Booking.properties.seats.type = ['integer', 'null']),
    `POST ${BOOKINGS} 201.seats: was integer, is integer or null`,
  ],
  ['a status that is gone', ({ paths }) => delete paths[EVENTS].post.responses['409'], 'POST /v1/events 409 is gone'],
  [
    'a header that is gone',
    ({ paths }) => delete paths[EVENTS].post.responses['201'].headers.Location,
    'POST /v1/events 201: the header Location is gone',
  ],
  [
    'a form of the answer that is gone',
    ({ paths }) => delete paths['/v1/events/{eventId}/history'].get.responses['200'].content['text/csv'],
    'GET /v1/events/{eventId}/history 200: text/csv is gone',
  ],
  [
    'a header that a request must have',
    ({ paths }) =>
      (paths[EVENTS].post.parameters.find(({ name }: { name: string }) => name === 'Idempotency-Key').required = true),
    'POST /v1/events: header Idempotency-Key is required now',
  ],
  [
    'a token where none was needed',
    ({ paths }) => (paths['/health/live'].get.security = [{ bearer: [] }]),
    'GET /health/live needs a token',
  ],
])('%s is a break', (_, change, sentence) => {
  expect(said(change)).toContain(sentence);
});

it.each<[string, (document: Document) => void]>([
  ['nothing', () => undefined],
  ['a route', ({ paths }) => (paths['/v1/more'] = structuredClone(paths[EVENTS]))],
  ['a field that a request may have', (document) => (bookBody(document).properties.colour = { type: 'string' })],
  ['a field of an answer', ({ components }) => (components.schemas.Booking.properties.colour = { type: 'string' })],
  ['a status', ({ paths }) => (paths[EVENTS].post.responses['418'] = { description: 'No' })],
  ['a value that is taken', (document) => statusOf(document).enum.push('dreamt')],
  ['a wider bound', (document) => (bookBody(document).properties.seats.maximum = 2_000)],
  ['a header that a request may have', ({ paths }) => paths[EVENTS].get.parameters.push({ name: 'A', in: 'header' })],
])('%s more is none', (_, change) => {
  expect(said(change)).toEqual([]);
});
