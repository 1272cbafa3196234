import { Controller, Get, Post, Req, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Rehearsals } from '../../application/rehearsal/rehearsals.js';
import * as describe from './descriptions.js';
import {
  answerList,
  answerRehearsal,
  answerStarted,
  getRehearsal,
  listRehearsals,
  startRehearsal,
} from './rehearsals.js';

@Controller('v1/rehearsals')
export class RehearsalsController implements BeforeApplicationShutdown {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly rehearsals: Rehearsals,
  ) {}

  @Post()
  @describe.startRehearsal()
  start(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerStarted(reply, this.commands.execute(startRehearsal(request)));
  }

  @Get()
  @describe.listRehearsals()
  list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerList(reply, this.queries.execute(listRehearsals(request)));
  }

  @Get(':rehearsalId')
  @describe.getRehearsal()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerRehearsal(reply, this.queries.execute(getRehearsal(request)));
  }

  /** The one that runs calls its event off, while there is still a log to write that to. */
  beforeApplicationShutdown(): Promise<void> {
    return this.rehearsals.close();
  }
}
