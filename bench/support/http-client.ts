import { Agent, request as startRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** One HTTP request to the service, as far as our programs need it. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly token?: string;
  /** Idempotency-Key. */
  readonly key?: string;
  /** Holdfast-Position: the read waits until the read model shows it. */
  readonly position?: string;
  /** If-Match, quotes included. */
  readonly ifMatch?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What came back. A problem document is an answer like any other. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** The answer of an earlier request with the same key. */
  readonly replayed: boolean;
  readonly position: string | null;
  /** Null when the service did not ask for a pause. */
  readonly retryAfterMs: number | null;
}

/** No answer came: the request may have had its effect, or not. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  /** `mayHaveEffect`: false when it was never sent, because nobody took the connection. */
  constructor(
    message: string,
    readonly mayHaveEffect: boolean,
  ) {
    super(message);
  }
}

export type Send = (request: Request) => Promise<Reply>;

export const isYes = ({ status }: Reply): boolean => status >= 200 && status < 300;

/** The code of a problem document; for an answer that is none, its status. */
export const codeOf = ({ status, body }: Reply): string =>
  typeof body['code'] === 'string' ? body['code'] : `status ${status}`;

const TIMEOUT_MS = 15_000;
const WARM_UP_TRIES = 3;

/**
 * A client over node:http that keeps its connections: as many as there may be requests in flight. It neither retries nor
 * queues by itself. Throws NoAnswer.
 */
export class HttpClient {
  private readonly agent: Agent;
  private readonly host: string;
  private readonly port: string;

  /** `url`: http only; the service speaks no TLS itself. */
  constructor(
    readonly url: string,
    private readonly connections: number,
  ) {
    const { protocol, hostname, port } = new URL(url);
    if (protocol !== 'http:') throw new Error(`${url}: expected an address that begins with http://`);
    this.host = hostname.replace(/^\[|\]$/g, '');
    this.port = port === '' ? '80' : port;
    this.agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  }

  readonly send: Send = (request) =>
    new Promise((resolve, reject) => {
      const payload = request.body === undefined ? null : JSON.stringify(request.body);
      const { method, path } = request;
      const headers = headersOf(request, payload);
      const failed = (error: NodeJS.ErrnoException): void =>
        reject(new NoAnswer(`${method} ${path}: ${error.message}`, error.code !== 'ECONNREFUSED'));
      const options = {
        agent: this.agent,
        host: this.host,
        port: this.port,
        method,
        path,
        headers,
        timeout: TIMEOUT_MS,
      };
      const sent = startRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', failed);
        response.on('aborted', () => failed(new Error('the answer was cut off')));
        response.on('end', () => {
          try {
            resolve(replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString('utf8')));
          } catch (error) {
            failed(error as Error);
          }
        });
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      sent.on('error', failed);
      sent.end(payload ?? undefined);
    });

  /** Opens all connections, so that the first requests are not measured with the making of their connections. */
  async connect(): Promise<void> {
    const knock = async (): Promise<void> => {
      for (let tries = 1; ; tries += 1) {
        try {
          await this.send({ method: 'GET', path: '/health/live' });
          return;
        } catch (error) {
          if (tries === WARM_UP_TRIES) throw error;
          await sleep(100 * tries);
        }
      }
    };
    await Promise.all(Array.from({ length: this.connections }, knock));
  }

  close(): void {
    this.agent.destroy();
  }
}

function headersOf(
  { token, key, position, ifMatch }: Request,
  payload: string | null,
): Record<string, string | number> {
  return {
    ...(payload === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(position === undefined ? {} : { 'holdfast-position': position }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
  };
}

function replyOf(status: number, headers: NodeJS.Dict<string | string[]>, text: string): Reply {
  const header = (name: string): string | null => {
    const value = headers[name];
    return typeof value === 'string' ? value : null;
  };
  const isJson = /json/.test(header('content-type') ?? '');
  const retryAfter = header('retry-after');
  return {
    status,
    body: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
    replayed: header('idempotency-replayed') === 'true',
    position: header('holdfast-position'),
    retryAfterMs: retryAfter === null ? null : Number(retryAfter) * 1_000,
  };
}
