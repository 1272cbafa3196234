import type { QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import type { Time } from '../../../application/ports.js';
import type { ReadPosition } from '../../../application/queries/read-position.js';
import type { Caller } from '../access.js';

/** The use cases, as the API's controllers ask them. */
export interface Tools {
  readonly queries: QueryBus;
  readonly positions: ReadPosition;
  readonly time: Time;
}

/** Somebody looks at a page. */
export interface Visit extends Tools {
  readonly request: FastifyRequest;
  readonly caller: Caller;
}

/** What a page shows. */
export interface View {
  /** In the window's title. */
  readonly title: string;
  /** A file in `templates/`, without `.eta`. */
  readonly template: string;
  /** What the template calls `it.view.model`. */
  readonly model: object;
  /** Scripts of `islands/` that bring it to life, by their names. */
  readonly islands: readonly string[];
  /** A piece of a page, without what is around it: for a script that puts it in its place. */
  readonly isPart?: boolean;
}

/** A form sends its empty fields too. */
export const withoutBlanks = (query: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(query as Record<string, string>).filter(([, value]) => value !== ''));

export type ShowPage = (visit: Visit) => Promise<View>;

/** A page, known to the router before any of it is loaded. */
export interface Page {
  /** As the router knows it; who may see it stands in the table of access. */
  readonly path: string;
  /** In the navigation, in the order of the list; null: reached from another page. */
  readonly label: string | null;
  /** Loads it at the first visit, so that a start does not wait for what nobody looks at. */
  readonly open: () => Promise<ShowPage>;
}
