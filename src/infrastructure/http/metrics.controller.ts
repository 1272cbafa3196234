import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import * as describe from './descriptions.js';

/** What `/metrics` shows, in the text format of Prometheus. */
export class Metrics {
  constructor(readonly scrape: () => Promise<string>) {}
}

@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  @Get()
  @describe.metrics()
  async show(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await this.metrics.scrape());
  }
}
