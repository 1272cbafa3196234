import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Wire, postOf } from '../../bench/support/wire.js';
import { lagsOf } from '../../bench/scenarios/lag.js';

describe('the wire', () => {
  let server: Server;
  let wire: Wire;
  let heard: string;
  let answer: (socket: Socket) => void;

  beforeEach(async () => {
    heard = '';
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heard += String(chunk);
        answer(socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    wire = await Wire.open((server.address() as AddressInfo).port);
  });

  afterEach(async () => {
    wire.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends a request and puts its answer together, however it is cut', async () => {
    const parts = ['HTTP/1.1 2', '01 Created\r\nContent-', 'Length: 5\r\nX: y\r\n\r', '\nhe', 'llo'];
    answer = (socket) => {
      const send = (): void => {
        const part = parts.shift();
        if (part !== undefined) socket.write(part, () => setImmediate(send));
      };
      send();
    };
    expect(await wire.exchange(postOf('/v1', 't', 'k', '{}'))).toEqual({ status: 201, body: 'hello' });
    expect(heard).toMatch(/^POST \/v1 HTTP\/1.1\r\n[^]*Authorization: Bearer t\r\n[^]*Content-Length: 2\r\n\r\n{}$/);
  });

  it('takes one request after the other on its connection', async () => {
    answer = (socket) => void socket.write('HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n');
    const refused = { status: 409, body: '' };
    expect([await wire.exchange('a'), await wire.exchange('b')]).toEqual([refused, refused]);
    expect(heard).toBe('ab');
  });

  it('fails when the connection is lost, and when the answer has no length', async () => {
    answer = (socket) => socket.destroy();
    await expect(wire.exchange('a')).rejects.toThrow();
    await expect(wire.exchange('b')).rejects.toThrow('closed');
    const other = await Wire.open((server.address() as AddressInfo).port);
    answer = (socket) => void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    await expect(other.exchange('a')).rejects.toThrow('without a length');
    other.close();
  });
});

describe('the lag of the tables', () => {
  it('is how long ago the log ended where they are', () => {
    const samples = [
      { atMs: 0, head: 10, shown: 10 },
      { atMs: 1_000, head: 20, shown: 10 },
      { atMs: 2_000, head: 30, shown: 25 },
      { atMs: 3_000, head: 30, shown: 30 },
    ];
    expect(lagsOf(samples)).toEqual([0, 1, 1, 0]);
  });
});
