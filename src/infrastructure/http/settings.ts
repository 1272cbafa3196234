import type { Config, Limits } from '../config.js';

/** What HTTP needs to know, and the bounds of its connections. */
export interface HttpSettings extends Pick<
  Config,
  'auth' | 'publicReads' | 'corsOrigins' | 'metricsToken' | 'logRequests'
> {
  readonly bounds: HttpBounds;
}

export interface HttpBounds {
  readonly bodyBytes: number;
  /** Until the headers of a request are here. */
  readonly headersTimeoutMs: number;
  /** Until all of it is here. */
  readonly requestTimeoutMs: number;
  /** Of one caller, or of one address without a token, in a minute; 0: no limit. */
  readonly requestsPerMinute: number;
  /** Open connections; further ones are closed at once. */
  readonly connections: number;
}

/** A body is never larger than a booking could need, by orders of magnitude. */
const BODY_BYTES = 65_536;

export const httpBounds = ({
  headersTimeoutMs,
  requestTimeoutMs,
  requestsPerMinute,
  connections,
}: Limits): HttpBounds => ({
  ...{ bodyBytes: BODY_BYTES, headersTimeoutMs, requestTimeoutMs, requestsPerMinute, connections },
});
