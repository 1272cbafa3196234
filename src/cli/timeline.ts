import type { Places, Step } from '../application/queries/replay.js';
import { wireOf } from '../infrastructure/http/answers.js';
import { factOf } from '../infrastructure/http/history.js';
import { painter, type Paint } from './terminal.js';

/** The facts of one event as a person reads them, or as one JSON document. Colours only where a terminal wants them. */
export class Timeline {
  /** Facts that were told. */
  told = 0;
  private last: Step | null = null;
  private readonly paint = painter();
  /** Which fact each command wrote first: what a later fact may follow from. */
  private readonly written = new Map<string, number>();
  private readonly began = new Map<string, number>();

  constructor(
    private readonly eventId: string,
    private readonly logId: string,
    private readonly options: { readonly diff: boolean; readonly json: boolean },
  ) {}

  /** Every fact in order; those that are not to be told are only remembered. */
  add(step: Step, isTold: boolean): void {
    if (isTold) {
      process.stdout.write(this.options.json ? this.json(step) : this.text(step));
      this.told += 1;
    }
    const { revision, metadata } = step.record;
    if (!this.written.has(metadata.commandId)) this.written.set(metadata.commandId, revision);
    const bookingId = step.booking?.is.bookingId;
    if (bookingId !== undefined && !this.began.has(bookingId)) this.began.set(bookingId, revision);
    this.last = step;
  }

  end(): void {
    if (this.last === null) return;
    const { record, after } = this.last;
    if (!this.options.json) {
      const where = `after revision ${record.revision}, position ${record.position}`;
      process.stdout.write(`${this.paint('bold', `${where}: ${said(after)}`)}\n`);
      return;
    }
    const { revision, position, occurredAt } = factOf(record, this.eventId, this.logId);
    const asOf = { revision, position, occurredAt };
    const close = this.told === 0 ? `{"eventId":${JSON.stringify(this.eventId)},"facts":[` : '';
    process.stdout.write(`${close}\n],"places":${JSON.stringify(after)},"asOf":${JSON.stringify(asOf)}}\n`);
  }

  private json({ record, before, after, booking, schedule }: Step): string {
    const fact = factOf(record, this.eventId, this.logId);
    const states = booking === null ? schedule : booking;
    const changed = { was: states.was && wireOf(states.was), is: states.is && wireOf(states.is) };
    const line = JSON.stringify({ ...fact, before, after, [booking === null ? 'event' : 'booking']: changed });
    return `${this.told === 0 ? `{"eventId":${JSON.stringify(this.eventId)},"facts":[` : ','}\n${line}`;
  }

  private text(step: Step): string {
    const { record, before, after, booking } = step;
    const { type, occurredAt, actor, reason } = factOf(record, this.eventId, this.logId);
    const head = `${this.paint('bold', `#${record.revision} ${type}`)} by ${this.paint('cyan', actor)}: ${reason}`;
    const lines = [`${head}  ${this.paint('dim', `${occurredAt}, position ${record.position}`)}`];
    if (booking !== null) {
      const { was, is } = booking;
      const whose = `${is.bookingId} of ${is.userId}, ${seats(is.seats)}`;
      lines.push(`   booking  ${whose}: ${was?.status ?? 'nothing'} → ${this.paint(COLOURS[is.status], is.status)}`);
    }
    lines.push(
      `   places   ${before === null || said(before) === said(after) ? '' : `${said(before)} → `}${said(after)}`,
    );
    const cause = this.causeOf(step);
    if (cause !== null) lines.push(`   because  of #${cause}`);
    if (this.options.diff) lines.push(...diffOf(step, this.paint));
    return `${lines.join('\n')}\n\n`;
  }

  /** The earlier fact that this one follows from: written by the command that it names, or the beginning of its booking. */
  private causeOf({ record }: Step): number | null {
    const { causationId } = record.metadata;
    return this.written.get(causationId) ?? this.began.get(causationId) ?? null;
  }
}

const seats = (count: number): string => (count === 1 ? '1 seat' : `${count} seats`);

function said({ capacity, taken, held, waiting, free }: Places): string {
  const details = [
    `${free} free`,
    ...(held > 0 ? [`${held} held`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
  ];
  return `${taken} of ${capacity} taken (${details.join(', ')})`;
}

const COLOURS = {
  ...({ waitlisted: 'yellow', held: 'yellow', confirmed: 'green' } as const),
  ...({ cancelled: 'red', expired: 'red' } as const),
};

/** What the counting of changes moves, and nobody asks for. */
const UNTOLD: ReadonlySet<string> = new Set(['revision', 'updatedAt', 'ordinal', 'changes', 'extensions']);

/** Every field that is not as it was, the old value before the new one. */
function diffOf({ booking, schedule, before, after }: Step, paint: Paint): string[] {
  const states = booking === null ? schedule : booking;
  const was: Readonly<Record<string, unknown>> = { ...wireOf(states.was ?? {}), ...before };
  const is: Readonly<Record<string, unknown>> = { ...wireOf(states.is ?? {}), ...after };
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => !UNTOLD.has(name));
  return names
    .filter((name) => shown(was[name]) !== shown(is[name]))
    .flatMap((name) => [
      ...(shown(was[name]) === null ? [] : [paint('red', `   - ${name}: ${shown(was[name])}`)]),
      ...(shown(is[name]) === null ? [] : [paint('green', `   + ${name}: ${shown(is[name])}`)]),
    ]);
}

const shown = (value: unknown): string | null => (value === undefined || value === null ? null : String(value));
