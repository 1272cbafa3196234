import type { EventView } from '../../../../application/ports.js';
import { isAuditor } from '../../access.js';
import { cursorText } from '../../cursor.js';
import { listEvents } from '../../event-requests.js';
import { EVENTS } from '../../lists.js';
import { withoutBlanks, type View, type Visit } from '../page.js';

/** The first page of the events as a table, with filters; the grid is what a script makes of it. */
export async function showEvents({ request, caller, queries, positions }: Visit): Promise<View> {
  const asked = withoutBlanks(request.query);
  request.query = asked;
  const { value, position } = await queries.execute(listEvents(request).query);
  const { items, next, filter } = value;
  const filters = EVENTS.filtersOf(filter);
  const token = await positions.token(position);
  const cursor = next === null ? null : cursorText({ list: 'events', filters, after: next, token });
  const model = { events: items satisfies readonly EventView[], asked, filters, cursor, isAuditor: isAuditor(caller) };
  return { title: 'Events', template: 'events', model, islands: ['events'] };
}
