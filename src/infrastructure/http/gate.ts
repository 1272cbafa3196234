import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem } from './problems.js';
import { RateLimiter, WINDOW_MS, addressKey, isLoopbackAddress, type Verdict } from './rate-limit.js';
import type { HttpSettings } from './settings.js';

type Limited = 'address' | 'caller';

/** How many requests whoever asks may make. Health is asked by machines that must get an answer. */
export class Gate {
  private readonly ofAddresses: RateLimiter | null;
  private readonly ofCallers: RateLimiter | null;

  constructor(private readonly settings: Pick<HttpSettings, 'bounds' | 'leases' | 'limitLoopback'>) {
    const { bounds, leases } = settings;
    const now = (): number => performance.now();
    const limiter = (most: number) => (most === 0 ? null : new RateLimiter(most, leases, now));
    this.ofAddresses = limiter(bounds.requestsPerMinutePerAddress);
    this.ofCallers = limiter(bounds.requestsPerMinute);
  }

  /** Before anybody looks at the token, so that those who try out tokens are counted too. Throws 429. */
  address(request: FastifyRequest, reply: FastifyReply): void | Promise<void> {
    if (this.ofAddresses === null || this.isExempt(request)) return;
    return this.count(this.ofAddresses, 'address', addressKey(request.ip), reply);
  }

  /** Once the caller is known. Throws 429. */
  caller(request: FastifyRequest, reply: FastifyReply): void | Promise<void> {
    if (this.ofCallers === null || request.caller === null || this.isExempt(request)) return;
    return this.count(this.ofCallers, 'caller', request.caller.userId, reply);
  }

  /** Who says to be this machine must be it: a header alone does not do. */
  private isExempt({ ip, socket, routeOptions }: FastifyRequest): boolean {
    if (routeOptions.url?.startsWith('/health/')) return true;
    return !this.settings.limitLoopback && isLoopbackAddress(ip) && isLoopbackAddress(socket.remoteAddress);
  }

  private count(limiter: RateLimiter, whose: Limited, key: string, reply: FastifyReply): void | Promise<void> {
    const verdict = limiter.take(`${whose} ${key}`);
    if (verdict instanceof Promise) return verdict.then((awaited) => tell(limiter, whose, awaited, reply));
    tell(limiter, whose, verdict, reply);
  }
}

/** Header fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers), and Retry-After with every no. Throws 429. */
function tell({ most }: RateLimiter, whose: Limited, { passes, left, resetMs }: Verdict, reply: FastifyReply): void {
  const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
  reply.header('ratelimit-policy', `"${whose}";q=${most};w=${WINDOW_MS / 1_000}`);
  reply.header('ratelimit', `"${whose}";r=${left};t=${seconds}`);
  if (!passes) throw new HttpProblem('rate-limited', {}, { 'retry-after': String(seconds) });
}
