import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Question, Reply } from '../../application/ports.js';
import { Outbox, onLines } from './lines.js';

/** Far below the shortest silence that can be allowed. */
const BEAT_MS = 100;

/** Where the other processes of this service ask this one. */
export class PeerDoor {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly greeting: string,
    private readonly answer: (question: Question) => Promise<Reply>,
  ) {}

  /** `greeting`: what the others must be as well, or they do not understand each other. Rejects when it cannot listen. */
  static async open(
    path: string,
    greeting: string,
    answer: (question: Question) => Promise<Reply>,
  ): Promise<() => Promise<void>> {
    const door = new PeerDoor(greeting, answer);
    // Of a process that was killed.
    if (!isPipe(path)) await rm(path, { force: true });
    const server = createServer((socket) => door.letIn(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(path, resolve);
    });
    return () => door.close(server);
  }

  private letIn(socket: Socket): void {
    const outbox = new Outbox<readonly [number, Reply]>(socket);
    const beating = setInterval(() => outbox.beat(), BEAT_MS).unref();
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(beating);
      this.sockets.delete(socket);
    });
    onLines(socket, (line) => {
      for (const [number, question] of JSON.parse(line) as (readonly [number, Question])[])
        void this.answer(question).then((reply) => outbox.put([number, reply]));
    });
    socket.write(`${this.greeting}\n`);
  }

  /** To be called when nothing that was asked is without an answer. */
  private async close(server: Server): Promise<void> {
    await turn();
    const closed = new Promise((resolve) => void server.close(resolve));
    for (const socket of this.sockets) socket.end();
    // Who does not close its side has been told all there is to say.
    await turn();
    for (const socket of this.sockets) socket.destroySoon();
    await closed;
  }
}

/** A named pipe of Windows is no file. */
const isPipe = (path: string): boolean => path.startsWith('\\\\.\\pipe\\');
