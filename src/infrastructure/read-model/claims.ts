import type pg from 'pg';
import { askTables } from './ask.js';

/** Open holds, those of them that are overdue, and who waits: numbers of bookings. */
export interface OpenClaims {
  readonly held: number;
  readonly overdue: number;
  readonly waiting: number;
}

/** By the indexes that hold nothing else, and by the database's clock. */
const CLAIMS = `
  SELECT (SELECT count(*) FROM read_model.bookings WHERE status = 'held') AS held,
         (SELECT count(*) FROM read_model.bookings WHERE status = 'held' AND expires_at <= now()) AS overdue,
         (SELECT count(*) FROM read_model.bookings WHERE status = 'waitlisted') AS waiting`;

/** What the tables show of claims that are open, for operators. Throws StoreUnavailable. */
export async function openClaims(pool: pg.Pool): Promise<OpenClaims> {
  const [row] = await askTables<OpenClaims>(pool, CLAIMS, []);
  return row!;
}
