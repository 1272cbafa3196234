import type { Command } from 'commander';
import { StreamNames } from '../application/envelope.js';
import { NotFound } from '../application/errors.js';
import { positionToken } from '../application/position-token.js';
import type { EventStore } from '../application/ports.js';
import { beforeTheFirst, momentOf, type AsOf, type NoSuchMoment, type Present } from '../application/queries/as-of.js';
import { refusalsOf } from '../application/queries/get-refusals.js';
import { about, isWithin, recordsOf, replay, type Moment } from '../application/queries/replay.js';
import { POSITION } from '../infrastructure/http/fields.js';
import { instantIn } from '../infrastructure/http/instants.js';
import { PostgresRefusalViews } from '../infrastructure/refusals/views.js';
import { UsageError, withStores } from './open.js';
import { tellRefusals } from './refusals.js';
import { Timeline } from './timeline.js';

interface Options {
  readonly booking?: string;
  readonly asOf?: string;
  readonly diff?: true;
  readonly refusals?: true;
  readonly user?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  holdfast audit demo
  holdfast audit demo --booking b15bf97e-283e-50a4-b196-0d5329134f32 --diff
  holdfast audit demo --as-of 2                        # as it was when the second record of the log was written
  holdfast audit demo --refusals --user ada
  holdfast audit demo --json | jq '.facts[] | {type, actor, reason}'

Exit codes: 0 it is told, 1 there is no such event, booking or moment, or it could not be looked at.
`;

/** `holdfast audit demo --booking … --as-of … --diff`: what happened to an event, read from the log. */
export function registerAudit(program: Command): void {
  program
    .command('audit')
    .description('tell what happened to an event, fact by fact: who, when, why, and what was so before and after')
    .argument('<eventId>', 'the event')
    .option('--booking <id>', 'only the facts about this booking')
    .option('--as-of <moment>', 'only up to a position, or an RFC 3339 instant with an offset')
    .option('--diff', 'every field that a fact changed')
    .option('--refusals', 'instead of the facts: who was refused, why, and which fact had taken the place')
    .option('--user <id>', 'only the refusals of this user')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (eventId: string, options: Options) => {
      expectFitting(options);
      await withStores(async ({ config, log, pool }) => {
        const end = { logId: await log.store.identity(), head: await log.feed.head(), now: Date.now() };
        const asked = options.asOf === undefined ? null : asOfIn(options.asOf, end.logId);
        const moment = asked === null ? null : expectMoment(momentOf(asked, end));
        const stream = new StreamNames(config.streamPrefix).of(eventId);
        await expectBegun(log.store, stream, moment, end);
        if (options.refusals === true) {
          const filter = options.user === undefined ? {} : { userId: options.user };
          const wanted = { eventId, stream, filter, after: null, limit: null };
          const refusals = refusalsOf(new PostgresRefusalViews(pool), log.store, wanted);
          return tellRefusals(eventId, refusals, options.json === true);
        }
        return tell(log.store, stream, eventId, end.logId, moment, options);
      });
    });
}

async function tell(
  store: EventStore,
  stream: string,
  eventId: string,
  logId: string,
  moment: Moment | null,
  { booking, diff, json }: Options,
): Promise<void> {
  const isAsked = about(booking === undefined ? {} : { bookingId: booking });
  const timeline = new Timeline(eventId, logId, { diff: diff === true, json: json === true });
  for await (const step of replay(recordsOf(store, stream), moment)) timeline.add(step, isAsked(step.record));
  if (timeline.told === 0 && booking !== undefined) throw new NotFound(`no such booking of ${eventId}: ${booking}`);
  timeline.end();
}

/** Facts and refusals are asked for in different words. Throws UsageError. */
function expectFitting({ booking, asOf, diff, refusals, user }: Options): void {
  const isOfFacts = booking !== undefined || asOf !== undefined || diff !== undefined;
  if (refusals === true && isOfFacts)
    throw new UsageError('--refusals: expected none of --booking, --as-of and --diff beside it');
  if (refusals === undefined && user !== undefined) throw new UsageError('--user: expected --refusals beside it');
}

/** A position may be written without what makes it unmistakable: whoever sits here knows which log is asked. */
function asOfIn(text: string, logId: string): AsOf {
  if (POSITION.test(text)) return { token: text };
  if (/^\d{1,20}$/.test(text)) return { token: positionToken(logId, BigInt(text)) };
  const at = instantIn(text);
  if (at === null) throw new UsageError('--as-of: expected a position, or an RFC 3339 instant with an offset');
  return { at };
}

function expectMoment(moment: Moment | NoSuchMoment): Moment {
  if ('expected' in moment) throw new UsageError(`--as-of: expected ${moment.expected}`);
  return moment;
}

/** Throws NotFound where there is no such event, and UsageError for a moment before it was. */
async function expectBegun(
  store: EventStore,
  stream: string,
  moment: Moment | null,
  { logId }: Present,
): Promise<void> {
  for await (const first of recordsOf(store, stream, 0, 1)) {
    if (moment !== null && !isWithin(first, moment)) expectMoment(beforeTheFirst(logId, first.position));
    return;
  }
  throw new NotFound(`there is no stream ${stream} in the log`);
}
