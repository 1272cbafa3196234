import { GetLatestFacts } from '../../../../application/queries/get-latest-facts.js';
import { positionToken } from '../../../../application/position-token.js';
import { isAuditor } from '../../access.js';
import { FeedFields } from '../../feed-fields.js';
import { audienceOf, factTold } from '../../feed.js';
import { fieldsOf } from '../../fields.js';
import { invalid } from '../../problems.js';
import { withoutBlanks, type View, type Visit } from '../page.js';
import { FACT_TYPES } from '../shared/said.js';

/** Of the end of the log: all of them, or so many looked through for what was asked for. */
const RECORDS = 100;
const SEARCHED = 2_000;

/** The last facts that this caller is told of, the latest first; a script goes on with those that come. */
export async function showFeed({ request, caller, queries }: Visit): Promise<View> {
  const { after, ...filter } = fieldsOf(FeedFields, withoutBlanks(request.query));
  if (after !== undefined) throw invalid({ pointer: '/after', expected: 'no such field' });
  const records = Object.keys(filter).length === 0 && isAuditor(caller) ? RECORDS : SEARCHED;
  const { logId, position, facts } = await queries.execute(new GetLatestFacts(audienceOf(caller, filter), records));
  const told = facts
    .slice(-RECORDS)
    .map(({ record, eventId, discreet }) => factTold(record, eventId, logId, discreet))
    .reverse();
  const model = { facts: told, filter, types: FACT_TYPES, after: positionToken(logId, position), records };
  return { title: 'Feed', template: 'feed', model, islands: ['feed'] };
}
