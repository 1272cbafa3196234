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
/** Once in each message. It begins with what is rare in one: who counts shares the machine with whom it watches. */
const WORD = '\nevent: ';
const CUT = WORD.length - 1;
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
      let end = '';
      response.on('data', (chunk: Buffer) => {
        heardAt = performance.now();
        bytes += chunk.length;
        // The word may be cut.
        told[at]! += count(chunk) + Number((end + chunk.toString('latin1', 0, CUT)).includes(WORD));
        end = chunk.toString('latin1', Math.max(0, chunk.length - CUT));
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

function count(chunk: Buffer): number {
  let words = 0;
  for (let at = chunk.indexOf(WORD); at >= 0; at = chunk.indexOf(WORD, at + 1)) words += 1;
  return words;
}
