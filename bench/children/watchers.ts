/** Those who watch: so many readers of the feed, in a process of their own, until they have heard nothing more for a while. */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { mintToken } from '../../src/infrastructure/http/tokens.js';
import { serveChild } from '../support/child.js';

export interface WatchTask {
  readonly port: number;
  readonly secret: string;
  readonly watchers: number;
}

export interface WatchResult {
  /** Domain events that each of them was told of. */
  readonly told: readonly number[];
  readonly bytes: number;
}

const TTL_MS = 3_600_000;
/** Each person may have ten feeds. */
const FEEDS_EACH = 5;
const QUIET_MS = 500;
/** Once in each message. */
const WORD = 'event: ';
const READY_BOUND_MS = 10_000;

serveChild<WatchTask, WatchResult>(async ({ port, secret, watchers }) => {
  const told = Array.from({ length: watchers }, () => 0);
  let open = 0;
  let bytes = 0;
  let heardAt = performance.now();
  for (const at of told.keys()) {
    const subject = `watcher-${Math.floor(at / FEEDS_EACH)}`;
    const token = mintToken(secret, { subject, scope: 'audit:read', ttlMs: TTL_MS, issuer: null, audience: null });
    const headers = { authorization: `Bearer ${token}` };
    get({ port, host: '127.0.0.1', path: '/v1/feed', headers, agent: false }, (response) => {
      if (response.statusCode === 200) open += 1;
      let rest = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        heardAt = performance.now();
        bytes += chunk.length;
        const text = rest + chunk;
        for (let from = text.indexOf(WORD); from >= 0; from = text.indexOf(WORD, from + 1)) told[at]! += 1;
        // The word may be cut.
        rest = text.slice(1 - WORD.length);
      });
    }).on('error', () => undefined);
  }
  for (const end = performance.now() + READY_BOUND_MS; open < watchers && performance.now() < end;) await sleep(20);
  const run = async (): Promise<WatchResult> => {
    while (performance.now() - heardAt < QUIET_MS) await sleep(QUIET_MS / 5);
    return { told, bytes };
  };
  return { ready: open, run };
});
