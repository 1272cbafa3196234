import type { EventStore, Position, RecordedEvent } from '../src/application/ports.js';
import type { Checkpoint, Checkpoints, LogPoint } from './checkpoint.js';

/** The log is not the one that the tables were folded from. Nothing goes on until somebody has decided which is right. */
export class ForeignLog extends Error {
  override readonly name = 'ForeignLog';
}

/**
 * Refuses a log that is not the one behind the tables: restored from an older copy, moved, or another one altogether.
 * The record at the checkpoint's stream and revision must have the checkpoint's id and position; a log that was only
 * renewed (the same records under another name) is adopted. Called whenever the feed is opened, and by the API process
 * before it accepts a write. Throws ForeignLog with what to do, and what the databases throw when they cannot be reached.
 */
export async function assertSameLog(
  checkpoints: Pick<Checkpoints, 'read' | 'adopt'>,
  store: Pick<EventStore, 'identity' | 'read'>,
): Promise<Checkpoint> {
  // The loop is for a checkpoint that another process moves meanwhile.
  for (let tries = 0; tries < 10; tries++) {
    const checkpoint = await checkpoints.read();
    const logId = await store.identity();
    if (checkpoint.last !== null && !(await isLeftOut(checkpoint, store)))
      await expectRecord(checkpoint.position, checkpoint.last, store);
    if (checkpoint.logId === logId) return checkpoint;
    if (await checkpoints.adopt(checkpoint, logId)) return { ...checkpoint, logId };
  }
  throw new Error('the checkpoint moves too fast to be compared with the log');
}

/** A record that was skipped because it cannot be read says nothing; the next one will. */
async function isLeftOut({ last, skipped }: Checkpoint, store: Pick<EventStore, 'read'>): Promise<boolean> {
  if (last === null || !skipped.has(last.recordId)) return false;
  try {
    for await (const _page of store.read(last.stream, last.revision, 1)) break;
    return false;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'stream-unreadable') return true;
    throw error;
  }
}

async function expectRecord(position: Position, at: LogPoint, store: Pick<EventStore, 'read'>): Promise<void> {
  const place = `revision ${at.revision} of ${at.stream}`;
  const found = await recordAt(at, store);
  if (typeof found === 'string')
    throw new ForeignLog(`${place}, the last record in the read model, is not in this log${found}. ${WHAT_TO_DO}`);
  if (found.id === at.recordId && found.position === position) return;
  const other = found.id === at.recordId ? `at position ${found.position}` : `another record, ${found.id}`;
  throw new ForeignLog(
    `${place} is ${other} in this log; the read model was folded from ${at.recordId} at ${position}. ${WHAT_TO_DO}`,
  );
}

/** What is there, or what the log says of its lack. */
async function recordAt(at: LogPoint, store: Pick<EventStore, 'read'>): Promise<RecordedEvent | string> {
  try {
    for await (const [found] of store.read(at.stream, at.revision, 1)) return found ?? '';
    return '';
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'RecordMissing') return ` (${message})`;
    throw error;
  }
}

const WHAT_TO_DO =
  'The log was restored from an older copy, or is another one. Either point the service at the log that belongs to this ' +
  'read model, or, if this log is the right one, stop all processes, run SELECT projections.start_over(1) in the ' +
  'database of the read model, and start again: the tables are then folded anew from this log.';
