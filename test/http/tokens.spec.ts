import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { createSigner } from 'fast-jwt';
import { registerToken } from '../../src/cli/token.js';
import type { AuthConfig } from '../../src/infrastructure/auth-config.js';
import { Authenticator } from '../../src/infrastructure/http/auth.js';
import { HttpProblem } from '../../src/infrastructure/http/problems.js';
import { HS256, SECRET, tokenOf } from '../support/credentials.js';

const hourFromNow = (): number => Math.floor(Date.now() / 1_000) + 3_600;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token put together by hand, as an attacker would. */
function forged(header: object, claims: object, key: string | KeyObject = SECRET): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

async function outcome(auth: AuthConfig | Authenticator, authorization: string | undefined): Promise<string> {
  const authenticator = auth instanceof Authenticator ? auth : new Authenticator(auth);
  try {
    return (await authenticator.callerOf(authorization)).userId;
  } catch (error) {
    if (error instanceof HttpProblem) return error.code;
    throw error;
  }
}

describe('a token', () => {
  const good = { sub: 'ada', scope: 'booking', exp: hourFromNow() };
  const header = { alg: 'HS256', typ: 'JWT' };

  it.each<[string, string | undefined]>([
    ['that is absent', undefined],
    ['of another scheme', `Basic ${tokenOf('ada')}`],
    ['that is no token', 'Bearer x'],
    ['with too many parts', `Bearer ${tokenOf('ada')}.x`],
    ['that is endless', `Bearer ${'a'.repeat(9_000)}.a.a`],
    ['without a signature', `Bearer ${part(header)}.${part(good)}.`],
    ['with algorithm none', `Bearer ${part({ alg: 'none' })}.${part(good)}.`],
    ['with algorithm None and a signature', `Bearer ${forged({ alg: 'None' }, good)}`],
    ['with algorithm HS512', `Bearer ${forged({ alg: 'HS512' }, good)}`],
    ['signed with another secret', `Bearer ${forged(header, good, 'another secret that is longer than 32 bytes')}`],
    ['that was changed', `Bearer ${tokenOf('ada').replace(/\.[^.]+\./, `.${part({ ...good, sub: 'eve' })}.`)}`],
    ['that has expired', `Bearer ${forged(header, { ...good, exp: hourFromNow() - 3_601 })}`],
    ['that is not good yet', `Bearer ${forged(header, { ...good, nbf: hourFromNow() })}`],
    ['without exp', `Bearer ${forged(header, { sub: 'ada', scope: 'booking' })}`],
    ['with exp in words', `Bearer ${forged(header, { ...good, exp: String(good.exp) })}`],
    ['with exp null', `Bearer ${forged(header, { ...good, exp: null })}`],
    ['without sub', `Bearer ${forged(header, { scope: 'booking', exp: good.exp })}`],
    ['with a number as sub', `Bearer ${forged(header, { ...good, sub: 1 })}`],
    ['with an empty sub', `Bearer ${forged(header, { ...good, sub: '' })}`],
    ['that brings its key', `Bearer ${forged({ ...header, jwk: { kty: 'oct', k: 'eA' } }, good)}`],
    ['that says where its key is', `Bearer ${forged({ ...header, jku: 'https://evil.example' }, good)}`],
    ['that says where its certificate is', `Bearer ${forged({ ...header, x5u: 'https://evil.example' }, good)}`],
    ['with a critical header', `Bearer ${forged({ ...header, crit: ['b64'], b64: false }, good)}`],
  ])('%s is refused', async (_, authorization) => {
    expect(await outcome(HS256, authorization)).toBe('unauthenticated');
  });

  it.each([
    ['ada', 'ada'],
    ['auth0|5f7c:a-b_c.d', 'auth0|5f7c:a-b_c.d'],
    ['ada@b.example', 'user-id-not-opaque'],
    ['a b', 'user-id-not-opaque'],
    ['x'.repeat(129), 'user-id-not-opaque'],
    ['system:settle', 'forbidden'],
  ])('of %.30s means %.30s', async (sub, expected) => {
    expect(await outcome(HS256, `bearer ${forged(header, { ...good, sub })}`)).toBe(expected);
  });

  it('with any subject is good where user ids are made from it', async () => {
    const auth: AuthConfig = { ...HS256, userId: { kind: 'hmac', secret: 'k'.repeat(32) } };
    const expected = createHmac('sha256', 'k'.repeat(32)).update('ada@b.example').digest('base64url');
    expect(await outcome(auth, `Bearer ${forged(header, { ...good, sub: 'ada@b.example' })}`)).toBe(expected);
  });

  it('must be from the issuer and for us, when that is set', async () => {
    const auth: AuthConfig = { ...HS256, issuer: 'https://id.example', audience: 'holdfast' };
    const from = (claims: object) => outcome(auth, `Bearer ${forged(header, { ...good, ...claims })}`);
    expect(await from({ iss: 'https://id.example', aud: 'holdfast' })).toBe('ada');
    expect(await from({ iss: 'https://id.example', aud: ['other', 'holdfast'] })).toBe('ada');
    for (const claims of [
      ...[{}, { iss: 'https://id.example' }, { aud: 'holdfast' }, { iss: 'https://id.example/', aud: 'holdfast' }],
      ...[
        { iss: ['https://id.example'], aud: 'holdfast' },
        { iss: 'https://id.example', aud: 'holdfast2' },
      ],
    ])
      expect([claims, await from(claims)]).toEqual([claims, 'unauthenticated']);
  });
});

describe('keys of an issuer', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  let keys: object[] = [];
  let status = 200;
  let fetches = 0;
  let server: Server;
  let auth: AuthConfig;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(status, { location: '/elsewhere' }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    auth = { ...HS256, key: { kind: 'jwks', url } };
    keys = [
      { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig' },
      { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256' },
      { ...ed.publicKey.export({ format: 'jwk' }), kid: 'ed' },
      { kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), kid: 'shared' },
      { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'for-encryption', use: 'enc' },
      { kty: 'broken', kid: 'broken' },
    ];
  });
  afterAll(() => server.close());

  const signed = (
    algorithm: 'RS256' | 'ES256' | 'EdDSA' | 'PS256',
    { privateKey }: { privateKey: KeyObject },
    kid?: string,
  ): string => {
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const sign = createSigner({ key, algorithm, expiresIn: 60_000, ...(kid === undefined ? {} : { kid }) });
    return `Bearer ${sign({ sub: 'ada', scope: 'booking' })}`;
  };

  it('are found by their id, each with its own algorithm', async () => {
    const authenticator = new Authenticator(auth);
    expect(await outcome(authenticator, signed('RS256', rsa, 'rsa'))).toBe('ada');
    expect(await outcome(authenticator, signed('ES256', ec, 'ec'))).toBe('ada');
    expect(await outcome(authenticator, signed('EdDSA', ed, 'ed'))).toBe('ada');
    const pem = createPublicKey(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
      type: 'spki',
      format: 'pem',
    });
    const claims = { sub: 'ada', exp: hourFromNow() };
    for (const bad of [
      ...[
        signed('RS256', rsa, 'ec'),
        signed('RS256', rsa),
        signed('PS256', rsa, 'rsa'),
        signed('RS256', rsa, 'for-encryption'),
      ],
      `Bearer ${forged({ alg: 'HS256', kid: 'rsa' }, claims, pem.toString())}`,
      `Bearer ${forged({ alg: 'HS256', kid: 'shared' }, claims)}`,
      `Bearer ${forged({ alg: 'HS256', kid: '../../dev/null' }, claims, '')}`,
      `Bearer ${forged({ alg: 'HS256', kid: { rsa: 1 } }, claims)}`,
      ...['__proto__', 'constructor'].map((kid) => `Bearer ${forged({ alg: 'RS256', kid }, claims)}`),
    ])
      expect([bad, await outcome(authenticator, bad)]).toEqual([bad, 'unauthenticated']);
  });

  it('are fetched once, whoever asks and however often with unknown ids', async () => {
    fetches = 0;
    const authenticator = new Authenticator(auth);
    await Promise.all(Array.from({ length: 20 }, () => outcome(authenticator, signed('RS256', rsa, 'rsa'))));
    for (let guess = 0; guess < 20; guess += 1) await outcome(authenticator, signed('RS256', rsa, `guess-${guess}`));
    expect(fetches).toBe(1);
  });

  it.each([500, 302])('that cannot be had (%i) are a fault of ours, not of the token', async (answer) => {
    status = answer;
    await expect(outcome(auth, signed('RS256', rsa, 'rsa'))).rejects.toMatchObject({ code: 'store-unavailable' });
    status = 200;
  });
});

describe('holdfast token', () => {
  it('prints a token that the service takes', async () => {
    const printed: string[] = [];
    const write = process.stdout.write.bind(process.stdout);
    const { AUTH_HS256_SECRET: before } = process.env;
    process.env['AUTH_HS256_SECRET'] = SECRET;
    process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
    try {
      const program = new Command().exitOverride();
      registerToken(program);
      await program.parseAsync(['token', 'ada', '--scope', 'booking event:manage', '--ttl', '5m'], { from: 'user' });
    } finally {
      process.stdout.write = write;
      if (before === undefined) delete process.env['AUTH_HS256_SECRET'];
      else process.env['AUTH_HS256_SECRET'] = before;
    }
    expect(await new Authenticator(HS256).callerOf(`Bearer ${printed.join('').trim()}`)).toEqual({
      userId: 'ada',
      scopes: new Set(['booking', 'event:manage']),
      until: expect.any(Number),
    });
  });
});
