/**
 * What HTTP costs without a booking. `guarded`: our front door with its guard, parser and logger, and behind it a route
 * that answers at once. `bare`: the same route on Nest and Fastify as they come.
 */
import 'reflect-metadata';
import { Controller, HttpCode, Module, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { loadConfig } from '../../src/infrastructure/config.js';
import { HttpAdapter, configureHttp } from '../../src/infrastructure/http/app.js';
import { httpBounds } from '../../src/infrastructure/http/settings.js';
import { JsonLogger } from '../../src/infrastructure/logger.js';
import { serveChild } from '../support/child.js';

export interface EmptyServerTask {
  readonly kind: 'guarded' | 'bare';
  readonly secret: string;
}

@Controller('v1')
class EmptyController {
  /** Sent by hand, as our routes do it. */
  @Post('events/:eventId/bookings')
  @HttpCode(201)
  book(@Res() reply: FastifyReply): void {
    void reply.code(201).header('content-type', 'application/json').send('{}');
  }
}

@Module({ controllers: [EmptyController] })
class EmptyModule {}

const QUIET = { logger: new JsonLogger('warn'), abortOnError: false };

async function guarded(secret: string): Promise<NestFastifyApplication> {
  const env = { AUTH_HS256_SECRET: secret, LOG_LEVEL: 'warn' };
  const config = loadConfig(env);
  const settings = { ...config, bounds: httpBounds(config.limits), leases: null };
  const logger = new JsonLogger(config.logLevel);
  const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new HttpAdapter(settings, logger), QUIET);
  configureHttp(app, logger);
  return app;
}

const bare = (): Promise<NestFastifyApplication> =>
  NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), QUIET);

serveChild<EmptyServerTask, null>(async ({ kind, secret }) => {
  const app = kind === 'guarded' ? await guarded(secret) : await bare();
  await app.listen(0, '127.0.0.1');
  const { port } = new URL(await app.getUrl());
  return { ready: Number(port), run: async () => null };
});
