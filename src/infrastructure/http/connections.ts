import type { Server } from 'node:http';
import { addressKey, isLoopbackAddress } from './rate-limit.js';
import type { HttpSettings } from './settings.js';

/** Between two requests Node waits so much longer than `Keep-Alive` tells the client: nobody sends into what is being closed. */
const KEEP_ALIVE_SPARE_MS = 1_000;

/**
 * How many connections there may be, in all and from one address. What is too much is closed at once: an answer would
 * cost more than the connection. Where a proxy is trusted all of them are the proxy's, and only the sum is bounded. The bound
 * on silence holds between two requests as well: Fastify has one of its own there, which is longer.
 */
export function boundConnections(
  server: Server,
  { bounds, limitLoopback }: Pick<HttpSettings, 'bounds' | 'limitLoopback'>,
): void {
  const { connections, connectionsPerAddress, socketTimeoutMs, trustedProxies } = bounds;
  server.maxConnections = connections;
  // 0: there is no room to say less, and the connection's own timeout is the only one.
  server.keepAliveTimeout = Math.max(0, socketTimeoutMs - KEEP_ALIVE_SPARE_MS);
  if (connectionsPerAddress === 0 || trustedProxies > 0) return;
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const { remoteAddress } = socket;
    if (!limitLoopback && isLoopbackAddress(remoteAddress)) return;
    const key = addressKey(remoteAddress ?? '');
    const count = (open.get(key) ?? 0) + 1;
    if (count > connectionsPerAddress) return void socket.destroy();
    open.set(key, count);
    socket.once('close', () => {
      const left = open.get(key)! - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
  });
}
