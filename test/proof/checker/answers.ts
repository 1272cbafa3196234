import { isRead, mayBeQuiet, type Call } from './calls.js';
import type { Fact, Ledger } from './ledger.js';
import { positionIn } from './names.js';
import type { Order, Span, WallTime } from './order.js';
import { quietAnswer, refusals, type Moment } from './rules.js';
import type { Violations } from './violations.js';

/** What HTTP itself refuses before anybody has looked at an event. Counted, not explained. */
const TRANSPORT: readonly string[] = [
  ...['validation-failed', 'unauthenticated', 'forbidden', 'rate-limited', 'too-large', 'unsupported-media-type'],
  ...['request-timeout', 'headers-too-large', 'method-not-allowed'],
];

type Told = Call & { readonly end: NonNullable<Call['end']> };

/**
 * Holds every answer against the log. First `hear` all: I1 and I3 of those that rest on a record, and from when on
 * somebody knew of it. Then `explain` each: an answer without a record of its own must be what the sequential machine
 * answers after one of the prefixes that can have been the present one during the call (I7).
 */
export class Answers {
  private readonly quiet: Told[] = [];
  private readonly refused: Told[] = [];
  /** Who said of itself that it wrote that record. */
  private readonly writers = new Map<Fact, Call>();
  private readonly fresh: { readonly call: Told; readonly effect: Fact }[] = [];

  constructor(
    private readonly order: Order,
    private readonly wall: WallTime,
    private readonly ledgerOf: (eventId: string) => Ledger,
    private readonly violations: Violations,
  ) {}

  hear(call: Call): void {
    if (call.end === null) return;
    const told = call as Told;
    const position = positionIn(call.end.position);
    if (position !== null && !this.order.toldPosition(position, call.to))
      this.wrong('I1', told, `was told position ${position}, where the log does not reach`);
    if (isRead(call)) return;
    if (call.kind === 'refused') this.refused.push(told);
    if (call.kind !== 'ok') return;
    const { effects } = call.request;
    const revision = call.end.body['revision'];
    const last = effects.at(-1);
    if (last !== undefined && last.revision === revision) return this.hearOfEffect(told, last, position);
    if (mayBeQuiet(call) && !call.end.replayed) return void this.quiet.push(told);
    if (last === undefined) this.wrong('I1', told, `was told ${nameOf(told)}, which is not in the log`);
    else this.wrong('I3', told, `was told ${nameOf(told)}, its key had its effect at ${last.type}@${last.revision}`);
  }

  /** When everything has been heard. */
  explainAll(): void {
    for (const call of this.quiet) this.explainQuiet(call);
    for (const call of this.refused) this.explainRefusal(call);
    for (const { call, effect } of this.fresh) {
      const isLate = this.order.committed(effect).to < call.from;
      if (isLate && call.request.calls.some(({ from }) => from < call.from))
        this.wrong('I3', call, `was told ${nameOf(call)} as new, though it was there before`);
    }
  }

  private hearOfEffect(call: Told, effect: Fact, position: number | null): void {
    this.order.told(effect, call.to);
    for (const name of ['bookingId', 'userId', 'seats', 'status', 'reference', 'offer', 'expiresAt', 'createdAt'])
      if (effect.data.bookingId !== undefined && !isAsTold(call.end.body[name], effect.data[name]))
        this.wrong(
          'I3',
          call,
          `was told ${name} ${String(call.end.body[name])}, written is ${String(effect.data[name])}`,
        );
    if (position !== null && position < effect.position)
      this.wrong('I8', call, `was told position ${position}, its effect has ${effect.position}`);
    if (call.end.replayed) return;
    this.fresh.push({ call, effect });
    const writer = this.writers.get(effect);
    if (writer !== undefined)
      this.wrong('I3', call, `was told ${nameOf(call)} as new, and so was ${writer.invoke.call}`);
    this.writers.set(effect, call);
  }

  private explainQuiet(call: Told): void {
    const isSo = (facts: number): boolean => {
      const moment = this.momentOf(call, facts);
      const answer = quietAnswer(call, moment);
      const { revision, status, bookingId } = call.end.body;
      if (answer === null || answer.revision !== revision || (status ?? answer.status) !== answer.status) return false;
      if (call.invoke.bookingId !== undefined && bookingId !== call.invoke.bookingId) return false;
      return ![...refusals(call, moment)].some(({ certain }) => certain);
    };
    const window = this.windowOf(call);
    if (window === null || isSomewhere(window, isSo)) return;
    const wasSo =
      !this.violations.areMany && isSomewhere({ from: 0, to: this.ledgerOf(call.invoke.eventId).length }, isSo);
    if (wasSo) this.wrong('I7', call, `was told ${nameOf(call)}, which was so, but not while it was asked`);
    else this.wrong('I1', call, `was told ${nameOf(call)}, but there is no such record and there was something to do`);
  }

  private explainRefusal(call: Told): void {
    const { code, body } = call.end;
    if (TRANSPORT.includes(code)) return;
    if (code === 'key-reused') return this.explainKeyReused(call);
    const window = this.windowOf(call);
    if (window === null) return;
    const isSo = (facts: number): boolean => {
      for (const no of refusals(call, this.momentOf(call, facts))) {
        if (no.code === code && isSameNo(no.members, body)) return true;
        if (no.certain) return false;
      }
      return false;
    };
    if (isSomewhere(window, isSo)) return;
    const members = JSON.stringify(
      Object.fromEntries(MEMBERS.flatMap((name) => (name in body ? [[name, body[name]]] : []))),
    );
    const prefixes = `after ${window.from} to ${window.to} of its facts`;
    this.wrong('I7', call, `was told ${code} ${members}, which no state explains ${prefixes}`);
  }

  private explainKeyReused(call: Told): void {
    const { effects, calls } = call.request;
    const [effect] = effects;
    const isOther = calls.some(({ asked }) => asked !== call.asked);
    if (effect === undefined || !isOther || this.order.committed(effect).from > call.to)
      this.wrong('I7', call, 'was told key-reused, and nothing else was written with that key');
  }

  /** The prefixes during the call, before its key has had its effect: after it the answer is that effect. Null: none is left. */
  private windowOf(call: Told): Span | null {
    const window = this.order.prefixes(call, this.ledgerOf(call.invoke.eventId));
    const effect = call.request.effects[0];
    const to = Math.min(window.to, effect?.at ?? Infinity);
    if (window.from <= to) return { from: window.from, to };
    this.wrong(
      'I3',
      call,
      `was told ${call.end.code}, though its key had had its effect: ${effect!.type}@${effect!.revision}`,
    );
    return null;
  }

  private momentOf(call: Told, facts: number): Moment {
    return { ledger: this.ledgerOf(call.invoke.eventId), facts, now: this.wall.during(call) };
  }

  private wrong(invariant: 'I1' | 'I3' | 'I7' | 'I8', { invoke }: Call, what: string): void {
    this.violations.add(invariant, invoke.eventId, `${invoke.operation} of ${invoke.user} ${what}`, invoke.call);
  }
}

const MEMBERS: readonly string[] = [
  ...['requested', 'free', 'waiting', 'bookingId', 'max', 'taken', 'ceilingAt', 'salesOpenAt'],
];

const nameOf = ({ end }: Told): string =>
  [end.body['status'] ?? 'yes', end.body['bookingId'], `@${String(end.body['revision'])}`].filter(Boolean).join(' ');

const isSameNo = (
  members: Readonly<Record<string, unknown>> | undefined,
  body: Readonly<Record<string, unknown>>,
): boolean => members === undefined || Object.entries(members).every(([name, value]) => body[name] === value);

/** Absent in a record is null in an answer. What the history does not repeat is not compared, but for the booking's id. */
const isAsTold = (told: unknown, written: unknown): boolean => told === undefined || told === (written ?? null);

/** The latest first: it is the likeliest. */
function isSomewhere({ from, to }: Span, isSo: (facts: number) => boolean): boolean {
  for (let facts = to; facts >= from; facts -= 1) if (isSo(facts)) return true;
  return false;
}
