import { type Socket, connect } from 'node:net';

/** An HTTP answer, as far as a load generator looks at it. */
export interface WireAnswer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * One connection that sends a request, waits for the whole answer, and only then sends the next: no pipelining, and
 * hardly any work, so that the load generator takes little from what it measures. Answers must have a Content-Length.
 */
export class Wire {
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (answer: WireAnswer) => void; reject: (error: Error) => void } | null = null;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection was closed')));
  }

  /** Throws when nobody listens. */
  static open(port: number, host = '127.0.0.1'): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Wire(socket));
      });
    });
  }

  /** A whole request, head and body. Throws when the connection is lost, or the answer is not one we can read. */
  exchange(request: string): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      if (this.waiting !== null) return reject(new Error('one request at a time'));
      if (this.socket.destroyed) return reject(new Error('the connection is closed'));
      this.waiting = { resolve, reject };
      this.socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const end = this.received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined) return this.fail(new Error(`an answer without a length: ${head}`));
    const total = end + HEAD_END.length + Number(length);
    if (this.received.length < total) return;
    const body = this.received.toString('utf8', end + HEAD_END.length, total);
    this.received = this.received.subarray(total);
    const { waiting } = this;
    this.waiting = null;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  private fail(error: Error): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.reject(error);
    this.socket.destroy();
  }
}

/** A POST with a JSON body, as text. All of it must be ASCII. */
export function postOf(path: string, token: string, key: string, body: string): string {
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: ${key}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}
