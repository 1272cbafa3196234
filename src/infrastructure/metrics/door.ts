import { hash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FiguresConfig } from '../config.js';

/** Whoever asks for more at once than a few scrapers do is no scraper. */
const CONNECTIONS = 32;
const REQUEST_MS = 5_000;

export interface FiguresDoor {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * `/metrics` and `/health/live` of a process that has no other HTTP. Everything is 404 that is not one of them, and
 * `/metrics` 401 without its token. Rejects when the port cannot be listened on.
 */
export async function openFigures(
  { host, port, token }: FiguresConfig,
  scrape: () => Promise<string>,
): Promise<FiguresDoor> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    answer(request, response).catch(() => send(response, 500, 'failed\n'));
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET') return send(response, 405, 'only GET\n');
    if (request.url === '/health/live') return send(response, 200, '{"status":"live"}', 'application/json');
    if (request.url !== '/metrics') return send(response, 404, 'not found\n');
    if (token !== null && !isSame(request.headers.authorization ?? '', `Bearer ${token}`))
      return send(response, 401, 'METRICS_TOKEN is asked for\n');
    send(response, 200, await scrape(), 'text/plain; version=0.0.4; charset=utf-8');
  };
  server.maxConnections = CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new FiguresError(`PROJECTOR_PORT cannot be listened on: ${error.message}`)));
    server.listen(port, host, resolve);
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`, close };
}

/** What an operator can mend. */
export class FiguresError extends Error {
  override readonly name = 'FiguresError';
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  if (response.headersSent) return;
  const auth = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...auth }).end(body);
}

/** Digests have one length, so that comparing tells nothing about the token's. */
const isSame = (sent: string, expected: string): boolean =>
  timingSafeEqual(hash('sha256', sent, 'buffer'), hash('sha256', expected, 'buffer'));
