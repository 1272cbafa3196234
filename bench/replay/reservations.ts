import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';

/** Days since 1970-01-01. The file knows days only, so its order does too. */
export type Day = number;

/** One row of the file, as far as a replay needs it. */
export interface Reservation {
  /** Line of the file, from 2: the first holds the names. */
  readonly line: number;
  readonly hotel: string;
  readonly arrival: Day;
  readonly bookedOn: Day;
  /** Null when the guest never cancelled. */
  readonly cancelledOn: Day | null;
  readonly adults: number;
  /** Null where the file does not say. */
  readonly children: number | null;
}

/** The file is not what it should be; says where and how. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAY_MS = 86_400_000;
const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * Reads reservations from CSV, compressed or not, in the order of the file, at most `limit` of them. Throws
 * UnreadableFile at the first row that does not say what it must: nothing is skipped in silence.
 */
export async function readReservations(file: string, limit: number): Promise<Reservation[]> {
  const isPacked = await isCompressed(file);
  const source = createReadStream(file);
  const parser = parse({ columns: true, info: true, skip_empty_lines: true, to: Number.isFinite(limit) ? limit : -1 });
  const unzipped: Readable = isPacked ? source.pipe(createGunzip()) : source;
  // `pipe` does not hand errors on; the loop below must see those of every stage.
  source.on('error', (error) => parser.destroy(error));
  unzipped.on('error', (error) => parser.destroy(error));
  const reservations: Reservation[] = [];
  try {
    for await (const { record, info } of unzipped.pipe(parser) as AsyncIterable<Row>) {
      reservations.push(reservationOf(record, info.lines));
    }
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    throw new UnreadableFile(`${file}: ${(error as Error).message}`, { cause: error });
  }
  return reservations;
}

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

async function isCompressed(file: string): Promise<boolean> {
  const handle = await open(file).catch((error: Error) => {
    throw new UnreadableFile(`${file} cannot be opened: ${error.message}`, { cause: error });
  });
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.equals(GZIP);
  } finally {
    await handle.close();
  }
}

function reservationOf(record: Readonly<Record<string, string>>, line: number): Reservation {
  const field = (name: string, pattern: RegExp): string => {
    const value = record[name];
    if (value !== undefined && pattern.test(value)) return value;
    throw new UnreadableFile(`line ${line}: "${value ?? ''}" is no ${name}`);
  };
  const whole = (name: string): number => Number(field(name, /^\d{1,4}$/));
  const month = MONTHS.indexOf(field('arrival_date_month', /^\w+$/));
  if (month < 0) throw new UnreadableFile(`line ${line}: "${record['arrival_date_month']}" is no month`);
  const arrival = Date.UTC(whole('arrival_date_year'), month, whole('arrival_date_day_of_month')) / DAY_MS;
  const status = field('reservation_status', /^(Check-Out|Canceled|No-Show)$/);
  const statusDay = Date.parse(field('reservation_status_date', /^\d{4}-\d\d-\d\d$/)) / DAY_MS;
  if (!Number.isInteger(statusDay)) throw new UnreadableFile(`line ${line}: no such reservation_status_date`);
  const children = field('children', /^(\d{1,3}|NA|NULL|)$/);
  return {
    line,
    hotel: field('hotel', /\S/),
    arrival,
    bookedOn: arrival - whole('lead_time'),
    cancelledOn: status === 'Canceled' ? statusDay : null,
    adults: whole('adults'),
    children: /\d/.test(children) ? Number(children) : null,
  };
}
