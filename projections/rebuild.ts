import type pg from 'pg';
import type { StoreConfig } from '../src/infrastructure/config.js';
import type { Position } from '../src/application/ports.js';
import type { Checkpoint } from './checkpoint.js';
import { assertSameLog } from './same-log.js';
import { checkpointStatus, type CheckpointStatus } from './checkpoint-status.js';
import { compare, type Comparison } from './compare.js';
import { foldUntil, type Goal } from './fold-until.js';
import { AdvisoryLock, type ActiveLock } from './lock.js';
import { liveCheckpoints, projectorParts, type ProjectorPorts } from './open.js';
import { OPERATION, Refused, liveOf, operate } from './operate.js';
import { Snapshot } from './snapshot.js';

type RebuildConfig = Pick<StoreConfig, 'limits' | 'streamPrefix'>;

/** What is told while it goes on. */
export interface RebuildEvents {
  /** `from`: what the generation contains already; `to`: where the log ends now. */
  readonly onFold: (generation: number, from: Position, to: Position) => void;
  readonly onFolded: (count: number) => void;
  readonly onCompare: (rows: number) => void;
  readonly onCompared: (count: number) => void;
}

/** A pass that folds what has come during the one before gets shorter each time. */
const PASSES = 20;
const SHORT_PASS_MS = 1_000;
const MEETINGS = 50;
const POLL_MS = 20;
/** The live generation is held while the other one comes to it: it is near. */
const HOLD = `BEGIN; SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = '10s'`;
/** Works whether another does or not: the checkpoint decides. */
const UNASKED: ActiveLock = { acquire: async () => true, release: async () => undefined };

/** Which generation a rebuild makes, or goes on with: the newest beside the live one, else the next number. */
export function generationToRebuild(generations: readonly CheckpointStatus[]): { generation: number; isNew: boolean } {
  const live = liveOf(generations).generation;
  const newest = Math.max(...generations.map(({ generation }) => generation));
  return newest > live ? { generation: newest, isNew: false } : { generation: newest + 1, isNew: true };
}

/**
 * Makes the next generation beside the live one, bare, folds the log into it, and compares both at one position. May be
 * killed at any moment and run again: it goes on from the checkpoint. Throws Refused when another rebuild is at work, or
 * one of the two generations stands still, and ForeignLog when the live one
 * is of another log: then there is nothing to compare with.
 */
export async function rebuild(
  ports: ProjectorPorts,
  config: RebuildConfig,
  events: RebuildEvents,
): Promise<Comparison> {
  await assertSameLog(await liveCheckpoints(ports.pool, config), ports.store);
  const { generation } = generationToRebuild(await checkpointStatus(ports.pool));
  const lock = new AdvisoryLock(ports.pool, { name: 'bookings', generation });
  try {
    // The lock first: whoever else follows generations stands by from the start.
    const isOurs = await acquired(lock, ports, config.limits.projectorStandbyMs);
    const isBare = await make(ports, generation);
    if (!isOurs && isBare)
      throw new Refused(
        `another rebuild of generation ${generation} is at work: holdfast projections status --watch shows how far it is`,
      );
    const kept: ActiveLock = { acquire: () => lock.acquire(), release: async () => undefined };
    const folder = new Folder(ports, config);
    for (let pass = 0; pass < PASSES; pass++) {
      const head = await ports.feed.head();
      const beganAt = ports.time.now();
      events.onFold(generation, await folder.position(generation), head);
      const isReached = ({ position, isBare: isStill }: Checkpoint) => position >= head && !isStill;
      await folder.fold(generation, kept, { isReached, upTo: null, onFolded: events.onFolded });
      if (ports.time.now() - beganAt < SHORT_PASS_MS) break;
    }
    return await compared(ports, folder, generation, kept, events);
  } finally {
    await lock.release();
  }
}

/** A rebuild that was killed seems to run until the server has noticed. */
async function acquired(lock: ActiveLock, { time }: ProjectorPorts, waitMs: number): Promise<boolean> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    if (await lock.acquire()) return true;
    if (waitedMs >= waitMs) return false;
    await time.sleep(POLL_MS);
  }
}

/** Answers whether it is still bare. */
function make(ports: ProjectorPorts, generation: number): Promise<boolean> {
  return operate(ports, OPERATION, async ({ sql, generations }) => {
    const found = generations.find((status) => status.generation === generation);
    if (found !== undefined) return found.isBare;
    await sql.query('SELECT projections.create_generation($1)', [generation]);
    await sql.query('SELECT projections.strip_generation($1)', [generation]);
    return true;
  });
}

/** Brings generations to where they are to be. */
class Folder {
  constructor(
    private readonly ports: ProjectorPorts,
    private readonly config: RebuildConfig,
  ) {}

  async position(generation: number): Promise<Position> {
    return (await projectorParts(this.ports, this.config, generation).parts.checkpoints.read()).position;
  }

  async fold(generation: number, lock: ActiveLock, goal: Goal): Promise<void> {
    const { parts, settings } = projectorParts(this.ports, this.config, generation);
    await foldUntil({ ...parts, lock }, { ...settings, lookEveryMs: POLL_MS }, goal);
  }

  /** Where a projector follows this generation it is waited for; where none does, we are one. */
  async follow(generation: number, position: Position): Promise<void> {
    const { parts, settings } = projectorParts(this.ports, this.config, generation);
    await foldUntil(parts, { ...settings, lookEveryMs: POLL_MS }, goalAt(position));
  }

  /** To this position and not beyond, if nobody else goes beyond it. */
  async to(generation: number, position: Position): Promise<void> {
    await this.fold(generation, UNASKED, goalAt(position));
  }
}

const goalAt = (position: Position): Goal => ({
  isReached: (checkpoint) => checkpoint.position >= position,
  upTo: position,
  onFolded: () => undefined,
});

async function compared(
  ports: ProjectorPorts,
  folder: Folder,
  generation: number,
  lock: ActiveLock,
  events: RebuildEvents,
): Promise<Comparison> {
  // Others that follow this generation stand by as long as we have its lock.
  await lock.acquire();
  const [live, next] = await meet(ports, folder, generation);
  try {
    events.onCompare((await live.size()) + (await next.size()));
    return await compare(live, next, events.onCompared);
  } finally {
    live.close();
  }
}

/** Where the live generation is, for as long as the transaction holds it there; null: it is not the live one any more. */
const holdLive = (client: pg.PoolClient, generation: number): Promise<Position | null> =>
  hold(client, generation, 'AND live FOR UPDATE');

/** The same of the one beside it, if nobody is moving it just now; null: somebody is. Waits for nobody, and so blocks nobody. */
const holdBeside = (client: pg.PoolClient, generation: number): Promise<Position | null> =>
  hold(client, generation, 'FOR UPDATE SKIP LOCKED');

async function hold(client: pg.PoolClient, generation: number, how: string): Promise<Position | null> {
  const text = `SELECT position::text FROM projections.checkpoint WHERE projection = 'bookings' AND generation = $1 ${how}`;
  const { rows } = await client.query<{ position: string }>(text, [generation]);
  return rows[0] === undefined ? null : BigInt(rows[0].position);
}

/** Both generations at one position and one moment. The live one is held for as long as the other takes to come to it. */
async function meet(ports: ProjectorPorts, folder: Folder, generation: number): Promise<[Snapshot, Snapshot]> {
  const { pool } = ports;
  for (let meeting = 0; meeting < MEETINGS; meeting++) {
    const live = liveOf(await checkpointStatus(pool)).generation;
    await folder.follow(live, await folder.position(generation));
    const client = await pool.connect();
    try {
      await client.query(HOLD);
      const position = await holdLive(client, live);
      if (position === null) continue;
      // Where others follow both, they are mostly side by side: then neither may move.
      await client.query('SAVEPOINT alone');
      const beside = await holdBeside(client, generation);
      if (beside !== null && beside > position) continue;
      if (beside !== position) {
        await client.query('ROLLBACK TO SAVEPOINT alone');
        await folder.to(generation, position);
      }
      const snapshot = await Snapshot.open(pool);
      const other = await snapshot.beside(generation);
      if (snapshot.claimed.generation === live && snapshot.claimed.position === other.claimed.position)
        return [snapshot, other];
      // Somebody else has taken it further.
      snapshot.close();
    } catch (error) {
      if ((error as { code?: unknown }).code !== '55P03') throw error;
    } finally {
      client.release(true);
    }
  }
  throw new Refused(`generation ${generation} and the live one could not be held at one position: try again`);
}
