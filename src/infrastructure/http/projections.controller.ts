import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerOperated, answerProjections } from './projection-answers.js';
import * as describe from './projection-descriptions.js';
import * as asks from './projection-requests.js';

@Controller('v1/projections')
export class ProjectionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @describe.getProjections()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerProjections(reply, this.queries.execute(asks.getProjections(request)));
  }

  @Post('pause')
  @describe.pauseProjections()
  pause(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerOperated(reply, this.commands.execute(asks.pauseProjections(request)));
  }

  @Post('resume')
  @describe.resumeProjections()
  resume(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerOperated(reply, this.commands.execute(asks.resumeProjections(request)));
  }

  @Post('rebuild')
  @describe.rebuildProjections()
  rebuild(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerOperated(reply, this.commands.execute(asks.rebuildProjections(request)), 202);
  }

  @Post('switch')
  @describe.switchProjections()
  switch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerOperated(reply, this.commands.execute(asks.switchProjections(request)));
  }
}
