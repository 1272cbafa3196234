import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Codec, UPCASTERS, readablePages, type StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { tablesAfter } from '../projections/oracle.js';
import { groupsOf, type Call, type Load } from '../support/load.js';
import { faultsIn } from '../support/log-checker.js';
import { onServer } from '../support/postgres.js';
import type { Api, Program } from '../support/processes.js';

const CONVERGE_MS = 10_000;
const NAMESPACE_URL = '6ba7b8119dad11d180b400c04fd430c8';
const LINES_OF_BUGS = /request failed unexpectedly|"level":"fatal"|unhandled|uncaught/i;
/** What a call may be told while something is broken. Everything else from 500 up is a bug. */
const FAULTS = ['overloaded', 'store-unavailable', 'outcome-unknown', 'clock-skew', 'stream-unreadable'];

/** The log, by our own SQL. */
function readLog(url: string): Promise<StoredRecord[]> {
  return onServer(url, async (client) => {
    const { rows } = await client.query<StoredRecord & { position: string; revision: string }>(
      `SELECT position, stream, revision, id, type, data::text, metadata::text FROM log.events ORDER BY position`,
    );
    return rows.map((row) => ({ ...row, position: BigInt(row.position), revision: Number(row.revision) }));
  });
}

/**
 * The truth at the end of a fault test: the log in itself, every answer that was given, and what was written without
 * anybody's asking. `foreignType`: of records that the test itself has put there, at the end of their streams.
 */
export async function expectTruth(url: string, load: Load, foreignType?: string): Promise<readonly StoredRecord[]> {
  const all = await readLog(url);
  expect(all.map(({ position }) => Number(position))).toEqual(all.map((_, index) => index + 1));
  const records = all.filter(({ type }) => type !== foreignType);
  expect(faultsIn(records)).toEqual([]);
  expect(faultsOfAnswers(records, load.calls)).toEqual([]);
  expect(load.calls.filter(({ reply, code }) => (reply?.status ?? 0) >= 500 && !FAULTS.includes(code))).toEqual([]);
  expect(load.calls.filter(({ reply }) => reply?.status === 503 && reply.retryAfterMs === null)).toEqual([]);
  return records;
}

/** What the log and the answers say differently; shares no code with the service. */
function faultsOfAnswers(records: readonly StoredRecord[], calls: readonly Call[]): string[] {
  const faults: string[] = [];
  const byCommand = new Map<string, Claim[]>();
  const last = new Map<string, Claim>();
  for (const claim of records.map(claimOf).filter((found) => found !== null)) {
    last.set(claim.bookingId, claim);
    if (claim.actor !== 'system:settle')
      byCommand.set(claim.commandId, [...(byCommand.get(claim.commandId) ?? []), claim]);
  }
  for (const [name, group] of groupsOf(calls)) {
    const [{ user, eventId, key }] = group as [Call];
    const commandId = uuidV5(NAMESPACE_URL, `holdfast:${JSON.stringify([user, `booking-${eventId}`, key])}`);
    const effects = byCommand.get(commandId) ?? [];
    byCommand.delete(commandId);
    faults.push(...faultsOfGroup(group, effects, last).map((fault) => `${name}: ${fault}`));
  }
  for (const [commandId, claims] of byCommand) faults.push(`nobody asked for ${claims[0]!.type} of ${commandId}`);
  return faults;
}

function faultsOfGroup(group: readonly Call[], effects: readonly Claim[], last: ReadonlyMap<string, Claim>): string[] {
  const faults: string[] = [];
  const done = group.filter(({ outcome }) => outcome === 'ok');
  const [effect] = effects;
  if (effects.length > 1) faults.push(`${effects.length} effects of one key`);
  const isOpen = group.some(({ outcome }) => outcome === 'unknown' || outcome === 'running');
  if (done.length === 0 && !isOpen && effects.length > 0) faults.push(`${effect!.type}, though every call was refused`);
  for (const { kind, reply, bookingId } of done) {
    const told = reply!.body;
    if (kind === 'cancel') {
      if (effect !== undefined && effect.bookingId !== bookingId) faults.push('another booking was cancelled');
      if (!ENDED.includes(last.get(bookingId!)?.status ?? ''))
        faults.push(`${bookingId} goes on, though it was cancelled`);
    } else if (effect === undefined) faults.push(`${String(told['bookingId'])} was acknowledged and is not in the log`);
    else if (effect.bookingId !== told['bookingId'] || effect.revision !== told['revision'])
      faults.push(
        `told ${String(told['bookingId'])}@${String(told['revision'])}, it is ${effect.bookingId}@${effect.revision}`,
      );
  }
  return faults;
}

const ENDED = ['cancelled', 'expired'];

interface Claim {
  readonly type: string;
  readonly revision: number;
  readonly commandId: string;
  readonly actor: string;
  readonly bookingId: string;
  readonly status: string;
}

function claimOf({ type, revision, data, metadata }: StoredRecord): Claim | null {
  const { bookingId, status } = JSON.parse(data) as Partial<Claim>;
  const { commandId, actor } = JSON.parse(metadata) as Claim;
  return bookingId === undefined ? null : { type, revision, commandId, actor, bookingId, status: status! };
}

function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1').update(Buffer.from(namespace, 'hex')).update(name).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const TABLES = ['users', 'events', 'bookings', 'past_bookings', 'booking_history'] as const;

/** The tables get to the end of the log by themselves, and are then what the log says, row by row. */
export async function expectTables(url: string, upTo?: bigint): Promise<void> {
  await onServer(url, async (client) => {
    for (const end = Date.now() + CONVERGE_MS; ; await sleep(50)) {
      const { rows } = await client.query<{ position: string; head: string; halt: string | null }>(
        `SELECT c.position, coalesce($1::bigint, l.head) AS head, c.halt_reason AS halt
           FROM read_model.checkpoint c CROSS JOIN log.position l`,
        [upTo?.toString() ?? null],
      );
      const { position, head, halt } = rows[0]!;
      if (position === head) break;
      if (Date.now() > end) throw new Error(`the tables stay at ${position} of ${head}: ${halt ?? 'not halted'}`);
    }
    const records = (await readLog(url)).filter(({ position }) => upTo === undefined || position <= upTo);
    const codec = new Codec(UPCASTERS);
    const expected = tablesAfter([...readablePages(records.map((record) => codec.decode(record)))].flat());
    for (const name of TABLES) {
      const order = name === 'booking_history' ? '1, 2' : '1';
      const { rows } = await client.query<Record<string, unknown>>(
        `SELECT * FROM read_model.${name} ORDER BY ${order}`,
      );
      expect(rows.map(plain)).toEqual(expected[name]);
    }
  });
}

/** Instants in milliseconds, and int8 as a number. */
const plain = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Date ? value.getTime() : /revision$/.test(name) && value !== null ? Number(value) : value,
    ]),
  );

/** Ready within 10 s, without anybody's help; answers how long it took, in milliseconds. */
export async function expectReady(...apis: readonly Api[]): Promise<number> {
  const startedAt = performance.now();
  const isReady = async ({ url }: Api): Promise<boolean> => {
    const response = await fetch(`${url}/health/ready`).catch(() => null);
    await response?.arrayBuffer();
    return response?.status === 200;
  };
  for (const api of apis)
    while (!(await isReady(api))) {
      if (performance.now() - startedAt > CONVERGE_MS) throw new Error(`not ready after 10 s:\n${api.output}`);
      await sleep(50);
    }
  return performance.now() - startedAt;
}

/** Nothing that a process wrote is about a bug. */
export function expectQuiet(...programs: readonly Program[]): void {
  for (const { output } of programs) expect(output.split('\n').filter((line) => LINES_OF_BUGS.test(line))).toEqual([]);
}

/** The longest that a call had to wait for its answer, in milliseconds. */
export const longestOf = (calls: readonly Call[]): number =>
  Math.max(...calls.map((call) => call.endedAt - call.startedAt));

/** What the calls came to, by code. */
export function talliesOf(calls: readonly Call[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of calls) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** Does the work while an intruder, on a connection of its own, has the event's row locked. */
export function holding<T>(url: string, eventId: string, work: () => Promise<T>): Promise<T> {
  return onServer(url, async (intruder) => {
    await intruder.query(`BEGIN; SELECT FROM log.streams WHERE stream = 'booking-${eventId}' FOR UPDATE`);
    const done = await work();
    await intruder.query('ROLLBACK');
    return done;
  });
}
