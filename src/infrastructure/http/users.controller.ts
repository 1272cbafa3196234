import { Controller, Delete, Get, Put, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Answers } from './answers.js';
import * as describe from './descriptions.js';
import * as asks from './user-requests.js';

@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly answers: Answers,
  ) {}

  @Put(':userId')
  @describe.putProfile()
  put(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.profilePut(reply, this.commands.execute(asks.putProfile(request)));
  }

  @Get(':userId')
  @describe.getProfile()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.profile(reply, this.queries.execute(asks.getProfile(request)));
  }

  @Delete(':userId')
  @describe.eraseUser()
  erase(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answers.nothing(reply, this.commands.execute(asks.eraseUser(request)));
  }
}
