import { GetLatestFacts } from '../../../../application/queries/get-latest-facts.js';
import { positionToken } from '../../../../application/position-token.js';
import { FeedFields } from '../../feed-fields.js';
import { audienceOf, factTold } from '../../feed.js';
import { fieldsOf } from '../../fields.js';
import { invalid } from '../../problems.js';
import { withoutBlanks, type View, type Visit } from '../page.js';
import { FACT_TYPES } from '../shared/said.js';

/** Of the end of the log. */
const RECORDS = 100;

/** The last facts that this caller is told of, the latest first; a script goes on with those that come. */
export async function showFeed({ request, caller, queries }: Visit): Promise<View> {
  const { after, ...filter } = fieldsOf(FeedFields, withoutBlanks(request.query));
  if (after !== undefined) throw invalid({ pointer: '/after', expected: 'no such field' });
  const { logId, position, facts } = await queries.execute(new GetLatestFacts(audienceOf(caller, filter), RECORDS));
  const told = facts.map(({ record, eventId, discreet }) => factTold(record, eventId, logId, discreet)).reverse();
  const model = { facts: told, filter, types: FACT_TYPES, after: positionToken(logId, position), records: RECORDS };
  return { title: 'Feed', template: 'feed', model, islands: ['feed'] };
}
