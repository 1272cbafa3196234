import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOUNDS, FrontDoor } from '../support/front-door.js';

const BYTE_EVERY_MS = 40;
const PATIENCE_MS = 5_000;
const SLOW_SOCKETS = 300;
const ASKERS = 4;

const bounds = { ...BOUNDS, headersTimeoutMs: 200, requestTimeoutMs: 300, socketTimeoutMs: 400 };

let door: FrontDoor;
let eventId: string;
const sockets: Socket[] = [];

async function listening(settings: Parameters<typeof FrontDoor.open>[0]): Promise<void> {
  door = await FrontDoor.open(settings);
  eventId = await door.event({ capacity: 1_000 });
  await door.app.listen(0, '127.0.0.1');
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door.close();
});

function dial(): Socket {
  const { port } = door.app.getHttpServer().address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

const token = (as: string): string => String(door.bearer(as)['authorization']);

/** All that comes until the other side has closed; null when it does not. */
async function heard(socket: Socket): Promise<string | null> {
  const chunks: string[] = [];
  socket.on('data', (chunk) => chunks.push(chunk.toString('latin1')));
  const closed = once(socket, 'close').then(() => chunks.join(''));
  return Promise.race([closed, sleep(PATIENCE_MS, null, { ref: false })]);
}

/** A byte now and then, for ever. */
function drip(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), BYTE_EVERY_MS);
  socket.once('close', () => clearInterval(timer));
}

describe('a slow sender', () => {
  beforeEach(() => listening({ bounds }));

  it('of headers gets 408 and is let go, however often a byte comes', async () => {
    const socket = dial();
    socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\nX: ');
    drip(socket, 'x');
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request-timeout"/);
  });

  it('of a body does too, and nothing of it is done', async () => {
    const before = door.written;
    const socket = dial();
    const head = `POST /v1/events/${eventId}/bookings HTTP/1.1\r\nHost: x\r\nAuthorization: ${token('ada')}\r\n`;
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{`);
    drip(socket, ' ');
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request-timeout"/);
    expect(door.written).toBe(before);
  });

  it('is no hindrance for others, though there are hundreds', async () => {
    for (let slow = 0; slow < SLOW_SOCKETS; slow += 1) dial().write('GET / HTTP/1.1\r\nHost: x\r\nX: ');
    const { port } = door.app.getHttpServer().address() as AddressInfo;
    const ask = () =>
      fetch(`http://127.0.0.1:${port}/v1/events/${eventId}/bookings`, {
        method: 'POST',
        // One that is kept may be let go in the moment in which the second is asked.
        headers: { authorization: token('bob'), connection: 'close' },
      });
    expect((await ask()).status).toBe(201);
    await Promise.all(sockets.map((socket) => heard(socket)));
    expect((await ask()).status).toBe(409);
    expect(
      await new Promise((resolve) => door.app.getHttpServer().getConnections((_, open) => resolve(open))),
    ).toBeLessThan(5);
  });
});

describe('whoever never reads', () => {
  it('is let go, and costs no more than a few answers', async () => {
    await listening({ bounds });
    const socket = dial();
    socket.pause();
    const [, near] = await Promise.all([
      once(socket, 'connect'),
      once(door.app.getHttpServer(), 'connection').then(([accepted]) => accepted as Socket),
    ]);
    const closed = once(near, 'close');
    let most = 0;
    // A few packets fit into what the kernel keeps; then answers wait in the process.
    const asking = setInterval(() => {
      most = Math.max(most, near.writableLength);
      if (socket.writable) socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
    }, 10);
    const isGone = await Promise.race([closed.then(() => true), sleep(PATIENCE_MS, false, { ref: false })]);
    clearInterval(asking);
    expect(isGone).toBe(true);
    // Two hundred answers are more than that.
    expect(most).toBeLessThan(10_000_000);
    expect((await door.ask('GET', '/health/live', null)).statusCode).toBe(200);
  });
});

describe('whoever asks for nothing more', () => {
  // Less and more than what Node adds by itself to the time between two requests.
  it.each([400, 1_500])('is let go after %i ms, when that is the bound on silence', async (socketTimeoutMs) => {
    await listening({ bounds: { ...BOUNDS, socketTimeoutMs } });
    const socket = dial();
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is told earlier than that not to use the connection any more', async () => {
    await listening({ bounds: { ...BOUNDS, socketTimeoutMs: 30_000 } });
    const socket = dial();
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toMatch(/\r\nkeep-alive: timeout=29\r\n/i);
  });
});

describe('a long page that anybody may ask for', () => {
  it('is made once and sent in slices, so that a thousand who ask keep nobody waiting', async () => {
    await listening({ bounds: BOUNDS });
    const sent: { asker: number; bytes: number; of: unknown; turn: number }[] = [];
    let turn = 0;
    let counting = setImmediate(function count() {
      turn += 1;
      counting = setImmediate(count);
    });
    let askers = 0;
    door.app.getHttpServer().on('connection', (near: Socket) => {
      const asker = (askers += 1);
      const write = near.write.bind(near) as (chunk: string | Buffer, ...rest: unknown[]) => boolean;
      near.write = ((chunk: string | Buffer, ...rest: unknown[]) => {
        sent.push({ asker, bytes: chunk.length, of: (chunk as Buffer).buffer, turn });
        return write(chunk, ...rest);
      }) as typeof near.write;
    });
    const ask = (): Promise<string | null> => {
      const socket = dial();
      socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      return heard(socket);
    };
    const answers = await Promise.all(Array.from({ length: ASKERS }, ask));
    clearImmediate(counting);
    const bodies = answers.map((answer) => answer!.slice(answer!.indexOf('\r\n\r\n') + 4));
    expect(JSON.parse(bodies[0]!)).toMatchObject({ info: { title: 'Holdfast' } });
    expect(new Set(bodies).size).toBe(1);
    const slices = sent.filter(({ bytes }) => bytes > 10_000);
    expect(new Set(slices.map(({ of }) => of)).size).toBe(1);
    expect(Math.max(...sent.map(({ bytes }) => bytes))).toBeLessThanOrEqual(64 * 1_024);
    // They are let on one by one, and each has its first slice before any has its last.
    const firsts = Array.from({ length: ASKERS }, (_, at) => slices.findIndex(({ asker }) => asker === at + 1));
    const lasts = Array.from({ length: ASKERS }, (_, at) => slices.findLastIndex(({ asker }) => asker === at + 1));
    expect(new Set(firsts.map((at) => slices[at]!.turn)).size).toBe(ASKERS);
    expect(Math.max(...firsts)).toBeLessThan(Math.min(...lasts));
  });
});

describe('whoever asks again and again without waiting for an answer', () => {
  it('is told to wait after the sixteenth', async () => {
    await listening({ bounds: BOUNDS });
    const socket = dial();
    socket.write(
      `${'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(39)}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    const answers = await heard(socket);
    expect(answers?.match(/HTTP\/1\.1 200 /g)).toHaveLength(16);
    expect(answers?.match(/HTTP\/1\.1 503 [^]*?retry-after: 1\r/gi)).toHaveLength(24);
  });
});

describe('too many connections', () => {
  it.each([
    ['in all', { connections: 3 }],
    ['from one address', { connectionsPerAddress: 3 }],
  ])('%s are closed at once, and there is room again when others have gone', async (_, limit) => {
    await listening({ limitLoopback: true, bounds: { ...BOUNDS, ...limit } });
    const kept = [dial(), dial(), dial()];
    await Promise.all(kept.map((socket) => once(socket, 'connect')));
    expect(await heard(dial())).toBe('');
    kept[0]!.destroy();
    await sleep(20);
    const next = dial();
    next.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await heard(next)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('what is too long', () => {
  beforeEach(() => listening({ bounds }));

  it.each([
    ['an address', `GET /v1/events?x=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a header', `GET /v1/events HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['all headers together', `GET /v1/events HTTP/1.1\r\nHost: x\r\n${'X: 0123456789\r\n'.repeat(2_000)}\r\n`],
  ])('%s gets 431', async (_, request) => {
    const socket = dial();
    socket.write(request);
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 431 [^]*"code":"headers-too-large"/);
  });

  it('a body whose length is not said gets 413 as soon as it is too long', async () => {
    const socket = dial();
    const head = `POST /v1/events/${eventId}/bookings HTTP/1.1\r\nHost: x\r\nAuthorization: ${token('ada')}\r\n`;
    socket.write(`${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (let sent = 0; sent < 20; sent += 1) socket.write(`1000\r\n${' '.repeat(4_096)}\r\n`);
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 413 [^]*"code":"too-large"/);
  });
});
