import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Attempt } from '../../application/ports.js';
import { signatureOf } from './secrets.js';
import { TargetRefused, hostOf, type Targets } from './targets.js';

export interface PostBounds {
  /** Until the receiver's machine is connected to, names and TLS included, in milliseconds. */
  readonly connectMs: number;
  /** Until it has answered, in milliseconds. */
  readonly totalMs: number;
  /** Bytes of an answer's body that are read; none of them is looked at. */
  readonly answerBytes: number;
}

export interface Message {
  readonly id: string;
  readonly body: string;
}

/**
 * Sends one message, signed with every secret, and answers how it went; never rejects. Redirects are not followed, and
 * what the receiver says beside the status and Retry-After is thrown away. `signal` gives the attempt up.
 */
export async function post(
  targets: Targets,
  url: URL,
  { id, body }: Message,
  secrets: readonly string[],
  bounds: PostBounds,
  signal: AbortSignal,
): Promise<Attempt> {
  const startedAt = performance.now();
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Holdfast-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureOf(secrets, id, timestamp, body),
  };
  const since = (): number => Math.round(performance.now() - startedAt);
  try {
    const objection = targets.objectionToForm(url.href);
    if (objection !== null) throw new TargetRefused('url-not-allowed', objection);
    // A host that is an address is never looked up, so it is checked here.
    if (isIP(hostOf(url)) !== 0) await targets.addressesOf(hostOf(url));
    const { status, retryAfterMs } = await exchange(targets, url, headers, body, bounds, signal);
    return { status, error: errorOfStatus(status), durationMs: since(), retryAfterMs };
  } catch (error) {
    return { status: null, error: codeOf(error), durationMs: since(), retryAfterMs: null };
  }
}

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | null;
}

function exchange(
  targets: Targets,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  { connectMs, totalMs, answerBytes }: PostBounds,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:';
    const options = { method: 'POST', headers, lookup: targets.lookup, agent: false, signal } as const;
    const request = isSecure ? https.request(url, options) : http.request(url, options);
    let answer: Answer | null = null;
    const tooSlow = (): unknown => request.destroy(Object.assign(new Error('too slow'), { code: 'timeout' }));
    const total = setTimeout(tooSlow, totalMs);
    const connect = setTimeout(tooSlow, Math.min(connectMs, totalMs));
    const settle = (error: Error | null): void => {
      clearTimeout(total);
      clearTimeout(connect);
      request.destroy();
      // Once there is a status it counts, however the body ends.
      if (answer !== null) resolve(answer);
      else reject(error ?? Object.assign(new Error('closed'), { code: 'closed' }));
    };
    request.on('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(connect)));
    request.on('response', (response) => {
      answer = { status: response.statusCode ?? 0, retryAfterMs: retryAfterOf(response.headers['retry-after']) };
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > answerBytes) settle(null);
      });
      response.on('end', () => settle(null));
      response.on('error', settle);
    });
    request.on('error', settle);
    request.on('close', () => settle(null));
    request.end(body);
  });
}

const errorOfStatus = (status: number): string | null => {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirected' : 'refused';
};

/** Seconds, or a date (RFC 9110, 10.2.3). Null: none, or something else. */
function retryAfterOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** A code of ours, or of the system; never a text that the other side could have written. */
function codeOf(error: unknown): string {
  if (error instanceof TargetRefused) return error.code;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(code) ? code : 'failed';
}
