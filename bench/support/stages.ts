import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Batch, type Waiter } from '../../src/application/batch.js';
import { Desk } from '../../src/application/desk.js';
import { envelopeOf } from '../../src/application/envelope.js';
import type { Sealed } from '../../src/application/ports.js';
import type { BookingEvent } from '../../src/domain/booking/events.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { NamedIds } from '../../src/infrastructure/event-store/ids.js';
import { appendParameters } from '../../src/infrastructure/event-store/postgres-statements.js';
import { ChainSealer, recordId } from '../../src/infrastructure/event-store/sealer.js';
import { systemRandom } from '../../src/infrastructure/time.js';

/** What the stages of one booking cost the processor in this process, in microseconds a booking. */
export interface Stages {
  /** commandId. */
  readonly ids: number;
  /** Settle's look, the decision, the fold and the receipt. */
  readonly decide: number;
  /** JSON, hash, record id. */
  readonly seal: number;
  /** Of that, what the chain costs: the hash and the record id. */
  readonly chain: number;
  /** The parameters of the statement. */
  readonly parameters: number;
}

const BOOKINGS = 10_000;
const ROUNDS = 5;
/** As many as a flush holds in a rush. */
const BATCH = 128;
const STREAM = 'booking-stages';
const A_YEAR_MS = 365 * 24 * 3_600_000;

/** As it was measured: a record is sealed between its decision and its fold, so all of it together, and sealing by itself. */
interface Round extends Omit<Stages, 'decide'> {
  readonly desk: number;
}

/** Runs each stage by itself, on the production code, warm; the best of some rounds, because noise only adds. */
export function measureStages(): Stages {
  const rounds = Array.from({ length: ROUNDS }, measureOnce);
  const best = (stage: keyof Round): number => Math.min(...rounds.map((round) => round[stage]));
  const seal = best('seal');
  return { ids: best('ids'), decide: best('desk') - seal, seal, chain: best('chain'), parameters: best('parameters') };
}

function measureOnce(): Round {
  const now = Date.now();
  const time = {
    now: () => now,
    sleep: async () => undefined,
    turn: async () => undefined,
    elapsed: () => 0,
    isTrusted: () => true,
    alarm: () => () => undefined,
  };
  const ids = new NamedIds(time, systemRandom);
  const sealer = new ChainSealer(new Codec(UPCASTERS));
  const requestHash = ids.requestHash('stages', {}, {});
  const series = crypto.randomUUID();

  const idsUs = each(BOOKINGS, (at) => ids.fromKey(`user-${at}`, STREAM, `${series}-${at}`));
  const waiters = Array.from({ length: BOOKINGS + 1 }, (_, at): Waiter => {
    const asked = { caller: `user-${at}`, key: `${series}-${at}`, requestHash, correlationId: series };
    const envelope = envelopeOf(ids, STREAM, asked);
    const place = { userId: `user-${at}`, seats: 1, hold: false, waitlist: false };
    const sale = {
      timeZone: 'UTC',
      capacity: BOOKINGS,
      holdSeconds: 600,
      offerSeconds: 14_400,
      maxSeatsPerBooking: 10,
    };
    const command =
      at === 0
        ? ({ type: 'ScheduleEvent', schedule: { title: 'Stages', startsAt: now + A_YEAR_MS, ...sale } } as const)
        : ({ type: 'BookPlace', bookingId: envelope.commandId, ...place } as const);
    return { command, envelope, arrivedAt: 0, attempts: 0, resolve: () => undefined, reject: () => undefined };
  });

  const desk = new Desk('stages', STREAM, { ids, time, sealer });
  const bounds = { batchEvents: BATCH, batchBytes: 400_000, mailboxLength: BOOKINGS };
  const batches: Batch[] = [];
  const deskUs = processorTime(() => {
    for (let rest = waiters; rest.length > 0;) {
      const batch = new Batch(desk.ledger.revision);
      rest = rest.slice(desk.decideInto(batch, bounds, rest, { commands: Infinity, settle: 'all' }));
      batches.push(batch);
    }
  });
  const sealed = batches.flatMap((batch) => batch.sealed);
  const facts = sealed.map(({ type, data }) => {
    const fact = { type, data: { ...(JSON.parse(data) as object), createdAt: now } };
    return fact as BookingEvent;
  });
  const sealUs = each(BOOKINGS, (at) => {
    return sealer.seal(sealed[at]!, [facts[at + 1]!], { occurredAt: now, ...waiters[at + 1]!.envelope });
  });
  const texts = sealed.map((record) => hashedTextOf(record));
  const chainUs = each(BOOKINGS, (at) => recordId(hash('sha256', texts[at + 1]!, 'hex')));
  const parametersUs = each(batches.length, (at) => appendParameters([flushOf(batches[at]!)], false));
  return {
    ids: idsUs,
    desk: deskUs / BOOKINGS,
    seal: sealUs,
    chain: chainUs,
    parameters: (parametersUs * batches.length) / BOOKINGS,
  };
}

/** The text that was hashed, but for its revision and its type. */
const hashedTextOf = ({ data, metadata, hash: own }: Sealed): string =>
  `{"data":${data},"metadata":${metadata.replace(`,"hash":"${own}"`, '')},"revision":1,"stream":"${STREAM}","type":""}`;

const flushOf = ({ base, sealed }: { readonly base: number; readonly sealed: readonly Sealed[] }) => ({
  stream: STREAM,
  expectedRevision: base,
  sealed,
});

/** Microseconds of one call. */
const each = (count: number, call: (at: number) => unknown): number =>
  processorTime(() => {
    for (let at = 0; at < count; at += 1) call(at);
  }) / count;

/** Of this process, in microseconds: what others do on the machine is not in it. */
function processorTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const TICKS_PER_SECOND = 100;

/** Processor time that these processes have used, in microseconds; null where the system does not tell (/proc). */
export function processorTimeOf(pids: readonly number[]): number | null {
  try {
    return pids.reduce((sum, pid) => {
      // After the name in brackets; fields 14 and 15 of the whole are the time in user and in system mode.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      return sum + ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6;
    }, 0);
  } catch {
    return null;
  }
}
