import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuthConfig } from '../../src/infrastructure/auth-config.js';
import { Authenticator } from '../../src/infrastructure/http/auth.js';
import { KeySet } from '../../src/infrastructure/http/key-set.js';
import { HttpProblem, problemOfError } from '../../src/infrastructure/http/problems.js';
import { HS256, SECRET } from '../support/credentials.js';

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;
const base64 = (part: object | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const hmac = (input: string, key: string | Buffer): string =>
  createHmac('sha256', key).update(input).digest('base64url');

/** Header and claims are objects or the very text. */
function hs256(header: object | string, claims: object | string, key: string | Buffer = SECRET): string {
  const input = `${base64(header)}.${base64(claims)}`;
  return `${input}.${hmac(input, key)}`;
}

/** Everything that whoever sent the token sees of it; "let in" when it was. */
async function seen(authenticator: Authenticator, token: string): Promise<unknown> {
  try {
    await authenticator.callerOf(`Bearer ${token}`);
    return 'let in';
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return problemOfError(error);
  }
}

const REFUSED = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="holdfast", error="invalid_token"' },
  body: {
    type: '/problems/unauthenticated',
    title: 'Unauthenticated',
    status: 401,
    code: 'unauthenticated',
    detail: 'A valid bearer token is needed.',
  },
};

describe('with a shared secret', () => {
  const auth: AuthConfig = { ...HS256, issuer: 'https://id.example', audience: 'holdfast' };
  const authenticator = new Authenticator(auth);
  const header = { alg: 'HS256', typ: 'JWT' };
  const good = { sub: 'ada', scope: 'booking', iss: 'https://id.example', aud: 'holdfast', exp: inSeconds(600) };
  const text = JSON.stringify(good).slice(1, -1);
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([each]) => each !== name));

  it.each<[string, string]>([
    ['as it should be', hs256(header, good)],
    ['for several audiences', hs256(header, { ...good, aud: ['other', 'holdfast'] })],
    ['without a type', hs256({ alg: 'HS256' }, good)],
    ['with a key id that nobody asks for', hs256({ ...header, kid: '../../etc/passwd' }, good)],
    ['that becomes good at this moment', hs256(header, { ...good, nbf: inSeconds(0) })],
    ['with a fraction of a second', hs256(header, { ...good, exp: good.exp + 0.5 })],
  ])('a token %s is taken', async (_, token) => {
    expect(await seen(authenticator, token)).toBe('let in');
  });

  const canonical = hs256(header, good);
  const last = canonical.at(-1)!;
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  // Of the last letter of 32 bytes two bits mean nothing, and a lenient reader takes four letters for one.
  const alike = ALPHABET[ALPHABET.indexOf(last) ^ 1]!;

  it.each<[string, string]>([
    ...['none', 'None', 'NONE', 'nOnE'].map(
      (alg) => [`algorithm ${alg}, unsigned`, `${base64({ alg })}.${base64(good)}.`] as [string, string],
    ),
    ...['none', 'None', 'hs256', 'HS384', 'HS512', 'RS256', 'ES256', '', 'HS256 '].map(
      (alg) => [`algorithm "${alg}", signed`, hs256({ alg }, good)] as [string, string],
    ),
    ['no algorithm', hs256({ typ: 'JWT' }, good)],
    ['algorithms', hs256({ alg: ['HS256'] }, good)],
    ['an empty secret', hs256(header, good, '')],
    ['another secret', hs256(header, good, `${SECRET}.`)],
    ...['jwk', 'jku', 'x5u', 'x5c'].map(
      (name) => [`header ${name}`, hs256({ ...header, [name]: 'https://evil.example' }, good)] as [string, string],
    ),
    ['an embedded key, signed with it', hs256({ ...header, jwk: { kty: 'oct', k: 'AAAA' } }, good, Buffer.alloc(3))],
    ...[['b64'], ['exp'], ['unheard-of'], [], 'b64', null, false].map(
      (crit) =>
        [`header crit ${JSON.stringify(crit)}`, hs256({ ...header, crit, b64: true }, good)] as [string, string],
    ),
    ['a header twice', hs256('{"alg":"HS256","alg":"HS256"}', good)],
    ['a header that is none', hs256('[]', good)],
    ['a key id that is none', hs256({ ...header, jku: { kid: 1 } }, good)],
    ...['exp', 'sub', 'iss', 'aud'].map((name) => [`no ${name}`, hs256(header, without(name))] as [string, string]),
    ...['600', null, true, [], {}, -1, 0, 1, 1e300, 2 ** 53, 253_402_300_800, '1e999'].map(
      (exp) => [`exp ${JSON.stringify(exp)}`, hs256(header, { ...good, exp })] as [string, string],
    ),
    ['exp beyond all numbers', hs256(header, `{${text},"exp":1e999}`)],
    ['exp a moment ago', hs256(header, { ...good, exp: Date.now() / 1_000 - 0.01 })],
    ...[inSeconds(60), 1e300, '0', null].map(
      (nbf) => [`nbf ${JSON.stringify(nbf)}`, hs256(header, { ...good, nbf })] as [string, string],
    ),
    ...['other', 'HOLDFAST', 'holdfast ', '', ['other'], [], [['holdfast']], ['holdfast', 1], null, {}].map(
      (aud) => [`aud ${JSON.stringify(aud)}`, hs256(header, { ...good, aud })] as [string, string],
    ),
    ...['https://id.example/', 'http://id.example', ['https://id.example'], '', null].map(
      (iss) => [`iss ${JSON.stringify(iss)}`, hs256(header, { ...good, iss })] as [string, string],
    ),
    ...[1, true, null, '', [], ['ada'], {}, 'x'.repeat(1_025)].map(
      (sub) => [`sub ${JSON.stringify(sub).slice(0, 20)}`, hs256(header, { ...good, sub })] as [string, string],
    ),
    ...[['booking'], { booking: true }, 1, null].map(
      (scope) => [`scope ${JSON.stringify(scope)}`, hs256(header, { ...good, scope })] as [string, string],
    ),
    ['sub twice', hs256(header, `{${text},"sub":"eve"}`)],
    ['scope twice, once escaped', hs256(header, `{${text},"sc\\u006fpe":"booking:any"}`)],
    ['exp twice', hs256(header, `{"exp":1,${text}}`)],
    ['a claim named __proto__', hs256(header, `{${text},"__proto__":{"scope":"ops"}}`)],
    ['claims that are none', hs256(header, '"ada"')],
    ['claims and more', hs256(header, `{${text}} {}`)],
    ['claims 10,000 deep', hs256(header, `{${text},"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`)],
    ...['.', '.x', 'A', '=', ' x', '%00', `.${canonical.split('.')[2]}`].map(
      (more) => [`"${more.slice(0, 5)}" behind it`, canonical + more] as [string, string],
    ),
    ['another letter that means the same', canonical.slice(0, -1) + alike],
    ['its signature cut', canonical.slice(0, -4)],
    ['four parts', canonical.replace('.', '..')],
    ['9,000 letters', hs256(header, { ...good, more: 'x'.repeat(9_000) })],
  ])('a token with %s is refused like any other', async (_, token) => {
    expect(await seen(authenticator, token)).toEqual(REFUSED);
  });

  it('is looked at when the request arrives: what expires while it runs is still answered', async () => {
    const short = hs256(header, { ...good, exp: Math.floor(Date.now() / 1_000) + 600 });
    const caller = await authenticator.callerOf(`Bearer ${short}`);
    expect(caller.userId).toBe('ada');
    const now = Date.now;
    Date.now = () => now() + 600_000;
    try {
      expect(await seen(authenticator, short)).toEqual(REFUSED);
    } finally {
      Date.now = now;
    }
  });
});

describe('with the keys of an issuer', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  const evil = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwkOf = ({ publicKey }: { publicKey: KeyObject }, kid: string) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid,
  });
  const all = [jwkOf(rsa, 'rsa'), jwkOf(ec, 'ec'), jwkOf(ed, 'ed')];
  let keys: object[] = all;
  let fetches = 0;
  let held: Promise<void> = Promise.resolve();
  let isDown = false;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      fetches += 1;
      void held.then(() => response.writeHead(isDown ? 503 : 200).end(JSON.stringify({ keys })));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    [keys, fetches, held, isDown] = [all, 0, Promise.resolve(), false];
  });

  const claims = { sub: 'ada', scope: 'booking', exp: inSeconds(600) };
  function signed(alg: string, kid: unknown, privateKey: KeyObject, more: object = {}): string {
    const input = `${base64({ alg, kid, ...more })}.${base64(claims)}`;
    const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    const bytes = sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${bytes.toString('base64url')}`;
  }
  const pems = [rsa, ec, ed].flatMap(({ publicKey }) =>
    (['pem', 'der'] as const).map((format) => publicKey.export({ type: 'spki', format: format as 'pem' })),
  );

  it('takes each key for its own algorithm and nothing else', async () => {
    const authenticator = new Authenticator({ ...HS256, key: { kind: 'jwks', url } });
    const pairs = [
      ['RS256', 'rsa', rsa],
      ['ES256', 'ec', ec],
      ['EdDSA', 'ed', ed],
    ] as const;
    for (const [alg, kid, { privateKey }] of pairs)
      expect([kid, await seen(authenticator, signed(alg, kid, privateKey))]).toEqual([kid, 'let in']);
    const confused = pairs.flatMap(([alg, , { privateKey }], index) => [
      ...pairs.flatMap(([other, kid], at) =>
        at === index ? [] : [signed(alg, kid, privateKey), signed(other, kid, privateKey)],
      ),
      ...['none', 'HS256', 'PS256', 'ES384', 'RS512', 'Ed448'].map((wrong) =>
        signed(wrong, pairs[index]![1], privateKey),
      ),
    ]);
    const withPublicKeys = pems.flatMap((pem) =>
      ['rsa', 'ec', 'ed'].map((kid) => hs256({ alg: 'HS256', kid }, claims, pem as Buffer)),
    );
    const kids: unknown[] = [
      ...['../../../../dev/null', '/dev/null', "rsa' OR '1'='1", "x' UNION SELECT 'k' --", 'rsa\0', 'RSA', ' rsa', ''],
      ...['k'.repeat(3_000), '__proto__', 'constructor', 'toString', 0, 1, true, {}, ['rsa'], { toString: 'rsa' }],
    ];
    const strange = kids.flatMap((kid) => [
      signed('RS256', kid, rsa.privateKey),
      hs256({ alg: 'HS256', kid }, claims, ''),
    ]);
    const brought = ['jwk', 'jku', 'x5u', 'x5c'].flatMap((name) => [
      signed('ES256', 'ec', evil.privateKey, { [name]: jwkOf(evil, 'ec') }),
      signed('ES256', 'ec', ec.privateKey, { [name]: jwkOf(ec, 'ec') }),
    ]);
    // The last letter of these signatures has four bits to spare.
    const respelt = pairs.map(([alg, kid, { privateKey }]) => {
      const token = signed(alg, kid, privateKey);
      return token.slice(0, -1) + { A: 'B', Q: 'R', g: 'h', w: 'x' }[token.at(-1)!]!;
    });
    for (const token of [
      ...confused,
      ...withPublicKeys,
      ...strange,
      ...brought,
      signed('ES256', 'ec', evil.privateKey),
      ...respelt,
    ])
      expect([token, await seen(authenticator, token)]).toEqual([token, REFUSED]);
    expect(fetches).toBe(1);
  });

  it('asks again for a key that is new, and no more for one that is gone', async () => {
    let now = 0;
    const set = new KeySet(
      url,
      (pem) => () => ({ header: {}, payload: { pem } }),
      () => now,
    );
    expect(await set.verifierFor('ec')).not.toBeNull();
    keys = [jwkOf(evil, 'new')];
    now += 10_001;
    expect(await set.verifierFor('new')).not.toBeNull();
    expect(await set.verifierFor('ec')).toBeNull();
    expect(fetches).toBe(2);
  });

  it('is not kept from good tokens, nor made to ask more, by a thousand ids that nobody knows', async () => {
    const authenticator = new Authenticator({ ...HS256, key: { kind: 'jwks', url } });
    const good = signed('EdDSA', 'ed', ed.privateKey);
    expect(await seen(authenticator, good)).toBe('let in');
    const guesses = Array.from({ length: 1_000 }, (_, index) => hs256({ alg: 'RS256', kid: `guess-${index}` }, claims));
    for (const answer of await Promise.all(guesses.map((token) => seen(authenticator, token))))
      expect(answer).toEqual(REFUSED);
    expect(fetches).toBe(1);
  });

  it('lets known keys pass while it waits for an answer about an unknown one', async () => {
    let now = 0;
    const set = new KeySet(
      url,
      () => () => ({ header: {}, payload: {} }),
      () => now,
    );
    await set.verifierFor('ec');
    let letGo: () => void = () => undefined;
    held = new Promise((resolve) => (letGo = resolve));
    now += 10_001;
    const unknown = Promise.all(Array.from({ length: 50 }, (_, index) => set.verifierFor(`guess-${index}`)));
    expect(await set.verifierFor('ec')).not.toBeNull();
    letGo();
    expect(await unknown).toEqual(Array.from({ length: 50 }, () => null));
    expect(fetches).toBe(2);
  });

  it('trusts what it has for a day when the issuer is away, and is back soon after the issuer', async () => {
    let now = 0;
    const set = new KeySet(
      url,
      () => () => ({ header: {}, payload: {} }),
      () => now,
    );
    await set.verifierFor('ec');
    isDown = true;
    now += 86_000_000;
    expect(await set.verifierFor('ec')).not.toBeNull();
    now += 500_000;
    await expect(set.verifierFor('ec')).rejects.toMatchObject({ code: 'store-unavailable' });
    isDown = false;
    now += 1_001;
    expect(await set.verifierFor('ec')).not.toBeNull();
  });
});
