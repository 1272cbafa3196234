import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Question, Reply } from '../../src/application/ports.js';
import { Outbox } from '../../src/infrastructure/peers/lines.js';
import { LocalPeers, hashOf } from '../../src/infrastructure/peers/local-peers.js';

const SILENCE_MS = 400;
const GREETING = 'holdfast 1.2.3';
const envelope = { commandId: 'c', requestHash: 'r', actor: 'ann', correlationId: 'c', causationId: 'c' };
const question = (eventId: string): Question => ({ eventId, command: { type: 'Settle' }, envelope });

let folder: string;
const closing: (() => Promise<unknown> | void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-peers-'));
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(folder, { recursive: true, force: true });
});

const socketOf = (n: number): string => path.join(folder, `api-${n}`);

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 5) {
    if (waited > 10_000) throw new Error('it never was so');
    await sleep(5);
  }
}

/** One of two processes; it answers what `answer` says. */
async function open(own: number, answer?: (asked: Question) => Promise<Reply>, greeting = GREETING) {
  const told: string[] = [];
  const logger = { log: (message: string) => void told.push(message) };
  const config = { sockets: [socketOf(0), socketOf(1)], own: socketOf(own), silenceMs: SILENCE_MS };
  const peers = new LocalPeers(config, greeting, logger);
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await peers.close();
    isClosed = true;
  };
  closing.push(close);
  if (answer !== undefined) await peers.serve(answer);
  return { peers, told, close };
}

const NAMES = Array.from({ length: 1_000 }, (_, n) => `event-${n}`);
/** Of the second process, as the first sees it; and of the first. */
const THEIRS = NAMES.find((name) => hashOf(name) % 2 === 1)!;
const OURS = NAMES.find((name) => hashOf(name) % 2 === 0)!;

const echo = async ({ eventId }: Question): Promise<Reply> => ({ done: eventId, position: '7', replayed: false });

/** Whatever listens there in the place of a process of ours. */
async function stranger(letIn: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    letIn(socket);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(socketOf(1)), 'listening');
  return server;
}

describe('events are shared out', () => {
  test('evenly, and alike by everybody', () => {
    for (const processes of [2, 3, 4, 7]) {
      const shares = Array.from({ length: processes }, () => 0);
      for (const name of NAMES) shares[hashOf(name) % processes]! += 1;
      for (const share of shares) expect(share).toBeGreaterThan((NAMES.length / processes) * 0.7);
    }
    expect(hashOf('demo')).toBe(hashOf('demo'));
  });

  test('a process decides its own, and asks the others when they are there', async () => {
    const here = await open(0, echo);
    expect(here.peers.deciderOf(THEIRS)).toBeNull();
    expect([here.peers.all, here.peers.away]).toEqual([1, 1]);
    const there = await open(1, echo);
    await until(() => here.peers.away === 0 && there.peers.away === 0);
    expect(here.peers.deciderOf(OURS)).toBeNull();
    expect(there.peers.deciderOf(THEIRS)).toBeNull();
    const replies = await Promise.all(
      Array.from({ length: 300 }, (_, n) => here.peers.deciderOf(THEIRS)!.ask({ ...question(`é-${n}`) })),
    );
    expect(replies).toEqual(replies.map((_, n) => ({ done: `é-${n}`, position: '7', replayed: false })));
    expect(await there.peers.deciderOf(OURS)!.ask(question('x'))).toMatchObject({ done: 'x' });
    expect(here.told).toEqual(['A peer is there']);
  });
});

describe('the one who should decide', () => {
  test('ends: what it was asked is answered, then it is away, and it is asked again when it is back', async () => {
    const here = await open(0);
    const there = await open(1, (asked) => sleep(30).then(() => echo(asked)));
    await until(() => here.peers.away === 0);
    const replies: Promise<Reply>[] = [];
    const asking = (async () => {
      // All the time, until it is away: also between its last look and the end of the connection.
      for (let peer = here.peers.deciderOf(THEIRS); peer !== null; peer = here.peers.deciderOf(THEIRS)) {
        replies.push(peer.ask(question(`asked-${replies.length}`)));
        await sleep(1);
      }
    })();
    await sleep(50);
    await there.close();
    await asking;
    expect(replies.length).toBeGreaterThan(10);
    const asIfItStayed = replies.map((_, n) => ({ done: `asked-${n}`, position: '7', replayed: false }));
    expect(await Promise.all(replies)).toEqual(asIfItStayed);
    await until(() => here.peers.away === 1);
    expect(here.peers.deciderOf(THEIRS)).toBeNull();
    await open(1, echo);
    await until(() => here.peers.away === 0);
    expect(await here.peers.deciderOf(THEIRS)!.ask(question('first'))).toMatchObject({ done: 'first' });
    expect(here.told).toHaveLength(3);
  });

  test('will not: that is told as it is', async () => {
    const here = await open(0);
    await open(1, async () => 'away');
    await until(() => here.peers.away === 0);
    expect(await here.peers.deciderOf(THEIRS)!.ask(question('x'))).toBe('away');
  });

  test('is cut off with questions: nobody can tell what became of them', async () => {
    const here = await open(0);
    const server = await stranger((socket) => {
      socket.write(`${GREETING}\n`);
      socket.once('data', () => socket.destroy());
    });
    await until(() => here.peers.away === 0);
    const peer = here.peers.deciderOf(THEIRS)!;
    expect(await Promise.all([peer.ask(question('a')), peer.ask(question('b'))])).toEqual(['silent', 'silent']);
    expect(here.peers.deciderOf(THEIRS)).toBeNull();
    server.close();
    // Who holds on to it is told that it is gone.
    expect(await peer.ask(question('c'))).toBe('away');
  });

  test('says nothing for too long: the same; one that is busy with the answer says so', async () => {
    const here = await open(0);
    const served: Socket[] = [];
    await stranger((socket) => {
      served.push(socket);
      socket.write(`${GREETING}\n`);
    });
    await until(() => here.peers.away === 0);
    const beating = setInterval(() => served[0]!.write('\n'), SILENCE_MS / 4);
    const asked = here.peers.deciderOf(THEIRS)!.ask(question('x'));
    expect(await Promise.race([asked, sleep(3 * SILENCE_MS).then(() => 'waits')])).toBe('waits');
    clearInterval(beating);
    expect(await asked).toBe('silent');
  });

  test('is not given up because this process stood still', async () => {
    const here = await open(0);
    await open(1, (asked) => sleep(2 * SILENCE_MS).then(() => echo(asked)));
    await until(() => here.peers.away === 0);
    const asked = here.peers.deciderOf(THEIRS)!.ask(question('x'));
    await sleep(SILENCE_MS / 2);
    // Both stand still: what the other one says first thing afterwards is read before it is judged.
    for (const end = performance.now() + 1.5 * SILENCE_MS; performance.now() < end;);
    expect(await asked).toMatchObject({ done: 'x' });
  });

  test.each([
    ['stands still: connections are made, and nothing is said', () => undefined],
    ['is of another version', (socket: Socket) => socket.write('holdfast 9.9.9\n')],
    ['is somebody else altogether', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n')],
  ])('%s: it is away', async (_what, letIn) => {
    let connections = 0;
    await stranger((socket) => {
      connections += 1;
      letIn(socket);
    });
    const here = await open(0);
    await until(() => connections > 1);
    expect(here.peers.away).toBe(1);
    expect(here.peers.deciderOf(THEIRS)).toBeNull();
    expect(here.told).toEqual([]);
  });

  test('says what is no reply: it is away, and this process lives', async () => {
    const here = await open(0);
    await stranger((socket) => {
      socket.write(`${GREETING}\n`);
      socket.once('data', () => socket.write('{"neither":\n'));
    });
    await until(() => here.peers.away === 0);
    expect(await here.peers.deciderOf(THEIRS)!.ask(question('x'))).toBe('silent');
  });
});

test('whoever asks what is no question is cut off, and others are not', async () => {
  await open(1, echo);
  const socket = connect(socketOf(1));
  socket.on('error', () => undefined);
  socket.resume().write('who is there?\n');
  await once(socket, 'close');
  const here = await open(0);
  await until(() => here.peers.away === 0);
  expect(await here.peers.deciderOf(THEIRS)!.ask(question('x'))).toMatchObject({ done: 'x' });
});

test('to whom stands still no more is said than the connection takes, however long', async () => {
  const arrived = new Promise<Socket>((resolve) => {
    const server = createServer({ pauseOnConnect: true }, resolve).listen(socketOf(0));
    closing.push(() => void server.close());
  });
  const socket = connect(socketOf(0));
  closing.push(() => void socket.destroy());
  const [other] = await Promise.all([arrived, once(socket, 'connect')]);
  closing.push(() => void other.destroy());
  const outbox = new Outbox(socket);
  for (let beats = 0; beats < 500_000; beats += 1) outbox.beat();
  expect(socket.writableLength).toBeLessThanOrEqual(1);
});

test('a socket that a killed process has left behind is taken over', async () => {
  const code = "require('node:net').createServer().listen(process.argv[1], () => console.log('there'))";
  const child = spawn(process.execPath, ['-e', code, socketOf(1)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect((await stat(socketOf(1))).isSocket()).toBe(true);
  await open(1, echo);
  const here = await open(0);
  await until(() => here.peers.away === 0);
});

test.each([
  ['a file of somebody else', async (own: string) => writeFile(own, 'dear diary')],
  ['a folder that is not there', async (own: string) => rm(path.dirname(own), { recursive: true })],
])('%s in the place of the socket stops the start by its name, and is left as it is', async (_what, prepare) => {
  await prepare(socketOf(1));
  await expect(open(1, echo)).rejects.toThrow(
    /PEER_SOCKET: expected a path at which a socket can be made \(.*(EADDRINUSE|EACCES|ENOENT)/,
  );
  if (_what.startsWith('a file')) expect(await readFile(socketOf(1), 'utf8')).toBe('dear diary');
});
