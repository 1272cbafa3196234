/**
 * People with very bad connections, or no good intentions: so many sockets that send a byte of a request now and then, a
 * third of them headers, a third a body, a third whole requests whose answers they never read. Whoever is sent away comes
 * back. They go on until the process is stopped.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { callersFor } from '../support/callers.js';
import { serveChild } from '../support/child.js';

export interface SlowSocketsTask {
  readonly port: number;
  readonly secret: string;
  readonly sockets: number;
}

const BYTE_EVERY_MS = 1_000;
const BACK_AFTER_MS = 500;
const AT_ONCE = 100;
const READY_BOUND_MS = 20_000;

serveChild<SlowSocketsTask, null>(async ({ port, secret, sockets }) => {
  const { token } = callersFor(null, '', { AUTH_HS256_SECRET: secret }).as('slow');
  const body =
    `POST /v1/events/none/bookings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
    'Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{';
  const kinds = ['GET / HTTP/1.1\r\nHost: x\r\nX: ', body, 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4)];
  let open = 0;
  const dial = (kind: number): void => {
    const socket = connect(port, '127.0.0.1', () => {
      open += 1;
      socket.write(kinds[kind]!);
    });
    if (kind === 2) socket.pause();
    else socket.resume();
    const timer = setInterval(() => kind !== 2 && socket.write(' '), BYTE_EVERY_MS);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(timer);
      setTimeout(dial, BACK_AFTER_MS, kind);
    });
  };
  for (let at = 0; at < sockets; at += 1) {
    dial(at % kinds.length);
    if (at % AT_ONCE === AT_ONCE - 1) await sleep(10);
  }
  for (const end = performance.now() + READY_BOUND_MS; open < sockets && performance.now() < end;) await sleep(20);
  return { ready: open, run: async () => null };
});
