import type { FastifyReply } from 'fastify';
import type { Operated } from '../../application/commands/operate-projections.js';
import type { Generation, ProjectionsStanding, Rebuild } from '../../application/ports.js';
import { textOf } from '../instant.js';
import { HttpProblem } from './problems.js';

export async function answerProjections(reply: FastifyReply, answer: Promise<ProjectionsStanding>): Promise<void> {
  await reply.send(projectionsOf(await answer));
}

/** How the tables stand after it, or 409 with the reason why it cannot be. */
export async function answerOperated(
  reply: FastifyReply,
  answer: Promise<Operated>,
  status: 200 | 202 = 200,
): Promise<void> {
  const operated = await answer;
  if (!operated.done) throw new HttpProblem('operation-refused', { reason: operated.why });
  await reply.code(status).send(projectionsOf(operated.standing));
}

/** As the API says it. Positions as text: they may be larger than what JSON's readers can tell apart. */
export const projectionsOf = ({ head, generations, rebuild, skipped }: ProjectionsStanding) => ({
  head: head.toString(),
  generations: generations.map(generationOf),
  rebuild: rebuild && rebuildOf(rebuild),
  skipped: skipped.map(({ at, ...skip }) => ({ ...skip, position: skip.position.toString(), at: textOf(at) })),
});

function generationOf(found: Generation) {
  const { perSecond, leftMs, movedAt, shownAt, halt, pause } = found;
  return {
    ...found,
    position: found.position.toString(),
    perSecond: perSecond && Math.round(perSecond),
    leftMs: leftMs && Math.round(leftMs),
    movedAt: textOf(movedAt),
    shownAt: shownAt === null ? null : textOf(shownAt),
    halt: halt && { ...halt, position: halt.position.toString(), since: textOf(halt.since) },
    pause: pause && { ...pause, since: textOf(pause.since) },
  };
}

const rebuildOf = ({ beganAt, endedAt, ...rebuild }: Rebuild) => ({
  ...rebuild,
  beganAt: textOf(beganAt),
  endedAt: endedAt === null ? null : textOf(endedAt),
});
