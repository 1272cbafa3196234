import type { INestApplication } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problems.js';

const PATHS = ['/openapi.json', '/docs', '/docs/*'];

/** Serves the API's description, made at the first request for it; all of it comes from this process. */
export function serveDescription(app: INestApplication, fastify: FastifyInstance, version: string): void {
  let pages: Promise<FastifyInstance> | undefined;
  const open = async (): Promise<FastifyInstance> => (await import('./openapi.js')).descriptionPages(app, version);
  for (const path of PATHS)
    fastify.get(path, async ({ url }, reply) => {
      const { statusCode, headers, rawPayload } = await (await (pages ??= open())).inject({ method: 'GET', url });
      if (statusCode !== 200) throw new HttpProblem('not-found');
      return reply.type(String(headers['content-type'])).send(rawPayload);
    });
}
