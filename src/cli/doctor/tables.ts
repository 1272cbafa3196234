import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Checkpoint } from '../../../projections/checkpoint.js';
import { ForeignLog, assertSameLog } from '../../../projections/same-log.js';
import type { Position } from '../../application/ports.js';
import type { OpenLog } from '../../infrastructure/event-store/open.js';
import { ok, wrong, type Check } from './check.js';

/** Between two looks at a checkpoint that may be on its way. */
const LOOK_EVERY_MS = 25;

/** A checkpoint as far as it can be read whatever migrations its database has. */
interface Found extends Pick<Checkpoint, 'logId' | 'position' | 'last' | 'skipped'> {
  readonly generation: number;
  readonly live: boolean;
  /** It is still being made. */
  readonly bare: boolean;
  readonly halt: string | null;
  readonly pause: string | null;
  readonly movedAt: string;
}

/** Whether the tables of every generation were folded from this log. */
export async function checkIdentity(client: pg.Client, log: OpenLog): Promise<Check[]> {
  const checks: Check[] = [];
  const problem = await log.problem();
  const head = await log.feed.head();
  if (problem !== null) checks.push(wrong('log', problem, 'Nothing is written until this is mended.'));
  else checks.push(ok('log', `reached; its last record has position ${head}`));
  for (const found of await checkpoints(client)) checks.push(await sameLog(found, log, head));
  return checks;
}

async function sameLog(found: Found, { store }: OpenLog, head: Position): Promise<Check> {
  const name = `log identity, generation ${found.generation}`;
  if (found.last === null) return ok(name, 'nothing of a log is in these tables yet');
  try {
    // Of a log without records there may be no identity yet, and asking for it would make one.
    if (head === 0n) throw new ForeignLog(`the log is empty; the tables were folded from ${found.position} of another`);
    const checkpoint = { ...found, halt: null, movedAt: 0, isBare: false } as unknown as Checkpoint;
    // To adopt a log is to write its name into the checkpoint; here it is only compared.
    const ports = { read: async () => checkpoint, adopt: async () => true };
    const { logId } = await assertSameLog(ports, store);
    const renewed = found.logId === logId ? '' : `, under another name since: ${found.logId} was its name`;
    return ok(name, `the tables were folded from this log, ${logId}${renewed}`);
  } catch (error) {
    if (!(error instanceof ForeignLog)) throw error;
    const todo = 'Point EVENT_STORE_URL (or DATABASE_URL) at the log that belongs to these tables, or fold them anew.';
    return wrong(name, error.message, todo);
  }
}

/** Whether somebody folds the log into each generation. `patienceMs`: how long one that is behind is watched. */
export async function checkProjector(client: pg.Client, log: OpenLog, patienceMs: number): Promise<Check[]> {
  const head = await log.feed.head();
  const first = await checkpoints(client);
  const isBehind = ({ position, halt, pause }: Found): boolean => halt === null && pause === null && position < head;
  let now = first;
  for (let waitedMs = 0; now.some(isBehind) && waitedMs < patienceMs; waitedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
    now = await checkpoints(client);
  }
  return now.map((found) => {
    const before = first.find(({ generation }) => generation === found.generation)?.position ?? found.position;
    return stateOf(found, before, head);
  });
}

function stateOf(found: Found, before: Position, head: Position): Check {
  const { generation, live, bare, position, halt, pause, movedAt } = found;
  const name = `projector, generation ${generation}${live ? ' (live)' : ''}`;
  const where = `position ${position}, the log ends at ${head}`;
  if (halt !== null)
    return wrong(name, `halted, at ${where}: ${halt}`, 'Mend the cause, then holdfast projections resume.');
  if (pause !== null) return wrong(name, `paused, at ${where}: ${pause}`, 'To go on: holdfast projections resume.');
  // Projectors leave it to the command that makes it.
  if (bare && !live && position === before) {
    const rebuild = `holdfast projections rebuild goes on with it, holdfast projections drop ${generation} takes it away.`;
    return wrong(name, `half made, standing still since ${movedAt}: ${where}`, `Unless one is at work: ${rebuild}`);
  }
  if (position >= head) return ok(name, `up to date: ${where}`);
  if (position > before) return ok(name, `behind and following: ${where}`);
  const todo = 'Start one: npm run start:projector, or PROJECTOR=inline; if one runs, its log lines say what keeps it.';
  return wrong(name, `behind and standing still since ${movedAt}: ${where}`, todo);
}

/** Their ids; none before there was a table of them. */
async function skippedRecords(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows: tables } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('projections.skips') IS NOT NULL AS there`,
  );
  if (tables[0]?.there !== true) return new Set();
  const { rows } = await client.query<{ record_id: string }>('SELECT record_id::text FROM projections.skips');
  return new Set(rows.map(({ record_id: id }) => id));
}

/** Columns that came with later migrations are asked for by their names in the row. */
async function checkpoints(client: pg.Client): Promise<Found[]> {
  const { rows } = await client.query<{ row: Readonly<Record<string, string | number | boolean | null>> }>(
    `SELECT to_jsonb(c) || jsonb_build_object('position', c.position::text, 'halt_position', c.halt_position::text) AS row
       FROM projections.checkpoint c ORDER BY projection, generation`,
  );
  const skipped = await skippedRecords(client);
  return rows.map(({ row }) => {
    const text = (name: string): string | null => (row[name] == null ? null : String(row[name]));
    const recordId = text('record_id');
    return {
      generation: Number(row['generation']),
      live: row['live'] === true,
      bare: row['bare'] === true,
      logId: text('log_id'),
      position: BigInt(text('position')!),
      skipped,
      last: recordId === null ? null : { stream: text('stream')!, revision: Number(row['revision']), recordId },
      halt:
        text('halted_at') === null
          ? null
          : `before position ${text('halt_position')}, revision ${text('halt_revision')} of ${text('halt_stream')}, ` +
            `since ${text('halted_at')}: ${text('halt_reason')}`,
      pause:
        text('paused_at') === null
          ? null
          : `since ${text('paused_at')} by ${text('paused_by')}${text('pause_reason') === null ? '' : `: ${text('pause_reason')}`}`,
      movedAt: text('moved_at')!,
    };
  });
}
