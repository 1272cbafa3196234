import type { Sender } from './callers.js';
import type { Bytes } from './wire.js';

export type Header = readonly [name: string, value: string];

/** A request, down to what may be wrong with it. Header values and target are bytes: one a character. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: Buffer | null;
  /** Instead of all the rest, where no request line and headers can say it. */
  readonly raw?: Buffer;
  readonly version?: string;
  readonly isAlone?: boolean;
  readonly isCutShort?: boolean;
}

export function bytesOf(request: Request): Bytes {
  const { isAlone = false, isCutShort = false, method } = request;
  return { bytes: request.raw ?? writtenOf(request), isHead: method === 'HEAD', isAlone, isCutShort };
}

/** As it goes over the wire. The length is said unless the headers say how long it is in their own way. */
export function writtenOf({ method, target, headers, body, version = 'HTTP/1.1' }: Request): Buffer {
  const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const length: Header[] = body === null || isFramed ? [] : [['Content-Length', String(body.length)]];
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`${method} ${target} ${version}\r\n${lines}\r\n`, 'latin1'),
    body ?? Buffer.alloc(0),
  ]);
}

export const headerOf = ({ headers }: Request, wanted: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];

/** The same request with these headers in place of those of the same name. */
export function withHeaders(request: Request, ...headers: readonly Header[]): Request {
  const replaced = new Set(headers.map(([name]) => name.toLowerCase()));
  const kept = request.headers.filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...request, headers: [...kept, ...headers] };
}

export const withoutHeader = (request: Request, name: string): Request => ({
  ...request,
  headers: request.headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase()),
});

const MOST_BODY = 2_000;
const isPlain = (bytes: Buffer): boolean => bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The bytes in the words of a shell's `printf`. */
const printed = (bytes: Buffer): string =>
  [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c && byte !== 0x25
        ? String.fromCharCode(byte)
        : `\\${byte.toString(8).padStart(3, '0')}`,
    )
    .join('');

/** A line that sends it again, to the service at $URL: with curl if curl can say it, else its bytes. */
export function commandOf(request: Request, { name, caller, authorization }: Sender): string {
  const { method, target, headers, body, raw } = request;
  const { bytes } = bytesOf(request);
  const isSaid = [method, target, ...headers.flat()].every((text) => isPlain(Buffer.from(text, 'latin1')));
  const framed = headers.some(([name]) => /^(content-length|transfer-encoding|host)$/i.test(name));
  if (bytes.length > 4 * MOST_BODY) return `# ${bytes.length} bytes, too many to print: run the seed again`;
  if (raw !== undefined || !isSaid || !target.startsWith('/') || (framed && headerOf(request, 'host') !== 'localhost'))
    return `printf '${printed(bytes)}' | nc -q 2 127.0.0.1 "\${URL##*:}"`;
  const minted = `"Authorization: Bearer $(npm run -s holdfast -- token ${name.replace(' ', " --scope '")}')"`;
  const said = headers
    .filter(([header]) => header !== 'Host')
    .map(([header, value]) => {
      const isTheirs = caller !== null && header === 'Authorization' && value === authorization;
      return `-H ${isTheirs ? minted : quoted(`${header}: ${value}`)}`;
    });
  const data = body === null ? [] : ['--data-binary @-'];
  const curl = [`curl -sS -i --path-as-is -X ${method} "$URL"${quoted(target)}`, ...said, ...data].join(' ');
  return body === null ? curl : `printf '${printed(body)}' | ${curl}`;
}
