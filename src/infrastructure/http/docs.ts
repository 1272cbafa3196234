import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problems.js';

interface Page {
  readonly type: string;
  readonly payload: Buffer;
}

/** Kept in memory; more than there are. */
const PAGES = 50;
const PATHS = ['/openapi.json', '/docs', '/docs/*'];

/** Serves the API's description, made at the first request for it; all of it comes from this process. */
export function serveDescription(app: INestApplication, fastify: FastifyInstance, version: string): void {
  let pages: Promise<FastifyInstance> | undefined;
  const open = async (): Promise<FastifyInstance> => (await import('./openapi.js')).descriptionPages(app, version);
  // Nobody needs a token for them, so they must cost as good as nothing. There are as many as the page has files.
  const made = new Map<string, Promise<Page>>();
  const make = async (url: string): Promise<Page> => {
    const { statusCode, headers, rawPayload } = await (await (pages ??= open())).inject({ method: 'GET', url });
    if (statusCode !== 200) throw new HttpProblem('not-found');
    return { type: String(headers['content-type']), payload: rawPayload };
  };
  const pageOf = (url: string): Promise<Page> => {
    const known = made.get(url);
    if (known !== undefined) return known;
    const page = make(url);
    // At once: of those who ask together only the first has it made.
    if (made.size < PAGES) made.set(url, page);
    page.catch(() => made.delete(url));
    return page;
  };
  for (const path of PATHS)
    fastify.get(path, async ({ url: asked }, reply) => {
      const url = asked.replace(/[?#].*$/, '');
      const { type, payload } = await pageOf(url);
      return reply.type(type).send(payload);
    });
}
