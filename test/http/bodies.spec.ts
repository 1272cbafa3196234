import { readFileSync } from 'node:fs';
import { FrontDoor, type Response } from '../support/front-door.js';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const EVERYTHING = 'ada booking booking:any event:manage audit:read user:erase ops';
const contract = JSON.parse(readFileSync('openapi.json', 'utf8')) as Json;

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({}, {}, {}, undefined, undefined, true);
  // A second generation of the tables, for those who do something with it.
  await door.projections.rebuild();
  // The examples name days of 2027, which are to come for ever.
  door.service.time.at = Date.parse('2026-12-01T12:00:00Z');
});
afterAll(() => door.close());

/** Every body that the description shows, with the operation it is for. */
const shown = Object.entries(contract['paths'] as Json).flatMap(([path, methods]) =>
  Object.entries(methods as Json).flatMap(([method, { requestBody, responses }]) => {
    const { example, examples = {} } = (requestBody?.content['application/json'] ?? {}) as Json;
    const bodies = [
      ...(example === undefined ? [] : [example]),
      ...Object.values(examples as Json).map((e) => e.value),
    ];
    const yes = Object.keys(responses as Json).filter((status) => status.startsWith('2'));
    return bodies.map((body: Json) => ({ operation: `${method.toUpperCase()} ${path}`, body, yes: yes.map(Number) }));
  }),
);

/** Fresh things of the kinds that the path of an operation names, and the tags of what it changes. */
async function pathOf(operation: string): Promise<{ path: string; headers: Record<string, string> }> {
  let path = operation.split(' ')[1]!;
  let headers: Record<string, string> = {};
  const put = async (name: string, id: string, at: string): Promise<void> => {
    path = path.replace(`{${name}}`, id);
    const { etag } = (await door.ask('GET', at, EVERYTHING)).headers;
    if (etag !== undefined) headers = { 'if-match': String(etag) };
  };
  if (path.includes('{eventId}')) {
    const eventId = await door.event({ capacity: 100 });
    await put('eventId', eventId, `/v1/events/${eventId}`);
    if (path.includes('{bookingId}')) {
      const body = { seats: 2, ...(path.endsWith('/extend') ? { hold: true } : {}) };
      const bookingId = await door.booking(eventId, 'ada', body);
      // A hold is made longer by what has passed of it.
      door.service.time.at += 60_000;
      await put('bookingId', bookingId, `/v1/events/${eventId}/bookings/${bookingId}`);
    }
  }
  if (path.includes('{userId}')) path = path.replace('{userId}', 'ada');
  if (path.includes('{webhookId}')) {
    const made = await door.ask('POST', '/v1/webhooks', EVERYTHING, {
      url: 'https://shop.example/hook',
      types: ['BookingConfirmed'],
    });
    const webhookId = String(made.json['webhookId']);
    await put('webhookId', webhookId, `/v1/webhooks/${webhookId}`);
  }
  return { path, headers };
}

it('is shown for every operation that takes one', () => {
  expect(shown.length).toBeGreaterThan(12);
});

it.each(shown)('$operation does what is shown: $body', async ({ operation, body, yes }) => {
  const { path, headers } = await pathOf(operation);
  // A place in a log is of that log alone.
  const logId = await door.service.store.identity();
  const own = typeof body['from'] === 'string' ? { ...body, from: `${logId}${body['from'].slice(8)}` } : body;
  const answer: Response = await door.ask(operation.split(' ')[0]!, path, EVERYTHING, own, headers);
  expect(answer.json['code']).toBeUndefined();
  expect(yes).toContain(answer.statusCode);
});
