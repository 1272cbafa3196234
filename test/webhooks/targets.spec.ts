import { createServer, type AddressInfo, type Server } from 'node:net';
import { isPublic } from '../../src/infrastructure/webhooks/addresses.js';
import { post } from '../../src/infrastructure/webhooks/post.js';
import { Targets, type Resolve } from '../../src/infrastructure/webhooks/targets.js';

const BOUNDS = { connectMs: 200, totalMs: 200, answerBytes: 100 };
const SECRETS = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`];
const never = new AbortController().signal;

/** Names lead to the addresses of the next answer; the last one stays. */
function stub(...answers: readonly (readonly string[])[]): Resolve & { asked: number } {
  const resolve = Object.assign(
    async (): Promise<readonly string[]> => answers[Math.min(resolve.asked++, answers.length - 1)]!,
    { asked: 0 },
  );
  return resolve;
}

const send = (targets: Targets, url: string) =>
  post(targets, new URL(url), { id: 'm', body: '{}' }, SECRETS, BOUNDS, never);

describe('an address', () => {
  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '100.100.100.200'],
    ...['127.0.0.1', '127.255.255.254', '169.254.0.1', '169.254.169.254', '169.254.170.2', '172.16.0.1'],
    ...['172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1'],
    ...['198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1'],
    ...['255.255.255.255', '168.63.129.16'],
    ...['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1'],
    ...['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '100::1', '2001::1', '2001:0:4136:e378::1'],
    ...['2001:db8::1', '2002:7f00:1::', '2002:c0a8:1::1', '3fff::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1'],
    ...['fe80::1%eth0', '2606:4700::1%eth0', 'febf::1', 'fec0::1', 'ff02::1', '4000::1', '5f00::1'],
    ...['localhost', '', '1.2.3', '0x7f.1'],
  ])('%s is not one of the internet', (address) => expect(isPublic(address)).toBe(false));

  it.each([
    ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
    ...['128.0.0.1', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255'],
    ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
    ...['2606:4700:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '2003::1'],
  ])('%s is', (address) => expect(isPublic(address)).toBe(true));
});

describe('a URL', () => {
  const targets = new Targets(false, stub(['93.184.216.34']));

  it.each([
    ['https://shop.example/hook?x=1', null],
    ['https://shop.example:8443/', null],
    ['https://[2606:4700:4700::1111]/', null],
    ['http://shop.example/', 'https://…'],
    ['ftp://shop.example/', 'https://…'],
    ['file:///etc/passwd', 'https://…'],
    ['https://', 'a URL with a host and, if any, a port that there can be'],
    ['https://shop.example:99999/', 'a URL with a host and, if any, a port that there can be'],
    [`https://shop.example/${'x'.repeat(2_048)}`, 'a URL of at most 2048 characters'],
    ['https://user@shop.example/', 'a URL without a user name or a password'],
    ['https://:secret@shop.example/', 'a URL without a user name or a password'],
    ['https://shop.example/#x', 'a URL without a fragment'],
    ['https://shop.example:22/', 'port 443, or one from 1024 on'],
    ['https://shop.example:80/', 'port 443, or one from 1024 on'],
  ])('%s: %s', async (url, objection) => expect(await targets.objectionTo(url)).toBe(objection));

  it.each([
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0x7f.0.0.1', '127.0.0.1.', '①②⑦.0.0.1'],
    ...['0', '10.0.0.1', '169.254.169.254', '2852039166', '192.168.1.1', '100.64.0.1'],
    ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]'],
    ...['[2002:7f00:1::]', '[fd00:ec2::254]', '[fe80::1]', '[fc00::1]', '[ff02::1]', '[0:0:0:0:0:0:0:1]'],
  ])('https://%s/ is refused when it is said, and when it is sent', async (host) => {
    const url = `https://${host}:8443/`;
    expect(await targets.objectionTo(url)).toBe('a host with an address of the public internet');
    expect(await send(targets, url)).toMatchObject({ status: null, error: 'address-not-public' });
  });

  it('is refused as long as its name leads nowhere, or only to addresses that are private', async () => {
    const objection = (...addresses: string[]) => new Targets(false, stub(addresses)).objectionTo('https://x.example/');
    expect(await objection()).toBe('a host that there is');
    expect(await objection('10.0.0.1', 'fd00::1')).toBe('a host with an address of the public internet');
    expect(await objection('10.0.0.1', '93.184.216.34')).toBeNull();
    const failing = new Targets(false, () => Promise.reject(new Error('no resolver')));
    expect(await failing.objectionTo('https://x.example/')).toBe('a host whose name can be resolved');
  });

  it('may be anything on http and https where that is allowed', async () => {
    const anywhere = new Targets(true, stub(['127.0.0.1']));
    for (const url of ['http://127.0.0.1:22/', 'https://[::1]/', 'http://receiver:80/'])
      expect(await anywhere.objectionTo(url)).toBeNull();
    expect(await anywhere.objectionTo('ftp://127.0.0.1/')).toBe('https://… or http://…');
    expect(await anywhere.objectionTo('http://u@127.0.0.1/')).toBe('a URL without a user name or a password');
  });
});

describe('a connection', () => {
  let server: Server;
  let port: number;
  let connections = 0;
  beforeAll(async () => {
    server = createServer((socket) => {
      connections += 1;
      socket
        .on('error', () => undefined)
        .resume()
        .end('HTTP/1.1 204 No Content\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => (connections = 0));

  it('never goes to a name that was public when it was checked and is private when it is used', async () => {
    const resolve = stub(['93.184.216.34'], ['127.0.0.1']);
    const targets = new Targets(false, resolve);
    const url = `https://rebinding.example:${port}/`;
    expect(await targets.objectionTo(url)).toBeNull();
    expect(await send(targets, url)).toMatchObject({ status: null, error: 'address-not-public' });
    expect([resolve.asked, connections]).toEqual([2, 0]);
  });

  it('is made to the addresses that were checked, of which private ones are left out', async () => {
    const targets = new Targets(false, stub(['127.0.0.1', '93.184.216.34', '::1']));
    const found = await new Promise((resolve) =>
      targets.lookup('mixed.example', { all: true }, (_error, addresses) => resolve(addresses)),
    );
    expect(found).toEqual([{ address: '93.184.216.34', family: 4 }]);
    // The resolver is asked once for each connection: there is no second look-up after the check.
    const resolve = stub(['127.0.0.1']);
    expect(await send(new Targets(true, resolve), `http://own.example:${port}/`)).toMatchObject({
      status: 204,
      error: null,
    });
    expect([resolve.asked, connections]).toEqual([1, 1]);
  });

  it('over http, or to an address, is refused again when it is used after the setting has gone', async () => {
    expect(await send(new Targets(false), `http://127.0.0.1:${port}/`)).toMatchObject({ error: 'url-not-allowed' });
    expect(await send(new Targets(false), `https://127.0.0.1:${port}/`)).toMatchObject({ error: 'address-not-public' });
    expect(connections).toBe(0);
  });

  it('is given up when nobody speaks, and says so', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port: at } = silent.address() as AddressInfo;
    const began = performance.now();
    // TLS never begins, so the connection is never complete.
    expect(await send(new Targets(true), `https://127.0.0.1:${at}/`)).toMatchObject({ status: null, error: 'timeout' });
    expect(performance.now() - began).toBeLessThan(2_000);
    await new Promise((resolve) => silent.close(resolve));
    expect(await send(new Targets(true), `http://127.0.0.1:${at}/`)).toMatchObject({ error: 'ECONNREFUSED' });
  });
});
