import { connect, type Socket } from 'node:net';

const ANSWER_TIMEOUT_MS = 10_000;

export interface Answer {
  readonly status: number;
  /** Names in lower case; of a name that came twice, both values with a comma between them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** There was none: why. */
export class NoAnswer extends Error {}

/** Bytes as they are to be sent, and what must be known to read the answer. */
export interface Bytes {
  readonly bytes: Buffer;
  readonly isHead: boolean;
  /** On a connection of its own, which is closed afterwards. */
  readonly isAlone: boolean;
  /** The sender has nothing more to say: its half of the connection is closed behind the bytes. */
  readonly isCutShort: boolean;
}

/** Whoever answers a request; the tests put liars here. */
export interface Peer {
  ask(bytes: Bytes): Promise<Answer>;
  close(): void;
}

/** One connection to the service, for bytes that no client library would send. It is made anew when it was closed. */
export class Wire implements Peer {
  private socket: Socket | null = null;

  constructor(private readonly url: string) {}

  /** Throws NoAnswer when the connection ends, or too much time passes, before the answer is complete. */
  async ask(bytes: Bytes): Promise<Answer> {
    const kept = bytes.isAlone || this.socket?.writable !== true ? null : this.socket;
    const socket = kept ?? (await this.open());
    if (bytes.isAlone) this.close();
    try {
      const { answer, rest } = await answerFrom(socket, bytes);
      const isLast = bytes.isAlone || bytes.isCutShort || isEndless(answer.headers);
      if (isLast || answer.headers.get('connection') === 'close' || rest > 0) socket.destroy();
      else this.socket = socket;
      if (rest > 0 && !isLast) throw new NoAnswer(`${rest} bytes came behind the answer`);
      return answer;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  close(): void {
    this.socket?.destroy();
    this.socket = null;
  }

  private async open(): Promise<Socket> {
    const { hostname, port } = new URL(this.url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    // Between two requests; during one, whoever waits for the answer listens too.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('close', () => reject(new NoAnswer('no connection')));
    });
    return socket;
  }
}

function answerFrom(socket: Socket, { bytes, isHead, isCutShort }: Bytes): Promise<{ answer: Answer; rest: number }> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      act();
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const read = readAnswer(received, isHead);
      if (read !== null) finish(() => resolve(read));
    };
    const onClose = (): void => finish(() => reject(new NoAnswer(`closed after ${received.length} bytes`)));
    const onTimeout = (): void => finish(() => reject(new NoAnswer(`nothing within ${ANSWER_TIMEOUT_MS} ms`)));
    const timer = setTimeout(onTimeout, ANSWER_TIMEOUT_MS);
    socket.on('data', onData).on('close', onClose);
    if (isCutShort) socket.end(bytes);
    else socket.write(bytes);
  });
}

/** The answer at the front of the bytes, and how many are behind it; null: it is not complete. */
function readAnswer(received: Buffer, isHead: boolean): { answer: Answer; rest: number } | null {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [line = '', ...fields] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(line.split(' ')[1]);
  const behind = received.subarray(end + 4);
  if (status >= 100 && status < 200) return readAnswer(behind, isHead);
  const headers = new Map<string, string>();
  for (const field of fields) {
    const at = field.indexOf(':');
    const name = field.slice(0, at).toLowerCase();
    const value = field.slice(at + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  const isEmpty = isHead || status === 204 || status === 304 || isEndless(headers);
  const body = isEmpty ? { bytes: Buffer.alloc(0), length: 0 } : bodyIn(behind, headers);
  if (body === null) return null;
  return { answer: { status, headers, body: body.bytes }, rest: behind.length - body.length };
}

/** A stream of events has no end: that it began is its answer. */
const isEndless = (headers: ReadonlyMap<string, string>): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false;

function bodyIn(behind: Buffer, headers: ReadonlyMap<string, string>): { bytes: Buffer; length: number } | null {
  if (headers.get('transfer-encoding') === 'chunked') return chunksIn(behind);
  const length = Number(headers.get('content-length') ?? 0);
  return behind.length < length ? null : { bytes: behind.subarray(0, length), length };
}

function chunksIn(behind: Buffer): { bytes: Buffer; length: number } | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = behind.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = Number.parseInt(behind.subarray(at, line).toString('latin1'), 16);
    const end = line + 2 + size + 2;
    if (behind.length < end) return null;
    if (size === 0) return { bytes: Buffer.concat(chunks), length: end };
    chunks.push(behind.subarray(line + 2, line + 2 + size));
    at = end;
  }
}
