import type { FastifyRequest } from 'fastify';
import { ListRehearsals } from '../../../../application/queries/list-rehearsals.js';
import { REHEARSAL, STRATEGIES } from '../../../../application/rehearsal/plan.js';
import { RULES } from '../../fields.js';
import { HttpProblem, invalid } from '../../problems.js';
import { rehearsalShown } from '../../rehearsals.js';
import type { View, Visit } from '../page.js';

/**
 * A flash sale is rehearsed: what may be chosen, and how the latest rehearsal goes, or the one that `?rehearsal=` names.
 * With `?part=` only what moves, for the script that asks again. Shown to operators, as the API does.
 */
export async function showRehearsal({ request, caller, queries }: Visit): Promise<View> {
  const { rehearsalId, isPart } = asked(request);
  const [title, choices] = ['Rehearsal', { ...REHEARSAL, strategies: STRATEGIES }];
  if (!caller.scopes.has('ops'))
    return { title, template: 'rehearsal', model: { mayLook: false, choices }, islands: [] };
  const { isAllowed, items } = await queries.execute(new ListRehearsals());
  const known = items.map(rehearsalShown);
  const shown = rehearsalId === null ? known[0] : known.find((each) => each.rehearsalId === rehearsalId);
  if (shown === undefined && rehearsalId !== null) throw new HttpProblem('not-found');
  const model = { mayLook: true, isAllowed, choices, shown: shown ?? null, known };
  if (isPart) return { title, template: 'rehearsed', model, islands: [], isPart };
  return { title, template: 'rehearsal', model, islands: ['rehearsal'] };
}

function asked(request: FastifyRequest): { rehearsalId: string | null; isPart: boolean } {
  const { rehearsal, part, ...rest } = request.query as { rehearsal?: string; part?: string };
  for (const name of Object.keys(rest)) throw invalid({ pointer: `/${name}`, expected: 'no such field' });
  if (rehearsal !== undefined && !RULES.bookingId.test(rehearsal))
    throw invalid({ pointer: '/rehearsal', expected: RULES.bookingId.expected });
  return { rehearsalId: rehearsal ?? null, isPart: part !== undefined };
}
