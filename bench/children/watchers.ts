/** Those who watch: so many readers of the feed, in a process of their own, until they have heard nothing more for a while. */
import { connect } from 'node:net';
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

const OK = 'HTTP/1.1 200 ';
const TTL_MS = 3_600_000;
/** Each person may have ten feeds. */
const FEEDS_EACH = 5;
const QUIET_MS = 500;
/** Once in each message. It begins with what is rare in one: who counts shares the machine with whom it watches. */
const WORD = '\nevent: ';
const CUT = WORD.length - 1;
const READY_BOUND_MS = 10_000;
/** Where all that comes is read into, one reader after the other: they look at it and keep nothing. */
const READ = Buffer.alloc(1_048_576);

serveChild<WatchTask, WatchResult>(async ({ port, secret, watchers }) => {
  const told = Array.from({ length: watchers }, () => 0);
  let open = 0;
  let bytes = 0;
  let heardAt = performance.now();
  for (const at of told.keys()) {
    const subject = `watcher-${Math.floor(at / FEEDS_EACH)}`;
    const token = mintToken(secret, { subject, scope: 'audit:read', ttlMs: TTL_MS, issuer: null, audience: null });
    let end = '';
    const take = (length: number): boolean => {
      const part = READ.subarray(0, length);
      if (end === '' && part.toString('latin1', 0, OK.length) === OK) open += 1;
      heardAt = performance.now();
      bytes += length;
      // The word may be cut.
      told[at]! += count(part) + Number((end + part.toString('latin1', 0, CUT)).includes(WORD));
      end = part.toString('latin1', Math.max(0, length - CUT));
      return true;
    };
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer: READ, callback: take } });
    socket.on('error', () => undefined);
    socket.write(`GET /v1/feed HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n\r\n`);
  }
  for (const end = performance.now() + READY_BOUND_MS; open < watchers && performance.now() < end;) await sleep(20);
  const run = async (): Promise<WatchResult> => {
    while (performance.now() - heardAt < QUIET_MS) await sleep(QUIET_MS / 5);
    return { told, bytes };
  };
  return { ready: open, run };
});

function count(part: Buffer): number {
  let words = 0;
  for (let at = part.indexOf(WORD); at >= 0; at = part.indexOf(WORD, at + 1)) words += 1;
  return words;
}
