import { isUserCommand, type Call } from './calls.js';
import { countWhile, type Ledger } from './ledger.js';
import { positionIn } from './names.js';
import type { Violations } from './violations.js';

type Body = Readonly<Record<string, unknown>>;

/** Of a client's reads with a token: the latest position that one had shown when the next was made. */
interface Seen {
  readonly at: number;
  readonly position: number;
}

/**
 * I8. A read says which position of the log it shows, and shows the fold of the log up to there; with a token it shows
 * that position or a later one; and what one read with a token has shown, the next of the same client shows too.
 */
export class Reads {
  private readonly seen = new Map<string, Seen[]>();

  constructor(
    private readonly ledgers: ReadonlyMap<string, Ledger>,
    private readonly ledgerOf: (eventId: string) => Ledger,
    private readonly violations: Violations,
  ) {}

  /** All reads, in the order of their answers. */
  check(call: Call): void {
    const { invoke, end } = call;
    const asked = positionIn(invoke.afterPosition);
    if (call.kind === 'refused') return this.checkRefused(call, asked);
    if (end === null || call.kind !== 'ok') return;
    const shown = positionIn(end.position);
    if (shown === null) return this.wrong(call, 'does not say which position it shows');
    if (asked !== null && shown < asked) this.wrong(call, `asked for position ${asked} and shows ${shown}`);
    if (asked !== null) this.expectNotBack(call, shown);
    const fault = this.faultOf(call, end.body, shown);
    if (fault !== null) this.wrong(call, `shows position ${shown}, but ${fault}`);
  }

  private expectNotBack(call: Call, shown: number): void {
    const { client } = call.invoke;
    const earlier = this.seen.get(client) ?? [];
    const before = earlier[countWhile(earlier, ({ at }) => at < call.from) - 1];
    if (before !== undefined && shown < before.position)
      this.wrong(call, `goes back from position ${before.position} to ${shown}`);
    earlier.push({ at: call.to, position: Math.max(shown, earlier.at(-1)?.position ?? 0) });
    this.seen.set(client, earlier);
  }

  private checkRefused(call: Call, asked: number | null): void {
    const { code } = call.end!;
    const { eventId, bookingId, operation, user } = call.invoke;
    if (code === 'unknown-position' && asked !== null)
      return this.wrong(call, `was told that position ${asked} is unknown`);
    // Without a token it may show a time before there was anything.
    if (code !== 'not-found' || asked === null) return;
    const ledger = this.ledgerOf(eventId);
    const facts = factsUpTo(ledger, asked);
    const found = operation === 'read-booking' ? ledger.standing(bookingId ?? '', facts) : undefined;
    const isTheirs = found !== undefined && (!isUserCommand(call) || found.userId === user);
    if (isTheirs || (operation === 'read-event' && facts > 0))
      this.wrong(call, `was not found after position ${asked}`);
  }

  private faultOf({ invoke }: Call, body: Body, shown: number): string | null {
    if (invoke.operation === 'read-bookings') return this.faultOfList(invoke, body, shown);
    const ledger = this.ledgerOf(invoke.eventId);
    const facts = factsUpTo(ledger, shown);
    const isEvent = invoke.operation === 'read-event';
    return differences(body, isEvent ? eventAt(ledger, facts) : bookingAt(ledger, invoke.bookingId ?? '', facts));
  }

  /** Every item is as it was; and where nothing was filtered or cut off, none is missing. */
  private faultOfList({ eventId, user, body: query }: Call['invoke'], body: Body, shown: number): string | null {
    const items = (body['items'] ?? []) as readonly Body[];
    for (const item of items) {
      const ledger = this.ledgerOf(String(item['eventId']));
      const fault = differences(item, bookingAt(ledger, String(item['bookingId']), factsUpTo(ledger, shown)));
      if (fault !== null) return `of ${String(item['bookingId'])}, ${fault}`;
    }
    const isPart =
      ['status', 'reference', 'cursor'].some((name) => name in query) || (body['nextCursor'] ?? null) !== null;
    if (isPart) return null;
    const whose = String(query['userId'] ?? user);
    const ledgers = eventId === '' ? [...this.ledgers.values()] : [this.ledgerOf(eventId)];
    const listed = new Set(items.map((item) => item['bookingId']));
    const missing = ledgers
      .flatMap((ledger) => ledger.begunBy(whose, factsUpTo(ledger, shown)))
      .filter((bookingId) => !listed.has(bookingId));
    return missing.length === 0 ? null : `${missing[0]} is missing`;
  }

  private wrong({ invoke }: Call, what: string): void {
    this.violations.add('I8', invoke.eventId, `${invoke.operation} of ${invoke.user} ${what}`, invoke.call);
  }
}

const factsUpTo = ({ facts }: Ledger, shown: number): number => countWhile(facts, ({ position }) => position <= shown);

function eventAt(ledger: Ledger, facts: number): Body | null {
  const { settings, taken, waiting, cancelled } = ledger.prefix(facts);
  if (settings === null) return null;
  const { title, capacity } = settings;
  const counts = { capacity, seatsTaken: taken, seatsFree: capacity - taken, waiting, isBooked: taken >= capacity };
  return {
    title,
    ...counts,
    status: cancelled === null ? 'scheduled' : 'cancelled',
    revision: ledger.facts[facts - 1]!.revision,
  };
}

function bookingAt(ledger: Ledger, bookingId: string, facts: number): Body | null {
  const found = ledger.standing(bookingId, facts);
  if (found === undefined) return null;
  const { userId, status, seats, reference, offer, revision, endedReason } = found;
  const { salesEnd } = ledger.prefix(facts);
  const expiresAt = status === 'held' ? new Date(Math.min(found.expiresAt, salesEnd)).toISOString() : null;
  const waitlistPosition = status === 'waitlisted' ? ledger.turnOf(bookingId, facts) : null;
  const { eventId } = ledger;
  return {
    bookingId,
    eventId,
    userId,
    status,
    seats,
    reference,
    offer,
    revision,
    endedReason,
    expiresAt,
    waitlistPosition,
  };
}

/** In what they differ, of what is shown; null: in nothing. */
function differences(shown: Body, was: Body | null): string | null {
  if (was === null) return 'nothing was there yet';
  const name = Object.keys(was).find((one) => shown[one] !== undefined && shown[one] !== was[one]);
  return name === undefined ? null : `${name} is shown as ${String(shown[name])} and was ${String(was[name])}`;
}
