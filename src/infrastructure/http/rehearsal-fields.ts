import { REHEARSAL, STRATEGIES, type Locking } from '../../application/rehearsal/plan.js';
import { Field, oneOf, whole } from './fields.js';

const PLACES = whole(REHEARSAL.places);
const CALLERS = whole(REHEARSAL.callers);
const HOLDS = whole(REHEARSAL.holdPercent);
const PROCESSES = whole(REHEARSAL.processes);

const usual = (says: string, field: keyof typeof REHEARSAL, { expected }: { readonly expected: string }) => ({
  description: `${says}: ${expected}; ${REHEARSAL[field].default} unless said`,
});

/** `POST /v1/rehearsals` */
export class StartRehearsalFields {
  @Field(PLACES, 'optional', usual('Places of the scratch event', 'places', PLACES)) places?: number;
  @Field(CALLERS, 'optional', usual('Requests in flight at a time', 'callers', CALLERS)) callers?: number;
  @Field(HOLDS, 'optional', usual('Of a hundred people so many hold first', 'holdPercent', HOLDS)) holdPercent?: number;
  @Field(PROCESSES, 'optional', usual('API processes that are played', 'processes', PROCESSES)) processes?: number;
  @Field(oneOf(...STRATEGIES, 'both'), 'optional', {
    description: 'With which strategy; both, one after the other, unless said',
    example: 'both',
  })
  locking?: Locking | 'both';
}
