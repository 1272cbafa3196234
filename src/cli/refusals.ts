import type { TakenBy, ToldRefusal } from '../application/queries/get-refusals.js';
import { refusalTold } from '../infrastructure/http/refusals.js';
import { painter, type Paint } from './terminal.js';

/** Prints refusals as a person reads them, or as one JSON document, while they come. */
export async function tellRefusals(
  eventId: string,
  refusals: AsyncIterable<ToldRefusal>,
  isJson: boolean,
): Promise<void> {
  const paint = painter();
  let told = 0;
  let kept = 0;
  let lost = 0;
  if (isJson) process.stdout.write(`{"eventId":${JSON.stringify(eventId)},"refusals":[`);
  for await (const refusal of refusals) {
    const line = `${told === 0 ? '' : ','}\n${JSON.stringify(refusalTold(refusal))}`;
    process.stdout.write(isJson ? line : `${linesOf(refusal, paint).join('\n')}\n\n`);
    told += 1;
    if (refusal.kind === 'gap') lost += refusal.lost;
    else kept += 1;
  }
  const count = kept === 1 ? '1 refusal' : `${kept} refusals`;
  const missing = lost === 0 ? '' : `, ${lost} not kept`;
  process.stdout.write(isJson ? '\n]}\n' : `${paint('bold', `${count} of ${eventId} kept${missing}`)}\n`);
}

function linesOf(refusal: ToldRefusal, paint: Paint): string[] {
  const { refusedAt, code } = refusalTold(refusal);
  const when = paint('dim', refusedAt);
  if (refusal.kind === 'gap') {
    const where = refusal.eventId === null ? ', of several events' : '';
    const until = new Date(refusal.until).toISOString();
    return [
      `${when}  ${paint('yellow', `${refusal.lost} refusals were not kept`)}${where}, the last of them at ${until}`,
    ];
  }
  const { userId, actor, command, bookingId, revision, takenBy } = refusal;
  const asker = actor === userId ? '' : `, asked by ${actor}`;
  const booking = bookingId === null ? '' : ` ${bookingId}`;
  const head = `${when}  ${paint('cyan', userId)}: ${paint('red', code)}${numbersOf(refusal)}`;
  const lines = [head, `   ${command}${booking}${asker}, decided at revision ${revision}`];
  if (takenBy !== null) lines.push(`   ${whatTook(refusal, takenBy)}`);
  return lines;
}

type Refused = Extract<ToldRefusal, { kind: 'refusal' }>;

function numbersOf({ requested, free, waiting }: Refused): string {
  const parts = [
    ...(requested === null ? [] : [`${requested} asked for`]),
    ...(free === null ? [] : [`${free} free`]),
    ...(waiting === null ? [] : [`${waiting} waiting`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function whatTook(refusal: Refused, takenBy: TakenBy): string {
  const { type, bookingId, userId, revision, actor } = takenBy;
  const what = bookingId === null ? type : `${bookingId} of ${userId}`;
  const fact = `at revision ${revision} by ${actor}: ${type}, ${new Date(takenBy.occurredAt).toISOString()}`;
  return `${SAID[refusal.code]?.(refusal, what) ?? `it was taken by ${what}`} ${fact}`;
}

/** What taking was, for each refusal that names a taker. */
const SAID: Readonly<Record<string, (refusal: Refused, what: string) => string>> = {
  'sold-out': ({ requested, free }, what) =>
    (free ?? 0) >= (requested ?? 0) ? `the free places are kept for ${what}` : `the last place went to ${what}`,
  'waitlist-full': (_, what) => `the last turn in the line went to ${what}`,
  'already-booked': (_, what) => `they have ${what}`,
  'event-cancelled': () => 'it was called off',
};
