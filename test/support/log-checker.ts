import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';

interface Seen {
  capacity: number;
  cancelled: boolean;
  /** bookingId → what it keeps from others. */
  readonly claims: Map<string, { userId: string; seats: number; status: string }>;
}

interface StoredData {
  readonly capacity?: number;
  readonly bookingId?: string;
  readonly userId?: string;
  readonly seats?: number;
  readonly status?: string;
}

const ACTIVE = ['waitlisted', 'held', 'confirmed'];
const TAKING = ['held', 'confirmed'];

/**
 * Reads stored text and says what is wrong with it, prefix by prefix: places taken within capacity, one active booking
 * per user, revisions from 0 without a gap, a hash chain that holds together, one booking per command. Shares no code
 * with the service: what the service gets wrong, this must not get wrong in the same way.
 */
export function faultsIn(records: readonly StoredRecord[]): string[] {
  const faults: string[] = [];
  const streams = new Map<string, Seen>();
  const heads = new Map<string, { revision: number; hash: string }>();
  const commands = new Map<string, string>();
  for (const record of records) {
    const at = `${record.stream}@${record.revision}`;
    const data = JSON.parse(record.data) as StoredData;
    const metadata = JSON.parse(record.metadata) as {
      commandId: string;
      prevHash: string;
      hash: string;
      actor: string;
    };
    const head = heads.get(record.stream) ?? { revision: -1, hash: '' };
    if (record.revision !== head.revision + 1) faults.push(`${at}: revision ${head.revision} came before`);
    if (metadata.prevHash !== head.hash) faults.push(`${at}: the chain is broken`);
    heads.set(record.stream, { revision: record.revision, hash: metadata.hash });

    const seen = streams.get(record.stream) ?? { capacity: 0, cancelled: false, claims: new Map() };
    streams.set(record.stream, seen);
    if (data.capacity !== undefined) seen.capacity = data.capacity;
    if (record.type === 'EventCancelled') seen.cancelled = true;
    if (data.bookingId !== undefined) {
      seen.claims.set(data.bookingId, { userId: data.userId!, seats: data.seats!, status: data.status! });
      const command = `${record.stream} ${metadata.commandId}`;
      const before = commands.get(command);
      if (before !== undefined && before !== data.bookingId && metadata.actor !== 'system:settle')
        faults.push(`${at}: command ${metadata.commandId} has a second booking`);
      commands.set(command, data.bookingId);
    }
    faults.push(...faultsOf(seen).map((fault) => `${at}: ${fault}`));
  }
  return faults;
}

function faultsOf({ capacity, cancelled, claims }: Seen): string[] {
  if (cancelled) return [];
  const faults: string[] = [];
  const users = new Set<string>();
  let taken = 0;
  for (const { userId, seats, status } of claims.values()) {
    if (TAKING.includes(status)) taken += seats;
    if (!ACTIVE.includes(status)) continue;
    if (users.has(userId)) faults.push(`${userId} has two active bookings`);
    users.add(userId);
  }
  if (taken > capacity) faults.push(`${taken} places taken of ${capacity}`);
  return faults;
}
