import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpClient, NoAnswer, codeOf, isYes } from '../../bench/support/http-client.js';

let server: Server;
let client: HttpClient;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 8);
});

afterAll(async () => {
  client.close();
  await new Promise((resolve) => server.close(resolve));
});

describe('the client', () => {
  it('sends token, key, position and body, and reads the answer', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      const { authorization, 'idempotency-key': key, 'holdfast-position': position } = request.headers;
      request.on('data', (chunk: Buffer) =>
        seen.push([request.url, authorization, key, position, JSON.parse(String(chunk))]),
      );
      request.on('end', () => {
        response.writeHead(201, {
          'content-type': 'application/json',
          'idempotency-replayed': 'true',
          'holdfast-position': 'p2',
        });
        response.end('{"bookingId":"b"}');
      });
    };
    const request = { method: 'POST', path: '/v1', token: 't', key: 'k', position: 'p1', body: { seats: 2 } } as const;
    const reply = await client.send(request);
    expect(seen).toEqual([['/v1', 'Bearer t', 'k', 'p1', { seats: 2 }]]);
    expect(reply).toEqual({
      status: 201,
      body: { bookingId: 'b' },
      replayed: true,
      position: 'p2',
      retryAfterMs: null,
    });
    expect(isYes(reply)).toBe(true);
  });

  it('takes a problem document for an answer', async () => {
    answer = (_request, response) => {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '2' });
      response.end('{"code":"overloaded"}');
    };
    const reply = await client.send({ method: 'GET', path: '/' });
    expect(reply).toMatchObject({ status: 503, retryAfterMs: 2_000 });
    expect(codeOf(reply)).toBe('overloaded');
    expect(codeOf({ ...reply, body: {} })).toBe('status 503');
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['the connection is cut', (response) => response.destroy()],
    [
      'the answer is cut off',
      (response) => response.writeHead(200, { 'content-length': '9' }).write('{', () => response.destroy()),
    ],
    ['the answer is no JSON', (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{')],
  ])('says that there was no answer when %s', async (_what, spoil) => {
    answer = (_request, response) => void spoil(response);
    await expect(client.send({ method: 'GET', path: '/' })).rejects.toBeInstanceOf(NoAnswer);
  });

  it('opens its connections beforehand and keeps them', async () => {
    const sockets = new Set<unknown>();
    answer = (request, response) => {
      sockets.add(request.socket);
      setTimeout(() => response.end(), 10);
    };
    await client.connect();
    await Promise.all(Array.from({ length: 8 }, () => client.send({ method: 'GET', path: '/' })));
    expect(sockets.size).toBe(8);
  });
});
