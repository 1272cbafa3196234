import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Callers } from '../../bench/support/callers.js';
import type { Reply, Request, Send } from '../../bench/support/http-client.js';
import { type Reservation, readReservations } from '../../bench/replay/reservations.js';
import { InMemoryEventStore, InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { Service, SetTime } from '../support/service.js';

const HEADER =
  'hotel,is_canceled,lead_time,arrival_date_year,arrival_date_month,arrival_date_day_of_month,adults,children,babies,' +
  'reservation_status,reservation_status_date';

/** One line of a file of reservations. `cancelled`: on the second day of June. */
export const row = (day: number, lead: number, adults: string, children: string, cancelled: boolean): string =>
  ['Inn at the Ford', Number(cancelled), lead, 2016, 'June', day, adults, children, 1]
    .concat(cancelled ? ['Canceled', '2016-06-02'] : ['Check-Out', `2016-06-${day}`])
    .join(',');

/**
 * Reservations that nobody made: ten days, of which the last three are asked for most, and on every day some who give
 * back what they had. No row of any real file is in here.
 */
export const makeUpRows = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => {
    const day = 11 + (n % 20 < 14 ? n % 7 : 7 + (n % 3));
    const isCancelled = n % 5 === 3;
    return row(day, day - 1 + (n % 4), String(n % 4), n % 31 === 0 ? 'NA' : String(n % 2), isCancelled);
  });

export const madeUpRows: readonly string[] = makeUpRows(200);

/** Puts the lines into a file, reads them as reservations, and deletes the file. */
export async function readRows(rows: readonly string[], limit = Infinity, header = HEADER): Promise<Reservation[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-rows-'));
  try {
    const file = path.join(folder, 'rows.csv');
    await writeFile(file, [header, ...rows, ''].join('\n'));
    return await readReservations(file, limit);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** On paper a token is the name of its user. */
export const paperCallers: Callers = {
  manager: 'manager',
  as: (userId) => ({ token: userId, onBehalf: {} }),
};

/** However busy the machine is: what is shown here does not depend on time. */
const PATIENT = { queueAgeMs: 60_000, inFlightWaitMs: 60_000, outcomeDeadlineMs: 60_000 };

/** The service as the replay sees it, without HTTP and tables: real decisions, a real write path, a log in memory. */
export class PaperService {
  readonly log = new InMemoryLog();
  private readonly service: Service;

  constructor(now: number) {
    const store = new InMemoryEventStore(this.log, new Codec(UPCASTERS));
    this.service = new Service(store, new SetTime(now), PATIENT);
  }

  readonly send: Send = async (request) => {
    const [, eventId, bookingId, verb] =
      /^\/v1\/events(?:\/([^/]+)\/bookings(?:\/([^/]+)\/(\w+))?)?$/.exec(request.path) ?? [];
    if (request.method === 'GET') return reply(200, { items: this.held(request.path), nextCursor: null });
    if (eventId === undefined) return this.schedule(request);
    const caller = request.token ?? '';
    const { seats, reference, waitlist } = request.body ?? {};
    if (bookingId === undefined) {
      const wishes = { seats: Number(seats), reference: String(reference), waitlist: waitlist === true };
      return answer(201, await this.service.book(eventId, caller, wishes, request.key ?? null));
    }
    const envelope = this.service.envelope(eventId, caller, request.key ?? null, request.body);
    const on = { bookingId, owner: caller, ifMatch: null };
    const command =
      verb === 'confirm' ? { type: 'ConfirmBooking' as const, ...on } : { type: 'CancelBooking' as const, ...on };
    return answer(200, await this.service.transact.claim(eventId, command, envelope));
  };

  private async schedule({ body }: Request): Promise<Reply> {
    const { eventId, startsAt, capacity, waitlistLimit } = body as Record<string, string>;
    const numbers = { capacity: Number(capacity), waitlistLimit: Number(waitlistLimit) };
    return answer(201, await this.service.schedule(String(eventId), { startsAt: Date.parse(startsAt!), ...numbers }));
  }

  /** What the read model would list: the last word of the log on every booking. */
  private held(path: string): object[] {
    const eventId = new URL(path, 'http://paper').searchParams.get('eventId');
    const bookings = new Map<string, Record<string, unknown>>();
    for (const { stream, data } of this.log.records) {
      const booking = JSON.parse(data) as Record<string, unknown>;
      bookings.set(String(booking['bookingId']), { ...booking, eventId: stream.slice('booking-'.length) });
    }
    return [...bookings.values()].filter(
      (booking) => booking['status'] === 'held' && (eventId === null || booking['eventId'] === eventId),
    );
  }
}

type Answered = Awaited<ReturnType<Service['book']>> | Awaited<ReturnType<Service['schedule']>>;

function answer(status: number, answered: Answered): Reply {
  if (answered.accepted) {
    const position = String(answered.position);
    return { ...reply(status, { ...answered.receipt }), replayed: answered.replayed, position };
  }
  const code = answered.refusal.reason.replaceAll(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return reply(code === 'key-reused' ? 422 : 409, { code });
}

export const reply = (status: number, body: Readonly<Record<string, unknown>>): Reply => ({
  status,
  body,
  replayed: false,
  position: null,
  retryAfterMs: null,
});
