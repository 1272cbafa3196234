import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { inPackage } from '../package.js';
import { HttpProblem } from './problems.js';

interface Page {
  readonly type: string;
  readonly payload: Buffer;
}

/** Kept in memory; more than there are. */
const PAGES = 50;
const DESCRIPTION = '/openapi.json';
const PATHS = [DESCRIPTION, '/docs', '/docs/*'];

/** What the kernel takes of one answer at a time, in bytes: a fraction of a millisecond's work. */
const SLICE = 64 * 1_024;

/**
 * Serves the API's description, and the page that shows it. It is the file that the package brings, not made anew: to
 * make it takes a second, and anybody may ask, also right after a start.
 */
export function serveDescription(fastify: FastifyInstance): void {
  let described: Promise<OpenAPIObject> | undefined;
  const description = (): Promise<OpenAPIObject> =>
    (described ??= readFile(inPackage(DESCRIPTION.slice(1)), 'utf8').then((text) => JSON.parse(text) as OpenAPIObject));
  let pages: Promise<FastifyInstance> | undefined;
  const open = async (): Promise<FastifyInstance> =>
    (await import('./docs-page.js')).descriptionPage(await description());
  // Nobody needs a token for them, so they must cost as good as nothing. There are as many as the page has files.
  const made = new Map<string, Promise<Page>>();
  const turns = new Turns();
  const make = async (url: string): Promise<Page> => {
    if (url === DESCRIPTION)
      return { type: 'application/json; charset=utf-8', payload: Buffer.from(JSON.stringify(await description())) };
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
      void reply.type(type);
      if (payload.length <= SLICE) return reply.send(payload);
      return reply.header('content-length', payload.length).send(Readable.from(sliced(payload, turns)));
    });
}

/**
 * Nobody needs a token for a long page, and the kernel would take all of it at once, of each of a thousand who ask and do
 * not read. In slices others come between them.
 */
async function* sliced(payload: Buffer, turns: Turns): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < payload.length; at += SLICE) {
    await turns.next();
    yield payload.subarray(at, at + SLICE);
  }
}

/** One at a time gets its turn, and then everything else that the process has to do. */
class Turns {
  private readonly waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length === 1) setImmediate(() => this.give());
    });
  }

  private give(): void {
    this.waiting.shift()!();
    if (this.waiting.length > 0) setImmediate(() => this.give());
  }
}
