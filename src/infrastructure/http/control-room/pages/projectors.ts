import { GetProjections } from '../../../../application/queries/get-projections.js';
import { projectionsOf } from '../../projection-answers.js';
import type { View, Visit } from '../page.js';

/** How far the tables have followed the log, as `GET /v1/projections` says it; a script keeps looking. */
export async function showProjectors({ caller, queries }: Visit): Promise<View> {
  const standing = projectionsOf(await queries.execute(new GetProjections()));
  const model = { standing, mayOperate: caller.scopes.has('ops') };
  return { title: 'Projectors', template: 'projectors', model, islands: ['projectors'] };
}
