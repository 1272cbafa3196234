import { Controller, Get, Req, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Feed } from '../../application/feed.js';
import * as describe from './descriptions.js';
import { FeedWire, answerFeed, feedAsked } from './feed.js';

@Controller('v1/feed')
export class FeedController implements BeforeApplicationShutdown {
  constructor(
    private readonly queries: QueryBus,
    private readonly feed: Feed,
    private readonly wire: FeedWire,
  ) {}

  @Get()
  @describe.followFeed()
  follow(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerFeed(request, reply, this.queries.execute(feedAsked(request)), this.wire);
  }

  /** The listener would wait for streams that never end. */
  beforeApplicationShutdown(): void {
    this.feed.close();
  }
}
