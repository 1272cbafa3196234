import type { Config, Limits } from '../config.js';
import type { Leases } from './rate-limit.js';

/** What HTTP needs to know, and the bounds of its connections. */
export interface HttpSettings extends Pick<
  Config,
  'auth' | 'signIn' | 'production' | 'publicReads' | 'corsOrigins' | 'metricsToken' | 'logRequests' | 'limitLoopback'
> {
  readonly bounds: HttpBounds;
  /** What processes share of the limits on requests; null: this process is alone. */
  readonly leases: Leases | null;
}

/** A body is never larger than a booking could need, by orders of magnitude. */
const BODY_BYTES = 65_536;

/** See `limits.ts` for what each of them says. */
const BOUNDS = [
  ...(['headersTimeoutMs', 'requestTimeoutMs', 'socketTimeoutMs', 'connections', 'connectionsPerAddress'] as const),
  ...(['requestsPerMinute', 'requestsPerMinutePerAddress', 'trustedProxies'] as const),
  ...(['requestsInFlight', 'shedLatencyMs', 'feedHeartbeatMs'] as const),
] satisfies readonly (keyof Limits)[];

export type HttpBounds = Pick<Limits, (typeof BOUNDS)[number]> & { readonly bodyBytes: number };

export function httpBounds(limits: Limits): HttpBounds {
  const bounds = Object.fromEntries(BOUNDS.map((name) => [name, limits[name]])) as Pick<
    Limits,
    (typeof BOUNDS)[number]
  >;
  return { ...bounds, bodyBytes: BODY_BYTES };
}
