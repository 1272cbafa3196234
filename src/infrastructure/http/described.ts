import type { Type } from '@nestjs/common';

/** What differs from route to route. */
export interface Description {
  /** As in the table of who may use what, from which the scopes are told. */
  readonly route: string;
  readonly tag: 'Events' | 'Bookings' | 'Feed' | 'People' | 'Webhooks' | 'Rehearsals' | 'Operations';
  readonly summary: string;
  readonly text?: string;
  /** `schema` null: plain text, or nothing with 204. `orCreated`: or 201, with the same. */
  readonly answer: {
    readonly status: 200 | 201 | 202 | 204;
    readonly schema: string | null;
    readonly says: string;
    /** Unless it is JSON. */
    readonly media?: string;
    readonly orCreated?: true;
  };
  readonly body?: Type | 'book';
  readonly query?: Type;
  readonly ifMatch?: 'required' | 'optional';
  /** Server-sent events, for as long as somebody listens. */
  readonly isFeed?: true;
  /** Whether a reader who has the ETag may be answered 304. */
  readonly ifNoneMatch?: true;
  readonly problems?: readonly string[];
}

interface DescribedRoute {
  readonly about: Description;
  readonly controller: object;
  readonly name: string | symbol;
  readonly method: PropertyDescriptor;
}

/** In the order of the controllers' methods. */
export const DESCRIBED_ROUTES: DescribedRoute[] = [];

/**
 * Describes a route to the API's readers. It is kept here until one of them asks: what makes a document of it is a
 * quarter of a process's start, and of how long it is away after a crash.
 */
export const described =
  (about: Description): MethodDecorator =>
  (controller, name, method) =>
    void DESCRIBED_ROUTES.push({ about, controller, name, method });
