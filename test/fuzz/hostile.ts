import { withHeaders, withoutHeader, writtenOf, type Header, type Request } from './request.js';

/** Something that no well-meaning client sends, and what it is answered. */
export interface Hostile {
  readonly name: string;
  /** What it needs of the request that it is made of: a JSON body, or a route that asks for a token. */
  readonly needs: 'body' | 'token' | 'nothing';
  /** Null: as ever, as if nothing were odd about it. */
  readonly expected: readonly number[] | null;
  /** It is refused before anybody knows what is asked for, or by whom. */
  readonly isUnread?: true;
  /** `n` is another number for every request. */
  of(request: Request, n: number): Request;
}

const CUT = Buffer.from('{"seats":1');
const LIMIT = 65_536;

type Body = (body: Buffer) => Buffer | string;

const withBody =
  (made: Body) =>
  (request: Request): Request => {
    const body = made(request.body ?? Buffer.from('{}'));
    return { ...request, body: typeof body === 'string' ? Buffer.from(body) : body };
  };

const body = (name: string, made: string | Buffer | Body, expected: readonly number[] | null = [400]): Hostile => ({
  ...{ name, needs: 'body', expected },
  of: withBody(typeof made === 'function' ? made : () => made),
});

const deep = (open: string, close: string): string => `{"x":${open.repeat(10_000)}1${close.repeat(10_000)}}`;

const BODIES: readonly Hostile[] = [
  body('arrays 10,000 deep', deep('[', ']')),
  body('objects 10,000 deep', deep('{"x":', '}')),
  body('__proto__', '{"__proto__":{"scopes":["ops"]}}'),
  body('constructor', '{"constructor":{"prototype":{"seats":1}}}'),
  body('a hidden __proto__', '{"\\u005f_proto__":{"seats":1}}'),
  body('the same key twice', '{"seats":1,"seats":2}'),
  body('the same key twice, once escaped', '{"seats":1,"\\u0073eats":2}'),
  body('a whole number above 2^53', '{"seats":9007199254740993}'),
  body('a whole number below -2^53', '{"seats":-9007199254740993}'),
  body('a number beyond all', '{"seats":1e400}'),
  body('\\u0000', '{"reference":"a\\u0000b"}'),
  body('a NUL', '{"reference":"a\0b"}'),
  body('\\u0000 in a key', '{"a\\u0000":1}'),
  body('a high surrogate alone', '{"reference":"\\ud800"}'),
  body('a low surrogate alone', '{"reference":"\\udc00x"}'),
  body('surrogates the wrong way round', '{"reference":"\\udc00\\ud800"}'),
  body('bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  body('an overlong NUL', Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d])),
  body('a character cut in half', Buffer.from([0x7b, 0x22, 0xe2, 0x82, 0x22, 0x3a, 0x31, 0x7d])),
  body('a byte order mark', '\ufeff{}'),
  body('UTF-16', Buffer.from('{"seats":1}', 'utf16le')),
  body('an array', '[{"seats":1}]'),
  body('a number', '1'),
  body('a string', '"seats"'),
  body('null', 'null'),
  body('blanks', '  \n'),
  body('half of it', CUT),
  body('a comma too many', '{"seats":1,}'),
  body('a comment', '{"seats":1/* one */}'),
  body('single quotes', "{'seats':1}"),
  body('NaN', '{"seats":NaN}'),
  body('two documents', '{}{}'),
  body('one byte too many', (sent) => padded(sent, LIMIT + 1), [413]),
  body('a MiB', (sent) => padded(sent, 1_048_576), [413]),
  body('as many bytes as there may be', (sent) => padded(sent, LIMIT), null),
];

const padded = (sent: Buffer, length: number): Buffer => Buffer.concat([sent, Buffer.alloc(length - sent.length, ' ')]);

const typed = (type: string, expected: readonly number[] | null = [415]): Hostile => ({
  ...{ name: `Content-Type ${type}`, needs: 'body', expected },
  of: (request) => withHeaders(request, ['Content-Type', type]),
});
const coded = (coding: string): Hostile => ({
  ...{ name: `Content-Encoding ${coding}`, needs: 'body', expected: [415] },
  of: (request) => withHeaders(request, ['Content-Encoding', coding]),
});

const TYPES: readonly Hostile[] = [
  ...['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'].map(
    (type) => typed(type),
  ),
  ...['application/json-patch+json', 'application/jsonp', '???', 'application/*', 'a'.repeat(500)].map((type) =>
    typed(type),
  ),
  typed('APPLICATION/JSON; charset=UTF-8', null),
  {
    ...{ name: 'no Content-Type', needs: 'body', expected: [415] },
    of: (request) => withoutHeader(request, 'content-type'),
  },
  ...['gzip', 'br', 'deflate', 'gzip, identity', 'x'].map(coded),
];

/** What a proxy and we might read in two ways: where does the body end? Behind it waits a booking of the caller's. */
const framed = (name: string, made: (hidden: string) => { headers: readonly Header[]; body: string }): Hostile => ({
  ...{ name, needs: 'body', expected: [400], isUnread: true },
  of: (request, n) => {
    const { headers, body: text } = made(hiddenBehind(request, n));
    return { ...withHeaders(request, ...headers), body: Buffer.from(text, 'latin1'), isAlone: true, isCutShort: true };
  },
});

/** Whoever carries it out writes down a request id that nobody sent. */
function hiddenBehind(request: Request, n: number): string {
  const hidden = withHeaders({ ...request, body: null }, ['X-Request-Id', `smuggled-${n}`]);
  return writtenOf(withHeaders(hidden, ['Content-Length', '0'])).toString('latin1');
}

const FRAMES: readonly Hostile[] = [
  framed('a length and chunks', (hidden) => ({
    headers: [
      ['Content-Length', '5'],
      ['Transfer-Encoding', 'chunked'],
    ],
    body: `0\r\n\r\n${hidden}`,
  })),
  framed('chunks and a length', (hidden) => ({
    headers: [
      ['Transfer-Encoding', 'chunked'],
      ['Content-Length', String(hidden.length + 5)],
    ],
    body: `0\r\n\r\n${hidden}`,
  })),
  framed('two lengths', (hidden) => ({ headers: [['Content-Length', '2, 200']], body: `{}${hidden}` })),
  framed('a length with a sign', (hidden) => ({ headers: [['Content-Length', '+2']], body: `{}${hidden}` })),
  framed('a length below zero', (hidden) => ({ headers: [['Content-Length', '-2']], body: `{}${hidden}` })),
  framed('a length beyond all', (hidden) => ({ headers: [['Content-Length', '9'.repeat(30)]], body: `{}${hidden}` })),
  framed('a chunk of no size', (hidden) => ({ headers: [['Transfer-Encoding', 'chunked']], body: `zz\r\n${hidden}` })),
  framed('a chunk longer than its size', (hidden) => ({
    headers: [['Transfer-Encoding', 'chunked']],
    body: `2\r\n{}x\r\n0\r\n\r\n${hidden}`,
  })),
  framed('an unknown transfer coding', (hidden) => ({ headers: [['Transfer-Encoding', 'xchunked']], body: hidden })),
  framed('chunked twice', (hidden) => ({
    headers: [['Transfer-Encoding', 'chunked, chunked']],
    body: `2\r\n{}\r\n0\r\n\r\n${hidden}`,
  })),
  framed('less than was said', () => ({ headers: [['Content-Length', '500']], body: '{"seats":1' })),
  framed('chunks that never end', () => ({ headers: [['Transfer-Encoding', 'chunked']], body: '5\r\n{"sea\r\n' })),
  {
    ...{ name: 'chunks that grow too large', needs: 'body', expected: [413] },
    of: (request) => ({
      ...withHeaders(request, ['Transfer-Encoding', 'chunked']),
      body: Buffer.from(`${(LIMIT + 1).toString(16)}\r\n{}${' '.repeat(LIMIT - 1)}\r\n0\r\n\r\n`),
      isAlone: true,
    }),
  },
  {
    ...{ name: 'chunks', needs: 'body', expected: null },
    of: (request) => {
      const sent = request.body ?? Buffer.from('{}');
      const chunks = [`${sent.length.toString(16)};x=y\r\n`, sent.toString('latin1'), '\r\n0\r\nTrailer: x\r\n\r\n'];
      return {
        ...withHeaders(request, ['Transfer-Encoding', 'chunked']),
        body: Buffer.from(chunks.join(''), 'latin1'),
      };
    },
  },
];

/** Everything that is sent with a body. */
export const HOSTILE_BODIES: readonly Hostile[] = [...BODIES, ...TYPES, ...FRAMES];

/** What is hidden in that request, if it hides one. */
export const smuggledIn = (request: Request): string | null =>
  /smuggled-\d+/.exec((request.raw ?? request.body ?? Buffer.alloc(0)).toString('latin1'))?.[0] ?? null;
