import { readFile } from 'node:fs/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { inPackage } from '../package.js';
import { HttpProblem } from './problems.js';
import { Slices } from './slices.js';

interface Page {
  readonly type: string;
  readonly payload: Buffer;
}

/** Kept in memory; more than there are. */
const PAGES = 50;
const DESCRIPTION = '/openapi.json';
const PATHS = [DESCRIPTION, '/docs', '/docs/*'];

/**
 * Serves the API's description, and the page that shows it. It is the file that the package brings, not made anew: to
 * make it takes a second, and anybody may ask, also right after a start.
 */
export function serveDescription(fastify: FastifyInstance): void {
  const description = async (): Promise<OpenAPIObject> =>
    JSON.parse(await readFile(inPackage('openapi.json'), 'utf8')) as OpenAPIObject;
  let pages: Promise<FastifyInstance> | undefined;
  const open = async (): Promise<FastifyInstance> =>
    (await import('./docs-page.js')).descriptionPage(await description());
  // Nobody needs a token for them, so they must cost as good as nothing. There are as many as the page has files.
  const made = new Map<string, Promise<Page>>();
  const slices = new Slices();
  const make = async (url: string): Promise<Page> => {
    if (url === DESCRIPTION)
      return { type: 'application/json; charset=utf-8', payload: Buffer.from(JSON.stringify(await description())) };
    pages ??= open();
    pages.catch(() => (pages = undefined));
    const { statusCode, headers, rawPayload } = await (await pages).inject({ method: 'GET', url });
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
      return reply.type(type).header('content-length', payload.length).send(slices.of(payload));
    });
}
