import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { HoldfastErrorCode } from '../../application/errors.js';
import { sendProblem } from './answers.js';
import * as describe from './descriptions.js';
import { unavailable } from './problems.js';

/** A check that hangs has failed. */
const CHECK_TIMEOUT_MS = 2_000;

/** One thing that must be so before requests are sent here. `passes` may also reject: that is a no. */
export interface ReadinessCheck {
  readonly name: string;
  /** What the 503 says when this is the first check that does not pass. */
  readonly code: Extract<HoldfastErrorCode, 'store-unavailable' | 'clock-skew' | 'overloaded' | 'stream-unreadable'>;
  passes(): Promise<boolean>;
}

/** Everything that must be so; the composition root knows what. */
export class Readiness {
  constructor(readonly checks: readonly ReadinessCheck[]) {}
}

@Controller('health')
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Get('live')
  @describe.live()
  async live(@Res() reply: FastifyReply): Promise<void> {
    await reply.send({ status: 'live' });
  }

  @Get('ready')
  @describe.ready()
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { checks } = this.readiness;
    const passed = await Promise.all(checks.map(passes));
    const shown = Object.fromEntries(checks.map(({ name }, index) => [name, passed[index] ? 'ok' : 'failing']));
    const failing = checks.find((_, index) => !passed[index]);
    if (failing !== undefined) return sendProblem(reply, unavailable(failing.code, { checks: shown }));
    await reply.send({ status: 'ready', checks: shown });
  }
}

async function passes(check: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.passes(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
