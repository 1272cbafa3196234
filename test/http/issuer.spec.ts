import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSigner } from 'fast-jwt';
import { FrontDoor, type Response } from '../support/front-door.js';
import { HS256 } from '../support/credentials.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const KEY = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' };
const CLIENT = 'control-room';

/** An issuer with one user, who always says yes. Keeps to PKCE as RFC 7636 has it. */
class FakeIssuer {
  readonly codes = new Map<string, { challenge: string; redirect: string; nonce: string }>();
  isAway = false;
  url = '';
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** What the issuer does with somebody who was sent there: the address that they are sent back to. */
  consent(location: string): URL {
    const asked = new URL(location).searchParams;
    const code = `code-${this.codes.size}`;
    const [challenge, redirect, nonce] = [
      asked.get('code_challenge')!,
      asked.get('redirect_uri')!,
      asked.get('nonce')!,
    ];
    this.codes.set(code, { challenge, redirect, nonce });
    const back = new URL(redirect);
    back.search = new URLSearchParams({ code, state: asked.get('state')! }).toString();
    return back;
  }

  sign(claims: object): string {
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    return createSigner({ key, algorithm: 'RS256', kid: 'one', iss: this.url, expiresIn: 3_600_000 })({ ...claims });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (body: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (this.isAway) return void response.destroy();
    if (request.url === '/keys') return void send({ keys: [KEY] });
    if (request.url === '/token') return void (await this.token(request, send));
    const { url } = this;
    send({
      ...{
        issuer: url,
        jwks_uri: `${url}/keys`,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
      },
      ...{ response_types_supported: ['code'], code_challenge_methods_supported: ['S256'] },
      ...{ subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'] },
    });
  }

  private async token(request: IncomingMessage, send: (body: object, status?: number) => void): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const form = new URLSearchParams(text);
    const given = this.codes.get(form.get('code') ?? '');
    this.codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (given?.challenge !== challenge || given.redirect !== form.get('redirect_uri'))
      return send({ error: 'invalid_grant' }, 400);
    const access_token = this.sign({ sub: 'ada', scope: 'booking audit:read', aud: 'holdfast' });
    const id_token = this.sign({ sub: 'ada', aud: CLIENT, nonce: given.nonce });
    send({ access_token, id_token, token_type: 'Bearer', expires_in: 3_600 });
  }
}

const issuer = new FakeIssuer();
let door: FrontDoor;
beforeAll(async () => {
  await issuer.open();
  const { url } = issuer;
  door = await FrontDoor.open({
    auth: { ...HS256, key: { kind: 'jwks', url: `${url}/keys` }, issuer: url, audience: 'holdfast' },
    signIn: { issuer: url, clientId: CLIENT, clientSecret: null, scope: 'openid audit:read', audience: 'holdfast' },
  });
});
afterAll(async () => {
  await door.close();
  issuer.close();
});

const HOST = '127.0.0.1:3000';
const visit = (url: string, cookie = ''): Promise<Response> =>
  door.ask('GET', url, null, undefined, { host: HOST, ...(cookie === '' ? {} : { cookie }) });

const cookies = (response: Response): string[] =>
  [response.headers['set-cookie'] ?? []].flat().map((each) => String(each).split(';')[0]!);

async function sent(next = '/control-room/events') {
  const response = await visit(`/control-room/issuer?next=${encodeURIComponent(next)}`);
  const location = String(response.headers['location']);
  return { response, location, flow: cookies(response)[0]!, back: issuer.consent(location) };
}

const pathOf = ({ pathname, search }: URL): string => pathname + search;

describe('signing in at the issuer', () => {
  it('is offered where there is one', async () => {
    expect((await visit('/control-room')).body).toContain('Sign in at your issuer');
    const without = await FrontDoor.open();
    expect((await without.ask('GET', '/control-room', null)).body).not.toContain('your issuer');
    expect((await without.ask('GET', '/control-room/issuer', null)).statusCode).toBe(404);
    await without.close();
  });

  it('asks for a code with PKCE, and keeps the verifier out of every address', async () => {
    const { response, location, flow } = await sent();
    expect(response.statusCode).toBe(303);
    const asked = Object.fromEntries(new URL(location).searchParams);
    expect(asked).toMatchObject({
      ...{ response_type: 'code', client_id: CLIENT, code_challenge_method: 'S256', audience: 'holdfast' },
      ...{ scope: 'openid audit:read', redirect_uri: `http://${HOST}/control-room/issuer/back` },
    });
    const { verifier } = JSON.parse(Buffer.from(flow.split('=')[1]!, 'base64url').toString()) as { verifier: string };
    expect(location).not.toContain(verifier);
    expect(String(response.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Lax; Max-Age=600$/);
  });

  it.each(['two words', 'a/b', 'ada@here', '[::1', 'here:99999', '1.2.3.4.5'])(
    'is refused to whoever says to have asked the host %j',
    async (host) => {
      const { statusCode, headers } = await door.ask('GET', '/control-room/issuer', null, undefined, { host });
      expect([statusCode, headers['location']]).toEqual([400, undefined]);
    },
  );

  it('ends with the token in the cookie, on the page that was asked for', async () => {
    const { flow, back } = await sent('/control-room/events?available=true');
    const done = await visit(pathOf(back), flow);
    expect(done.statusCode).toBe(200);
    const [gone, kept] = cookies(done);
    expect(gone).toBe('holdfast-flow=');
    const [, next] = /content="0;url=([^"]+)"/.exec(done.body)!;
    const led = await visit(next!.replaceAll('&amp;', '&'), kept);
    expect(led.headers['location']).toBe('/control-room/events?available=true');
    expect((await visit('/v1/bookings', kept)).statusCode).toBe(200);
  });

  type Change = (back: URL, flow: string) => string;
  const CHANGES: readonly (readonly [string, Change])[] = [
    ['without the cookie of the beginning', () => ''],
    ['with what is no cookie of ours', () => 'holdfast-flow=e30'],
    ['with another state', ({ searchParams }, flow) => (searchParams.set('state', 'x'), flow)],
    ['with a code of nobody’s', ({ searchParams }, flow) => (searchParams.set('code', 'x'), flow)],
    ['with a no', ({ searchParams }, flow) => (searchParams.set('error', 'access_denied'), flow)],
  ];
  it.each(CHANGES)('a way back %s leads nowhere', async (_, change) => {
    const { flow, back } = await sent();
    const cookie = change(back, flow);
    const { statusCode, body, headers } = await visit(pathOf(back), cookie);
    expect(statusCode).toBe(401);
    expect(body).toContain('not the way back of a sign-in that began here');
    expect(JSON.stringify(headers['set-cookie'])).not.toMatch(/holdfast=./);
  });

  it('works once for each code, and not with the cookie of another beginning', async () => {
    const [one, two] = [await sent(), await sent()];
    expect((await visit(pathOf(one.back), two.flow)).statusCode).toBe(401);
    expect((await visit(pathOf(one.back), one.flow)).statusCode).toBe(200);
    expect((await visit(pathOf(one.back), one.flow)).statusCode).toBe(401);
  });

  it('says so while the issuer is away', async () => {
    const { flow, back } = await sent();
    issuer.isAway = true;
    const away = await visit(pathOf(back), flow);
    expect([away.statusCode, away.body.includes('issuer cannot be reached')]).toEqual([503, true]);
    const unknown = await FrontDoor.open({
      signIn: { issuer: issuer.url, clientId: CLIENT, clientSecret: null, scope: 'openid', audience: null },
    });
    const first = await unknown.ask('GET', '/control-room/issuer', null, undefined, { host: HOST });
    expect(first.statusCode).toBe(503);
    issuer.isAway = false;
    const second = await unknown.ask('GET', '/control-room/issuer', null, undefined, { host: HOST });
    expect(second.statusCode).toBe(303);
    await unknown.close();
  });
});
