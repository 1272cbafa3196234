import type { FastifyReply, FastifyRequest } from 'fastify';
import { StartRehearsal } from '../../application/commands/start-rehearsal.js';
import { GetRehearsal } from '../../application/queries/get-rehearsal.js';
import { REHEARSAL, STRATEGIES } from '../../application/rehearsal/plan.js';
import { ListRehearsals, type KnownRehearsals } from '../../application/queries/list-rehearsals.js';
import type { NoRehearsal, RehearsalTold } from '../../application/rehearsal/rehearsals.js';
import type { RunTold } from '../../application/rehearsal/run.js';
import { RULES, fieldsOf, noFields, valueOf } from './fields.js';
import { textOf } from '../instant.js';
import { HttpProblem, invalid } from './problems.js';
import { StartRehearsalFields } from './rehearsal-fields.js';
import { callerOf } from './request.js';

/** Throws 400 naming every field that is wrong. */
export function startRehearsal(request: FastifyRequest): StartRehearsal {
  const {
    places = REHEARSAL.places.default,
    callers = REHEARSAL.callers.default,
    holdPercent = REHEARSAL.holdPercent.default,
    processes = REHEARSAL.processes.default,
    locking = 'both',
  } = fieldsOf(StartRehearsalFields, request.body);
  const strategies = locking === 'both' ? STRATEGIES : [locking];
  return new StartRehearsal({ places, callers, holdPercent, processes, strategies }, callerOf(request).userId);
}

export function getRehearsal(request: FastifyRequest): GetRehearsal {
  noFields(request.query);
  const { rehearsalId } = request.params as Record<string, string>;
  return new GetRehearsal(valueOf(RULES.bookingId, rehearsalId, '/rehearsalId'));
}

export function listRehearsals(request: FastifyRequest): ListRehearsals {
  noFields(request.query);
  return new ListRehearsals();
}

export async function answerList(reply: FastifyReply, answer: Promise<KnownRehearsals>): Promise<void> {
  const { isAllowed, items } = await answer;
  await reply.send({ isAllowed, items: items.map(rehearsalShown) });
}

export async function answerStarted(reply: FastifyReply, answer: Promise<RehearsalTold | NoRehearsal>): Promise<void> {
  const started = await answer;
  if ('why' in started) throw problemFor(started);
  reply.code(202).header('location', `/v1/rehearsals/${started.rehearsalId}`);
  await reply.send(rehearsalShown(started));
}

function problemFor(none: NoRehearsal): HttpProblem {
  if (none.why === 'running') return new HttpProblem('rehearsal-running', { rehearsalId: none.rehearsalId });
  if (none.why === 'off') return new HttpProblem('rehearsals-off');
  return invalid({ pointer: '/locking', expected: 'optimistic: the event store of this service has no lock' });
}

export async function answerRehearsal(reply: FastifyReply, answer: Promise<RehearsalTold>): Promise<void> {
  await reply.send(rehearsalShown(await answer));
}

/** As it leaves the service. */
export function rehearsalShown({ plan, startedAt, endedAt, runs, ...rest }: RehearsalTold) {
  const { rehearsalId, state, isSound, failure, startedBy } = rest;
  const { places, callers, holdPercent, processes, strategies } = plan;
  const locking = strategies.length > 1 ? 'both' : strategies[0];
  return {
    ...{ rehearsalId, state, isSound, failure, places, callers, holdPercent, processes, locking },
    ...{ startedAt: textOf(startedAt), startedBy, endedAt: endedAt === null ? null : textOf(endedAt) },
    runs: runs.map(runShown),
  };
}

function runShown({ evidence, p50Ms, p99Ms, elapsedMs, answersPerSecond, ...run }: RunTold) {
  const { strategy, eventId, state, people, came, isCutShort, isCalledOff } = run;
  const { answered, accepted, repeated, confirmed, givenBack, held, soldOut } = run;
  const { refusals, faults, conflicts, retries } = run;
  return {
    ...{ strategy, eventId, state, people, came, isCutShort, isCalledOff },
    ...{ answered, accepted, repeated, confirmed, givenBack, held, soldOut, refusals, faults, conflicts, retries },
    ...{ p50Ms: toHundredths(p50Ms), p99Ms: toHundredths(p99Ms) },
    ...{ elapsedMs: Math.round(elapsedMs), answersPerSecond: Math.round(answersPerSecond) },
    evidence,
  };
}

export const toHundredths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 100) / 100);
