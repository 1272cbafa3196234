import { Controller, Delete, Get, Patch, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Answers } from './answers.js';
import { WebhookAnswers } from './webhook-answers.js';
import * as describe from './webhook-descriptions.js';
import * as asks from './webhook-requests.js';

@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly answers: Answers,
    private readonly webhooks: WebhookAnswers,
  ) {}

  @Post()
  @describe.createWebhook()
  create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.made(reply, this.commands.execute(asks.createWebhook(request)));
  }

  @Get()
  @describe.listWebhooks()
  list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.page(request, reply, this.queries.execute(asks.listWebhooks(request)));
  }

  @Get(':webhookId')
  @describe.getWebhook()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.shown(reply, this.queries.execute(asks.getWebhook(request)));
  }

  @Patch(':webhookId')
  @describe.changeWebhook()
  change(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.changed(reply, this.commands.execute(asks.changeWebhook(request)));
  }

  @Delete(':webhookId')
  @describe.deleteWebhook()
  delete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.nothing(reply, this.commands.execute(asks.deleteWebhook(request)));
  }

  @Post(':webhookId/rotate-secret')
  @describe.rotateWebhookSecret()
  rotate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.rotated(reply, this.commands.execute(asks.rotateWebhookSecret(request)));
  }

  @Post(':webhookId/test')
  @describe.testWebhook()
  test(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.tested(reply, this.commands.execute(asks.testWebhook(request)));
  }

  @Post(':webhookId/replay')
  @describe.replayWebhook()
  replay(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.replayed(reply, this.commands.execute(asks.replayWebhook(request)));
  }

  @Get(':webhookId/deliveries')
  @describe.listDeliveries()
  deliveries(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = asks.listDeliveries(request);
    return this.webhooks.deliveries(request, reply, query, this.queries.execute(query));
  }

  @Post(':webhookId/deliveries/:messageId/replay')
  @describe.replayDelivery()
  replayOne(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.webhooks.delivery(reply, this.commands.execute(asks.replayDelivery(request)));
  }
}
