import type { Config } from '../config.js';

/** What HTTP needs to know, and the bounds of its connections. */
export interface HttpSettings extends Pick<Config, 'auth' | 'publicReads' | 'corsOrigins'> {
  readonly bounds: HttpBounds;
}

export interface HttpBounds {
  readonly bodyBytes: number;
  /** Until the headers of a request are here. */
  readonly headersTimeoutMs: number;
  /** Until all of it is here. */
  readonly requestTimeoutMs: number;
  /** Open connections; further ones are closed at once. */
  readonly connections: number;
}

export const HTTP_BOUNDS: HttpBounds = {
  bodyBytes: 65_536,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  connections: 10_000,
};
