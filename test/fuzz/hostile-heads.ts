import { mintToken } from '../../src/infrastructure/http/tokens.js';
import { SECRET, tokenOf } from '../support/credentials.js';
import { HOSTILE_BODIES, type Hostile } from './hostile.js';
import { withHeaders, withoutHeader, writtenOf, type Header, type Request } from './request.js';

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const [HEAD = '', CLAIMS = '', SIGNATURE = ''] = tokenOf('ada', 'booking').split('.');
const minted = (secret: string, ttlMs: number): string =>
  mintToken(secret, { subject: 'ada', scope: 'booking', ttlMs, issuer: null, audience: null });

/** Authorizations that are nobody's. */
export const BAD_AUTHORIZATIONS: readonly (readonly [name: string, value: string])[] = [
  ['nothing', ''],
  ['a scheme alone', 'Bearer'],
  ['another scheme', 'Basic YWRhOmFkYQ=='],
  ['no token', 'Bearer x.y.z'],
  ['a token of 9,000 characters', `Bearer ${'x'.repeat(3_000)}.${'x'.repeat(3_000)}.${'x'.repeat(3_000)}`],
  ['a token in Latin-1', 'Bearer \xe4.\xf6.\xfc'],
  ['alg none', `Bearer ${base64({ alg: 'none', typ: 'JWT' })}.${CLAIMS}.`],
  ['alg none, signed', `Bearer ${base64({ alg: 'none', typ: 'JWT' })}.${CLAIMS}.${SIGNATURE}`],
  ['another alg', `Bearer ${base64({ alg: 'HS512', typ: 'JWT' })}.${CLAIMS}.${SIGNATURE}`],
  ['a key of its own', `Bearer ${base64({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } })}.${CLAIMS}.${SIGNATURE}`],
  ['other claims', `Bearer ${HEAD}.${base64({ sub: 'bob', scope: 'ops', exp: 4e9 })}.${SIGNATURE}`],
  ['another signature', `Bearer ${HEAD}.${CLAIMS}.${'A'.repeat(43)}`],
  ['a token that has run out', `Bearer ${minted(SECRET, -3_600_000)}`],
  ['a token of somebody else', `Bearer ${minted('another secret that is longer than 32 bytes', 3_600_000)}`],
];

const any = (
  name: string,
  expected: readonly number[] | null,
  of: (request: Request) => Request,
  isUnread?: true,
): Hostile => ({ ...{ name, needs: 'nothing', expected }, of, ...(isUnread === undefined ? {} : { isUnread }) });

const header = (name: string, expected: readonly number[] | null, ...headers: readonly Header[]): Hostile =>
  any(name, expected, (request) => ({ ...request, headers: [...request.headers, ...headers] }));

/** Node does not read on behind it. */
const unread = (name: string, expected: readonly number[], of: (request: Request) => Request): Hostile =>
  any(name, expected, (request) => ({ ...of(request), isAlone: true }), true);

const HEADERS: readonly Hostile[] = [
  ...BAD_AUTHORIZATIONS.map(([name, value]): Hostile => ({
    ...{ name: `Authorization: ${name}`, needs: 'token', expected: [401] },
    of: (request) => withHeaders(request, ['Authorization', value]),
  })),
  header('a method in a header', null, ['X-HTTP-Method-Override', 'DELETE'], ['X-Method-Override', 'DELETE']),
  header('an address in a header', null, ['X-Original-URL', '/metrics'], ['X-Rewrite-URL', '/metrics']),
  header('somebody else’s address', null, ['X-Forwarded-For', '127.0.0.1'], ['Forwarded', 'for=127.0.0.1;host=evil']),
  header('a host in a header', null, ['X-Forwarded-Host', 'evil.example']),
  header('an upgrade', null, ['Connection', 'upgrade'], ['Upgrade', 'websocket']),
  header('an upgrade to HTTP/2', null, ['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c']),
  header('a trace that is none', null, ['traceparent', '00-x'], ['tracestate', 'x'.repeat(600)]),
  header('cookies', null, ['Cookie', `a=${'x'.repeat(4_000)}; __proto__=1`]),
  header('a range', null, ['Range', 'bytes=0-0,1-1,-1']),
  header('another origin', null, ['Origin', 'https://evil.example']),
  header('a name that objects have', null, ['__proto__', 'x'], ['constructor', 'x']),
  header('500 headers', null, ...Array.from({ length: 500 }, (_, n): Header => [`a${n}`, 'x'])),
  unread('an id with a line in it', [400], (request) => withHeaders(request, ['X-Request-Id', 'a\x0bb'])),
  any('an id with quotes', null, (request) => withHeaders(request, ['X-Request-Id', 'a "b" {c}'])),
  any('an id of 4,000 characters', null, (request) => withHeaders(request, ['X-Request-Id', 'x'.repeat(4_000)])),
  unread('a header of 20,000 characters', [431], (request) => withHeaders(request, ['X-Long', 'x'.repeat(20_000)])),
  unread('3,000 headers', [431], (request) => ({
    ...request,
    headers: [...request.headers, ...Array.from({ length: 3_000 }, (_, n): Header => [`a${n}`, 'x'])],
  })),
  unread('a NUL in a header', [400], (request) => withHeaders(request, ['X-Odd', 'a\0b'])),
  unread('a bare CR in a header', [400], (request) => withHeaders(request, ['X-Odd', 'a\rX-Other: b'])),
  unread('a blank before the colon', [400], (request) => withHeaders(request, ['X-Odd ', 'a'])),
  unread('a header without a name', [400], (request) => withHeaders(request, ['', 'a'])),
  unread('no host', [400], (request) => withoutHeader(request, 'host')),
  header('an expectation that nobody meets', null, ['Expect', 'miracles']),
  header('a wish to be told to go on', null, ['Expect', '100-continue']),
];

const line = (name: string, made: (request: Request) => string): Hostile =>
  unread(name, [400], (request) => ({ ...request, raw: Buffer.from(made(request), 'latin1'), isCutShort: true }));

const LINES: readonly Hostile[] = [
  line('what is not HTTP', () => 'hello\r\n\r\n'),
  line('a greeting of TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  line('the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  line('HTTP/9.9', (request) => writtenOf({ ...request, version: 'HTTP/9.9' }).toString('latin1')),
  line('a method in small letters', (request) => writtenOf({ ...request, method: 'get' }).toString('latin1')),
  line('a method that there is not', (request) => writtenOf({ ...request, method: 'FOO' }).toString('latin1')),
  line('a blank in the path', (request) => writtenOf({ ...request, target: '/v1/a b' }).toString('latin1')),
  line('Latin-1 in the path', (request) => writtenOf({ ...request, target: '/v1/\xe4' }).toString('latin1')),
  line('a NUL in the path', (request) => writtenOf({ ...request, target: '/v1/\0' }).toString('latin1')),
  line('headers that stop', (request) => writtenOf(request).toString('latin1').slice(0, 40)),
  unread('a path of 20,000 characters', [431], (request) => ({ ...request, target: `/v1/${'x'.repeat(20_000)}` })),
  unread('CONNECT', [400], (request) => ({ ...request, method: 'CONNECT', target: 'evil.example:80', body: null })),
];

const path = (name: string, expected: readonly number[] | null, made: (target: string) => string): Hostile => ({
  ...{ name: `path: ${name}`, needs: 'token', expected },
  of: (request) => ({ ...request, target: made(request.target) }),
});
const method = (name: string, expected: readonly number[]): Hostile => ({
  ...{ name: `method: ${name}`, needs: 'token', expected },
  of: (request) => ({ ...withoutHeader(request, 'content-type'), method: name, body: null }),
});

const PATHS: readonly Hostile[] = [
  path('two slashes', [404], (target) => target.replace('/v1', '//v1')),
  path('slashes everywhere', [404], (target) => target.replaceAll('/', '//')),
  path('a slash behind', [404], (target) => target.replace(/(\?|$)/, '/$1')),
  path('a way up and down', [404], (target) => `/health/..${target}`),
  path('an encoded way up', [404], (target) => `/health/%2e%2e${target}`),
  path('encoded twice', [404], (target) => target.replace('/v1/', '/v1/%252e%252e/')),
  path('capital letters', [404], (target) => target.replace('/v1/', '/V1/')),
  path('a backslash', [404], (target) => target.replace('/v1/', '/v1\\')),
  path('a NUL', [404], (target) => target.replace('/v1/', '/v1%00/')),
  path('half a character', [404], (target) => target.replace('/v1/', '/v1/%ff/')),
  path('a sign of percent alone', [404], (target) => target.replace('/v1/', '/v1/%/')),
  path('9,000 characters', [404], (target) => target.replace('/v1/', `/v1/${'x'.repeat(9_000)}/`)),
  path('encoded letters', null, (target) => target.replace('/v1/', '/%76%31/')),
  path('another host', null, (target) => `http://evil.example${target}`),
  {
    // Its only line has no room for a token.
    ...{ name: 'HTTP/0.9', needs: 'nothing', expected: [401], isUnread: true },
    of: (request) => ({ ...request, isAlone: true, raw: Buffer.from('GET /v1/bookings\r\n\r\n', 'latin1') }),
  },
  method('OPTIONS', [405]),
  method('TRACE', [405]),
  method('PROPFIND', [405]),
];

/** All there are; the next request after each of them works. */
export const HOSTILE: readonly Hostile[] = [...HOSTILE_BODIES, ...HEADERS, ...LINES, ...PATHS];
