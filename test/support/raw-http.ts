import { connect } from 'node:net';

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line: nothing tidies it up. */
  readonly target: string;
  /** Name and value; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface RawAnswer {
  readonly status: number;
  /** Everything after the status line. */
  readonly head: string;
  readonly body: string;
}

/** So many the service works on for one connection. */
const AT_ONCE = 12;

/** Sends all of them over one connection, so many at a time without waiting, and reads as many answers. */
export async function pipelined(port: number, requests: readonly RawRequest[], atOnce = AT_ONCE): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  if (requests.length === 0) return answers;
  const socket = connect(port, '127.0.0.1');
  const send = (): boolean =>
    socket.write(
      requests
        .slice(answers.length, answers.length + atOnce)
        .map(textOf)
        .join(''),
    );
  send();
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    for (;;) {
      const read = answerIn(bytes, requests[answers.length]?.method ?? '');
      if (read === null) break;
      answers.push(read.answer);
      bytes = bytes.subarray(read.end);
      if (answers.length % atOnce === 0) send();
    }
    if (answers.length === requests.length) return answers;
  }
  throw new Error(`${answers.length} answers to ${requests.length} requests`);
}

function textOf({ method, target, headers }: RawRequest): string {
  const hasBody = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method);
  const body = hasBody ? '{}' : '';
  const all = [
    ['host', 'x'],
    ...(hasBody ? [['content-type', 'application/json'] as const, ['content-length', '2'] as const] : []),
    ...headers,
  ];
  return `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

function answerIn(bytes: Buffer, method: string): { answer: RawAnswer; end: number } | null {
  const split = bytes.indexOf('\r\n\r\n');
  if (split === -1) return null;
  const [line = '', ...lines] = bytes.toString('latin1', 0, split).split('\r\n');
  const status = Number(line.split(' ')[1]);
  const head = lines.join('\r\n');
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  if (hasBody && length === undefined) throw new Error(`an answer without a length:\n${head}`);
  const end = split + 4 + (hasBody ? Number(length) : 0);
  if (bytes.length < end) return null;
  return { answer: { status, head, body: bytes.toString('utf8', split + 4, end) }, end };
}
