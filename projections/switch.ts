import { Refused, generationOf, liveOf, operate, type Desk, type Operation, type OperatePorts } from './operate.js';
import { checkpointStatus, type CheckpointStatus } from './checkpoint-status.js';

export interface Switched {
  readonly from: number;
  readonly to: number;
  /** Of the tables that are shown from now on: at or after what was shown before. */
  readonly position: bigint;
  readonly positionBefore: bigint;
}

/** For the other generation to come to where the live one is while that is held: readers see a read model that stands still. */
const HOLD_MS = 500;
const POLL_MS = 10;
/**
 * For putting the views in place of the old ones. Readers wait meanwhile, and their own bound is one second: whoever reads
 * several views in an order of their own and waits for us is waited for by us, and of the two it is we who try again.
 */
const SHOW_MS = 700;

/** Shows a generation that is made; null: the one that is not live, if there is one only. */
export const switchTo = (ports: OperatePorts, operation: Operation, which: number | null): Promise<Switched> =>
  show(ports, operation, (generations) => {
    if (which !== null) return generationOf(generations, which);
    const others = generations.filter(({ live }) => !live);
    if (others[0] === undefined)
      throw new Refused('there is one generation only: make another with holdfast projections rebuild');
    if (others.length === 1) return others[0];
    throw new Refused(`say which: generation ${others.map(({ generation }) => generation).join(' or ')}`);
  });

/** Shows the generation again that was live before this one. */
export const rollBack = (ports: OperatePorts, operation: Operation): Promise<Switched> =>
  show(ports, operation, (generations) => {
    const [before] = generations
      .filter(({ live, shownAt }) => !live && shownAt !== null)
      .sort((a, b) => b.shownAt! - a.shownAt!);
    if (before === undefined) throw new Refused('no other generation was ever live: there is nothing to go back to');
    return before;
  });

/**
 * Points the views at another generation, in one transaction that holds both checkpoints. Throws Refused when that one is
 * not complete, stands still, or is behind the live one: nobody who reads on may see less than before.
 */
async function show(
  ports: OperatePorts,
  operation: Operation,
  choose: (generations: readonly CheckpointStatus[]) => CheckpointStatus,
): Promise<Switched> {
  const { pool, time } = ports;
  for (let waitedMs = 0; waitedMs < operation.followMs; waitedMs += POLL_MS) {
    const generations = await checkpointStatus(pool);
    const next = choose(generations);
    refuseUnready(next, liveOf(generations));
    if (next.position >= liveOf(generations).position) break;
    await time.sleep(POLL_MS);
  }
  return operate(ports, operation, async (desk) => {
    const next = choose(desk.generations).generation;
    const live = await hold(desk, liveOf(desk.generations).generation);
    for (let waitedMs = 0; waitedMs < HOLD_MS; waitedMs += POLL_MS) {
      const now = generationOf(await checkpointStatus(desk.sql), next);
      if (now.position >= live.position || now.halt !== null) break;
      await time.sleep(POLL_MS);
    }
    const shown = await hold(desk, next);
    refuseUnready(shown, live);
    if (shown.position < live.position)
      throw new Refused(
        `generation ${next} stands at position ${shown.position} and the live one at ${live.position}: it is behind. ` +
          'The projector process feeds both; see holdfast projections status',
      );
    await desk.sql.query(`SET LOCAL statement_timeout = ${SHOW_MS}`);
    // Under a lock time-out alone each of the views would have a second of its own.
    if (!operation.isDry) await desk.sql.query('SELECT projections.show_generation($1)', [next]);
    const { generation: from, position: positionBefore } = live;
    return { from, to: next, position: shown.position, positionBefore };
  });
}

/** Nobody moves it until the end of the transaction. */
async function hold({ sql }: Desk, generation: number): Promise<CheckpointStatus> {
  const text = `SELECT FROM projections.checkpoint WHERE projection = 'bookings' AND generation = $1 FOR UPDATE`;
  await sql.query(text, [generation]);
  return generationOf(await checkpointStatus(sql), generation);
}

function refuseUnready(
  { generation, live, isBare, halt, pause, logId }: CheckpointStatus,
  shown: CheckpointStatus,
): void {
  const what = `generation ${generation}`;
  if (live) throw new Refused(`${what} is live already`);
  if (isBare) throw new Refused(`${what} is not complete: go on with holdfast projections rebuild`);
  if (halt !== null) throw new Refused(`${what} is halted before position ${halt.position}: ${halt.reason}`);
  if (pause !== null) throw new Refused(`${what} is paused by ${pause.by}: holdfast projections resume`);
  if (logId !== shown.logId)
    throw new Refused(
      `${what} was folded from log ${logId}, the live one from ${shown.logId}: drop the one that is wrong`,
    );
}

/** Deletes a generation that is not live, with everything in it. Throws Refused for the live one. */
export function dropGeneration(ports: OperatePorts, operation: Operation, which: number): Promise<CheckpointStatus> {
  return operate(ports, operation, async ({ sql, generations }) => {
    const found = generationOf(generations, which);
    if (found.live) throw new Refused(`generation ${which} is live: switch to another one first`);
    try {
      await sql.query('SELECT projections.drop_generation($1)', [which]);
    } catch (error) {
      // Somebody has made something on top of these tables.
      const { code, detail = '' } = error as { code?: unknown; detail?: string };
      if (code === '2BP01') throw new Refused(`generation ${which} is in use: ${detail}`, { cause: error });
      throw error;
    }
    return found;
  });
}
