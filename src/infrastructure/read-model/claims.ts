import type pg from 'pg';
import { askTables } from './ask.js';

/** Open holds, those of them that are overdue, and who waits: numbers of bookings. */
export interface OpenClaims {
  readonly held: number;
  readonly overdue: number;
  readonly waiting: number;
}

/**
 * By the indexes that hold nothing else, and by the database's clock. A hold is due at its own end, or at the present end
 * of sales if that is earlier; events that are past it and have holds are few, and soon have none.
 */
const CLAIMS = `
  SELECT (SELECT count(*) FROM read_model.bookings WHERE status = 'held') AS held,
         (SELECT count(*) FROM read_model.bookings WHERE status = 'held' AND (expires_at <= now() OR event_id IN (
            SELECT event_id FROM read_model.events WHERE sales_end_at <= now() AND seats_held > 0))) AS overdue,
         (SELECT count(*) FROM read_model.bookings WHERE status = 'waitlisted') AS waiting`;

/** What the tables show of claims that are open, for operators. Throws StoreUnavailable. */
export async function openClaims(pool: pg.Pool): Promise<OpenClaims> {
  const [row] = await askTables<OpenClaims>(pool, CLAIMS, []);
  return row!;
}
