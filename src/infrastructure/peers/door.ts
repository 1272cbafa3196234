import { rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Question, Reply } from '../../application/ports.js';
import { FAREWELL, Outbox, onLines } from './lines.js';

/** Far below the shortest silence that can be allowed. */
const BEAT_MS = 100;
/** For the others to hear that this one goes, and to have their last answers; who stands still does not keep it. */
const LEAVE_WITHIN_MS = 500;

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
    await removeSocket(path);
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

  /** Ends when everybody has what they asked for: what comes from now on is answered too, with whatever `answer` says. */
  private async close(server: Server): Promise<void> {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const socket of this.sockets) socket.write(`${FAREWELL}\n`);
    await Promise.race([closed, sleep(LEAVE_WITHIN_MS, undefined, { ref: false })]);
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** Of a process that was killed. What is no socket is somebody's file, and a named pipe of Windows is nothing to remove. */
async function removeSocket(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isSocket()) await rm(path, { force: true });
}
