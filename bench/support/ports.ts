import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that the system gives to whoever asks for any: a connection of somebody else would take one of them. */
const FIRST = 20_000;
const COUNT = 10_000;

let next = Math.floor(Math.random() * COUNT);

/** So many in a row that nobody on this machine listens on; answers the first. No two calls of a process get the same. */
export async function freePorts(count = 1): Promise<number> {
  for (let tries = 0; tries < COUNT; tries += count) {
    const first = FIRST + (next % COUNT);
    next += count;
    const ports = Array.from({ length: count }, (_, at) => first + at);
    if ((await Promise.all(ports.map(isFree))).every((free) => free)) return first;
  }
  throw new Error(`no ${count} ports in a row are free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const listens = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (listens) await once(server.close(), 'close');
  return listens;
}
