import type pg from 'pg';
import type { After, KeptRefusal, RefusalFilter, RefusalGap, RefusalViews } from '../../application/ports.js';
import { askTables } from '../read-model/ask.js';

/** The refusals that were kept, and how many were not. */
export class PostgresRefusalViews implements RefusalViews {
  constructor(private readonly pool: pg.Pool) {}

  async refusals(
    eventId: string,
    { userId = null, code = null }: { readonly [Name in keyof RefusalFilter]?: string | null },
    limit: number,
    after: After | null,
  ): Promise<readonly (KeptRefusal | RefusalGap)[]> {
    const from = after === null ? '-infinity' : new Date(after.at).toISOString();
    const rows = await askTables<Row>(this.pool, PAGE, [eventId, userId, code, from, after?.id ?? FIRST_ID, limit]);
    return rows.map((row) => (row.lost === null ? refusalOf(row, eventId) : gapOf(row, row.lost)));
  }
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Each table is walked along its index for no more than a page. */
const PAGE = `
  SELECT * FROM (
    (SELECT id, event_id, refused_at, user_id, actor, command, booking_id, code, requested, free, waiting, revision,
            taken_by, command_id, correlation_id, NULL::bigint AS lost, NULL::timestamptz AS until_at
     FROM refusals.facts
     WHERE event_id = $1 AND ($2::text IS NULL OR user_id = $2) AND ($3::text IS NULL OR code = $3)
       AND (refused_at, id) > ($4::timestamptz, $5::uuid)
     ORDER BY refused_at, id LIMIT $6)
    UNION ALL
    (SELECT id, event_id, from_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, lost, until_at
     FROM refusals.gaps
     WHERE (event_id = $1 OR event_id IS NULL) AND (from_at, id) > ($4::timestamptz, $5::uuid)
     ORDER BY from_at, id LIMIT $6)
  ) kept ORDER BY refused_at, id LIMIT $6`;

/** As the driver gives them: `timestamptz` as Date, `int8` as number. A gap has `lost`, and of the rest only times. */
interface Row {
  readonly id: string;
  readonly event_id: string | null;
  readonly refused_at: Date;
  readonly user_id: string;
  readonly actor: string;
  readonly command: string;
  readonly booking_id: string | null;
  readonly code: string;
  readonly requested: number | null;
  readonly free: number | null;
  readonly waiting: number | null;
  readonly revision: number;
  readonly taken_by: number | null;
  readonly command_id: string;
  readonly correlation_id: string;
  readonly lost: number | null;
  readonly until_at: Date;
}

const refusalOf = (row: Row, eventId: string): KeptRefusal => ({
  kind: 'refusal',
  id: row.id,
  eventId,
  userId: row.user_id,
  actor: row.actor,
  command: row.command,
  bookingId: row.booking_id,
  code: row.code,
  requested: row.requested,
  free: row.free,
  waiting: row.waiting,
  revision: row.revision,
  takenAt: row.taken_by,
  refusedAt: row.refused_at.getTime(),
  commandId: row.command_id,
  correlationId: row.correlation_id,
});

const gapOf = ({ id, event_id, refused_at, until_at }: Row, lost: number): RefusalGap => ({
  kind: 'gap',
  ...{ id, eventId: event_id, refusedAt: refused_at.getTime(), until: until_at.getTime(), lost },
});
