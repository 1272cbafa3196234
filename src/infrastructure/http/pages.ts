import type { FastifyRequest } from 'fastify';
import type { After } from '../../application/ports.js';
import { cursorIn, type Cursor } from './cursor.js';
import { fieldsOf } from './fields.js';
import { instantIn } from './instants.js';
import { invalid } from './problems.js';
import { tokensOf } from './request.js';

const DEFAULT_LIMIT = 50;

interface PageFields {
  limit?: string;
  format?: string;
  cursor?: string;
}

/** The page that a query asks for, the filters of its cursor included. Throws 400. */
export function pageAsked<Fields extends PageFields>(
  request: FastifyRequest,
  list: Cursor['list'],
  dto: new () => Fields,
): { fields: Fields; limit: number; after: After | null; tokens: string[] } {
  const asked = fieldsOf(dto, request.query);
  const limit = asked.limit === undefined ? DEFAULT_LIMIT : Number(asked.limit);
  const tokens = tokensOf(request);
  if (asked.cursor === undefined) return { fields: asked, limit, after: null, tokens };
  const { filters, after, token } = cursorIn(asked.cursor, list);
  const { limit: _limit, cursor: _cursor, format: _format, ...repeated } = asked;
  for (const [name, value] of Object.entries(repeated)) {
    if (!isSameFilter(filters[name], value as string))
      throw invalid({ pointer: `/${name}`, expected: 'the filter that the cursor was made with' });
  }
  // Whoever wrote the cursor: what is in it passes through the same door as a query.
  return { fields: fieldsOf(dto, filters), limit, after, tokens: [...tokens, token] };
}

/** An instant may be written in more than one way. */
const isSameFilter = (a: string | undefined, b: string): boolean =>
  a === b || (a !== undefined && instantIn(a) !== null && instantIn(a) === instantIn(b));
