import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, NO_STREAM, jsonEvent } from '@eventstore/db-client';
import { StandIn } from './server.js';
import { EVENTSTOREDB_STORE, EventStoreDbConnection, EventStoreDbStore } from '../../../src/infrastructure/event-store/eventstoredb.js';
import { Codec, UPCASTERS } from '../../../src/infrastructure/event-store/codec.js';
import { ChainSealer } from '../../../src/infrastructure/event-store/sealer.js';
const codec = new Codec(UPCASTERS);
const sealer = new ChainSealer(codec);
const fact = (n: number) => ({ type: 'BookingConfirmed', data: { bookingId: randomUUID(), userId: `user-${n}`, seats: 1, status: 'confirmed', offer: false, createdAt: Date.now() } }) as never;
const url = process.argv[2] ?? (await StandIn.start()).url;
const streams = Number(process.argv[3] ?? 64), group = Number(process.argv[4] ?? 1), rounds = Number(process.argv[5] ?? 20);
async function bare() {
  const client = EventStoreDBClient.connectionString(url);
  const t = performance.now();
  await Promise.all(Array.from({ length: streams }, async () => {
    const stream = `booking-${randomUUID()}`;
    let revision = -1;
    for (let r = 0; r < rounds; r++) {
      const events = Array.from({ length: group }, (_, n) => { const { type, data } = fact(n) as never as { type: string; data: never }; return jsonEvent({ type, data, metadata: { schemaVersion: 1, commandId: randomUUID(), requestHash: '0'.repeat(64), actor: 'ada', correlationId: randomUUID(), causationId: randomUUID(), occurredAt: '2027-01-01T00:00:00.000Z', prevHash: '0'.repeat(64), hash: '0'.repeat(64) } }); });
      const done = await client.appendToStream(stream, events, { expectedRevision: revision < 0 ? NO_STREAM : BigInt(revision), credentials: { username: 'a', password: 'b' } });
      revision = Number(done.nextExpectedRevision);
    }
  }));
  return (streams * rounds * group) / ((performance.now() - t) / 1000);
}
async function adapter() {
  const store = new EventStoreDbStore(new EventStoreDbConnection(url), { ...EVENTSTOREDB_STORE, appendTimeoutMs: 20000 }, codec, () => undefined);
  const t = performance.now();
  await Promise.all(Array.from({ length: streams }, async () => {
    const stream = `booking-${randomUUID()}`;
    let head = { stream, revision: -1, hash: '' };
    for (let r = 0; r < rounds; r++) {
      const id = randomUUID();
      const sealed = sealer.seal(head, Array.from({ length: group }, (_, n) => fact(n)), { commandId: id, requestHash: '0'.repeat(64), actor: 'ada', correlationId: id, causationId: id, occurredAt: Date.now() as never });
      const done = await store.append(stream, head.revision, sealed);
      if (done.kind !== 'appended') throw new Error('conflict');
      head = sealed.at(-1)!;
    }
  }));
  return (streams * rounds * group) / ((performance.now() - t) / 1000);
}
for (let i = 0; i < 3; i++) console.log('bare', Math.round(await bare()), 'adapter', Math.round(await adapter()));
process.exit();
