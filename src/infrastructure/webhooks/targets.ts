import { Resolver, lookup as lookupAsServer } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { isPublic } from './addresses.js';

/** Every address of a host's name; none: there is no such host. May throw what a resolver throws. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const MAX_URL = 2_048;
const HTTPS_PORT = 443;
const FIRST_FREE_PORT = 1_024;
const RESOLVER = { timeout: 2_000, tries: 2 };

/** What a message may be sent to; `code` is what a delivery shows. */
export class TargetRefused extends Error {
  constructor(
    readonly code: 'url-not-allowed' | 'address-not-public' | 'no-such-host',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Where messages may go: https on port 443 or from 1024 on, to addresses of the public internet; with `allowPrivate`
 * anywhere over http and https. Names are resolved here, and a connection goes to an address that was checked: there is
 * no second look-up between check and connection in which a name could change its mind.
 */
export class Targets {
  constructor(
    private readonly allowPrivate: boolean,
    private readonly resolve: Resolve = allowPrivate ? resolveAnywhere : resolvePublicly,
  ) {}

  /** What is expected and not so, in words; null: messages may go there now. */
  async objectionTo(text: string): Promise<string | null> {
    const objection = this.objectionToForm(text);
    if (objection !== null) return objection;
    try {
      await this.addressesOf(hostOf(new URL(text)));
      return null;
    } catch (error) {
      if (error instanceof TargetRefused) return error.message;
      return 'a host whose name can be resolved';
    }
  }

  /** Throws TargetRefused, or what the resolver throws. Never empty. */
  async addressesOf(host: string): Promise<readonly string[]> {
    const found = isIP(host) === 0 ? await this.resolve(host) : [host];
    if (found.length === 0) throw new TargetRefused('no-such-host', 'a host that there is');
    const fit = this.allowPrivate ? found : found.filter(isPublic);
    if (fit.length === 0)
      throw new TargetRefused('address-not-public', 'a host with an address of the public internet');
    return fit;
  }

  /** For `net.connect`: answers checked addresses only. It is not asked for a host that is an address itself. */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.addressesOf(host).then(
      (found) => {
        const addresses = found.map((address) => ({ address, family: isIP(address) }));
        if (options.all === true) done(null, addresses);
        else done(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: unknown) => done(error as NodeJS.ErrnoException, ''),
    );
  };

  /** The same without asking for the host's addresses. */
  objectionToForm(text: string): string | null {
    if (text.length > MAX_URL) return `a URL of at most ${MAX_URL} characters`;
    if (!URL.canParse(text)) return 'a URL with a host and, if any, a port that there can be';
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(this.allowPrivate && url.protocol === 'http:'))
      return this.allowPrivate ? 'https://… or http://…' : 'https://…';
    if (url.username !== '' || url.password !== '') return 'a URL without a user name or a password';
    if (url.hash !== '') return 'a URL without a fragment';
    const port = url.port === '' ? HTTPS_PORT : Number(url.port);
    if (!this.allowPrivate && port !== HTTPS_PORT && port < FIRST_FREE_PORT)
      return `port ${HTTPS_PORT}, or one from ${FIRST_FREE_PORT} on`;
    return null;
  }
}

/** Of a URL that was parsed: IPv4 in any spelling is four decimal numbers by then, and IPv6 stands in brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** By DNS alone, on the event loop: `dns.lookup` would keep one of the few threads that files are read on too. */
async function resolvePublicly(host: string): Promise<readonly string[]> {
  const resolver = new Resolver(RESOLVER);
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failure = answers.find((answer) => answer.status === 'rejected' && !NO_ADDRESS.has(codeOf(answer.reason)));
  if (found.length === 0 && failure?.status === 'rejected') throw failure.reason;
  return found;
}

const NO_ADDRESS: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND', 'EBADNAME']);
const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

/** As every program of this machine does, /etc/hosts and search domains included: for receivers of one's own. */
async function resolveAnywhere(host: string): Promise<readonly string[]> {
  try {
    return (await lookupAsServer(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    if (NO_ADDRESS.has(codeOf(error))) return [];
    throw error;
  }
}
