import type { Asked } from '../../application/envelope.js';
import { StreamNames } from '../../application/envelope.js';
import { HoldfastError, StreamUnreadable } from '../../application/errors.js';
import { ScheduleEvent, ScheduleEventHandler } from '../../application/commands/schedule-event.js';
import type { EventStore, Ids, RecordedEvent, Time } from '../../application/ports.js';
import { recordsOf } from '../../application/queries/replay.js';
import type { Transact } from '../../application/transact.js';
import type { Refusal } from '../../domain/booking/commands.js';
import { decide } from '../../domain/booking/decide.js';
import type { BookingEvent, Instant } from '../../domain/booking/events.js';
import { initial } from '../../domain/booking/ledger.js';
import type { Codec } from '../../infrastructure/event-store/codec.js';
import { scheduleIn } from '../../infrastructure/http/event-requests.js';
import { RULES } from '../../infrastructure/http/fields.js';
import { problemOfRefusal, type FieldError } from '../../infrastructure/http/problems.js';
import { errorsIn, rowsOf, type Format, type Row } from './rows.js';

/** One thing that is wrong with one line. */
export interface Problem {
  readonly line: number;
  readonly eventId: string | null;
  /** Empty: the line as a whole. */
  readonly field: string;
  readonly expected: string;
}

export interface ImportPorts {
  readonly store: Pick<EventStore, 'read'>;
  readonly codec: Codec;
  readonly transact: Transact;
  readonly streams: StreamNames;
  readonly ids: Ids;
  readonly time: Pick<Time, 'now'>;
}

export interface Source {
  readonly file: string;
  readonly format: Format;
  /** Called with how many bytes were dealt with. */
  readonly onBytes: (count: number) => void;
}

/** Lines at once: what they ask of the store goes in one round trip. */
const AT_ONCE = 128;
/** Problems that are told one by one; more are counted. */
const TOLD = 1_000;

/** What stands in a file, line by line; read once to look, and once more to write. */
export class Import {
  lines = 0;
  /** Lines that are not events yet, and could be. */
  readonly fresh = new Set<number>();
  alreadyThere = 0;
  scheduled = 0;
  /** Lines with something wrong. */
  bad = 0;
  readonly problems: Problem[] = [];
  /** What ended the writing early: what was written until then stays. */
  stopped: string | null = null;
  private readonly lineOf = new Map<string, number>();
  private readonly handler: ScheduleEventHandler;

  constructor(
    private readonly ports: ImportPorts,
    private readonly source: Source,
    /** Who puts the events up; and what ties all of them together in the log. */
    private readonly by: Pick<Asked, 'caller' | 'correlationId'>,
  ) {
    this.handler = new ScheduleEventHandler(ports.transact, ports.streams, ports.ids);
  }

  /** Looks at every line and at what the log has of it; writes nothing. Throws what the store throws. */
  async look(): Promise<void> {
    await this.each(async (row) => {
      this.lines += 1;
      const asked = this.eventIn(row);
      if (asked === null) return;
      const { line } = row;
      const { eventId } = asked;
      const earlier = this.lineOf.get(eventId);
      if (earlier !== undefined)
        return this.wrong(line, eventId, [
          { pointer: '/eventId', expected: `an id of its own; line ${earlier} has it too` },
        ]);
      this.lineOf.set(eventId, line);
      const there = await this.firstOf(line, eventId);
      if (there === undefined) return;
      if (there !== null) return this.compare(line, asked, there);
      const answer = this.decide(asked, this.ports.time.now());
      if (answer.accepted) this.fresh.add(line);
      else this.wrong(line, eventId, errorsOf(answer.refusal));
    });
    this.problems.sort((a, b) => a.line - b.line);
  }

  /** Schedules what is not there yet. A fault ends it after what was under way; `stopped` says which. */
  async write(): Promise<void> {
    await this.each(async (row) => {
      if (this.stopped !== null || !this.fresh.has(row.line)) return;
      const asked = this.eventIn(row);
      if (asked === null) return;
      const { eventId, schedule, fields } = asked;
      const requestHash = this.ports.ids.requestHash('ScheduleEvent', {}, fields);
      const request = { ...this.by, key: null, requestHash };
      try {
        const answer = await this.handler.execute(new ScheduleEvent(request, eventId, schedule));
        if (answer.accepted) this.scheduled += 1;
        // Somebody was quicker, or it was we: an append that was given up may have come through.
        else if (answer.refusal.reason === 'EventExists') await this.meet(row.line, asked);
        else this.wrong(row.line, eventId, errorsOf(answer.refusal));
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        this.stopped ??= `line ${row.line}: ${error.code}: ${error.message}`;
      }
    });
    this.problems.sort((a, b) => a.line - b.line);
  }

  private async meet(line: number, asked: AskedEvent): Promise<void> {
    const there = await this.firstOf(line, asked.eventId);
    if (there != null) this.compare(line, asked, there);
  }

  /** Undefined: there is no telling. Null: there is no such event. */
  private async firstOf(line: number, eventId: string): Promise<RecordedEvent | null | undefined> {
    try {
      for await (const first of recordsOf(this.ports.store, this.ports.streams.of(eventId), 0, 1)) return first;
      return null;
    } catch (error) {
      if (!(error instanceof StreamUnreadable)) throw error;
      return this.wrong(line, eventId, [
        { pointer: '/eventId', expected: `records that can be read: ${error.message}` },
      ]);
    }
  }

  /** The same event, if it would have become this very fact at the time when that was written. */
  private compare(line: number, asked: AskedEvent, there: RecordedEvent): void {
    const { codec } = this.ports;
    const answer = this.decide(asked, there.metadata.occurredAt);
    const fact = answer.accepted ? answer.facts[0]! : null;
    if (fact !== null && fact.type === there.event.type && codec.encode(fact) === codec.encode(there.event)) {
      this.alreadyThere += 1;
      return;
    }
    const since = new Date(there.metadata.occurredAt).toISOString();
    const names = fact === null ? '' : `; other: ${differing(fact, there.event).join(', ')}`;
    const expected = `an id of its own: an event was scheduled with it at ${since}, with other content${names}`;
    this.wrong(line, asked.eventId, [{ pointer: '/eventId', expected }]);
  }

  private decide({ schedule }: AskedEvent, now: Instant) {
    return decide({ type: 'ScheduleEvent', schedule }, initial(), now);
  }

  private eventIn(row: Row): AskedEvent | null {
    if ('errors' in row) return this.wrong(row.line, null, row.errors) ?? null;
    const { fields, line } = row;
    const said = typeof fields['eventId'] === 'string' ? fields['eventId'] : null;
    try {
      const { eventId, schedule } = scheduleIn(fields);
      if (eventId !== null) return { eventId, schedule, fields };
      return (
        this.wrong(line, null, [
          { pointer: '/eventId', expected: `${RULES.eventId.expected}: known when it comes again` },
        ]) ?? null
      );
    } catch (error) {
      return this.wrong(line, said, errorsIn(error)) ?? null;
    }
  }

  private wrong(line: number, eventId: string | null, errors: readonly FieldError[]): undefined {
    this.bad += 1;
    for (const { pointer, expected } of errors)
      if (this.problems.length < TOLD) this.problems.push({ line, eventId, field: pointer.slice(1), expected });
  }

  /** Every line, some at once; the first that throws ends it, when those under way are done. */
  private async each(work: (row: Row) => Promise<void>): Promise<void> {
    const { file, format, onBytes } = this.source;
    const running = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | null = null;
    let before = 0;
    for await (const row of rowsOf(file, format)) {
      onBytes(row.upTo - before);
      before = row.upTo;
      const task = work(row)
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= AT_ONCE) await Promise.race(running);
      if (failure !== null) break;
    }
    await Promise.all(running);
    if (failure !== null) throw (failure as { readonly error: unknown }).error;
  }
}

interface AskedEvent extends Pick<ScheduleEvent, 'schedule'> {
  readonly eventId: string;
  /** As they stand in the file. */
  readonly fields: Readonly<Record<string, unknown>>;
}

function differing(one: BookingEvent, other: BookingEvent): string[] {
  const [a, b] = [one.data, other.data] as Readonly<Record<string, unknown>>[];
  return [...new Set([...Object.keys(a!), ...Object.keys(b!)])].filter((name) => a![name] !== b![name]).sort();
}

/** A refusal of the domain, as what is wrong with a field. */
function errorsOf(refusal: Refusal): readonly FieldError[] {
  if (refusal.reason === 'InvalidSettings') return [{ pointer: refusal.pointer, expected: refusal.expected }];
  if (refusal.reason === 'StartsInPast') return [{ pointer: '/startsAt', expected: 'an instant in the future' }];
  return [{ pointer: '', expected: String(problemOfRefusal(refusal).body['detail']) }];
}
