import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import type { Sealed } from '../../../src/application/ports.js';
import { Codec, UPCASTERS } from '../../../src/infrastructure/event-store/codec.js';
import { NamedIds } from '../../../src/infrastructure/event-store/ids.js';
import { ChainSealer } from '../../../src/infrastructure/event-store/sealer.js';
import { EVERY_FACT } from './every-fact.js';

const GOLDEN = new URL('../../golden/chain.json', import.meta.url);
const NOW = Date.UTC(2027, 2, 1, 12, 0, 0, 1);

const ids = new NamedIds({ now: () => NOW }, { next: () => 0.5 });
const sealer = new ChainSealer(new Codec(UPCASTERS));
const stream = 'booking-demo';

/** Every type of fact, each under a command of its own; the last two under one. */
function chain(): Sealed[] {
  const chained: Sealed[] = [];
  EVERY_FACT.slice(0, -2).forEach((fact, i) => {
    const commandId = ids.fromKey('ada', stream, `key-${i}`);
    const trace = i % 2 ? {} : { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    const requestHash = ids.requestHash(
      'BookPlace',
      { eventId: 'demo' },
      { seats: i, note: 'é', list: [1, { b: 2, a: null }] },
    );
    const provenance = {
      commandId,
      requestHash,
      actor: 'ada',
      correlationId: `r-${i}`,
      causationId: `r-${i}`,
      occurredAt: NOW + i,
    };
    chained.push(
      ...sealer.seal(chained.at(-1) ?? { stream, revision: -1, hash: '' }, [fact], { ...provenance, ...trace }),
    );
  });
  const settle = {
    commandId: ids.fromKey('', stream, 'settle'),
    requestHash: '',
    actor: 'system:settle',
    correlationId: 'r',
    causationId: 'r',
  };
  return [...chained, ...sealer.seal(chained.at(-1)!, EVERY_FACT.slice(-2), { ...settle, occurredAt: NOW })];
}

const fromKey = ids.fromKey('ada', stream, 'key "1"');
const named = {
  fromKey,
  eventFromKey: ids.eventFromKey('ada', 'key "1"'),
  // Before bookings had the id of their command. Logs may hold it; nothing makes it any more.
  bookingOf: v5(fromKey, 'booking'),
  requestHash: ids.requestHash('ScheduleEvent', {}, { title: '𝄞', capacity: 7 }),
  withoutBody: ids.requestHash('CancelBooking', { eventId: 'demo', bookingId: 'b' }, undefined),
};

/** UUID v5 by another's hand. */
function v5(namespace: string, name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('The sealer', () => {
  it('gives the bytes, ids and hashes of the golden file, for ever', () => {
    const text = `${JSON.stringify({ named, chain: chain() }, null, 2)}\n`;
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('chains each record to the one before, and hashes what RFC 8785 makes of it', () => {
    let prevHash = '';
    chain().forEach(({ id, revision, type, data, metadata, hash }, i) => {
      expect(revision).toBe(i);
      const { hash: inMetadata, ...hashed } = JSON.parse(metadata) as Record<string, unknown>;
      expect(canonicalize(JSON.parse(metadata))).toBe(metadata);
      expect(hashed['prevHash']).toBe(prevHash);
      expect(inMetadata).toBe(hash);
      expect(hash).toBe(sha256(canonicalize({ stream, revision, type, data: JSON.parse(data), metadata: hashed })!));
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(id.replaceAll('-', '').replace(/^(.{12}).(.{3}).(.*)$/, '$1$2$3')).toBe(
        hash.slice(0, 32).replace(/^(.{12}).(.{3}).(.*)$/, '$1$2$3'),
      );
      prevHash = hash;
    });
  });

  it('gives another id to anything that differs in one thing', () => {
    const provenance = {
      commandId: 'c',
      requestHash: 'h',
      actor: 'a',
      correlationId: 'r',
      causationId: 'r',
      occurredAt: NOW,
    };
    const head = { stream, revision: 4, hash: 'ff' };
    const [fact, other] = EVERY_FACT.slice(-2);
    const variants = [
      sealer.seal(head, [fact!], provenance),
      sealer.seal(head, [other!], provenance),
      sealer.seal({ ...head, stream: 'booking-other' }, [fact!], provenance),
      sealer.seal({ ...head, revision: 5 }, [fact!], provenance),
      sealer.seal({ ...head, hash: 'fe' }, [fact!], provenance),
      sealer.seal(head, [fact!], { ...provenance, occurredAt: NOW + 1 }),
      sealer.seal(head, [fact!], { ...provenance, traceparent: 't' }),
    ];
    expect(new Set(variants.map(([sealed]) => sealed!.id)).size).toBe(variants.length);
    expect(sealer.seal(head, [fact!], { ...provenance })).toEqual(variants[0]);
  });
});

describe('The ids', () => {
  it('are names made of names, as RFC 9562 says', () => {
    const url = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';
    expect(v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
    expect(fromKey).toBe(v5(url, 'holdfast:["ada","booking-demo","key \\"1\\""]'));
    expect(named.eventFromKey).toBe(v5(url, 'holdfast:["ada","key \\"1\\""]'));
    const long = 'é€'.repeat(1_000);
    expect(ids.fromKey(long, stream, 'k')).toBe(v5(url, `holdfast:${JSON.stringify([long, stream, 'k'])}`));
  });

  it('digest a request without regard to the order of its fields', () => {
    const one = ids.requestHash('BookPlace', { eventId: 'e' }, { seats: 2, hold: true });
    expect(ids.requestHash('BookPlace', { eventId: 'e' }, { hold: true, seats: 2 })).toBe(one);
    expect(one).toBe(sha256('{"body":{"hold":true,"seats":2},"operation":"BookPlace","path":{"eventId":"e"}}'));
    for (const other of [{ seats: 3, hold: true }, { seats: 2 }, null, undefined])
      expect(ids.requestHash('BookPlace', { eventId: 'e' }, other)).not.toBe(one);
    expect(ids.requestHash('ConfirmBooking', { eventId: 'e' }, { seats: 2, hold: true })).not.toBe(one);
  });

  it('digest every request as if it were the first, whichever came before', () => {
    const asked = [
      ['BookPlace', { eventId: 'e' }, {}],
      ['BookPlace', { eventId: 'f' }, {}],
      ['ExtendHold', { eventId: 'e' }, {}],
      ['BookPlace', { eventId: 'e' }, { seats: 2, hold: true }],
      ['BookPlace', { eventId: 'e' }, { hold: true, seats: 2 }],
      ['BookPlace', { eventId: 'e' }, undefined],
      ['BookPlace', { eventId: 'e' }, null],
    ] as const;
    const digestOf = (by: NamedIds, [operation, path, body]: (typeof asked)[number]): string =>
      by.requestHash(operation, path, body);
    const alone = asked.map((request) => digestOf(new NamedIds({ now: () => NOW }, { next: Math.random }), request));
    const inTurn = new NamedIds({ now: () => NOW }, { next: Math.random });
    for (const first of asked.keys())
      for (const next of asked.keys())
        for (const at of [first, next, next]) expect(digestOf(inTurn, asked[at]!)).toBe(alone[at]);
  });

  it('rise with time, also within a millisecond and when the clock is set back, and never repeat', () => {
    let now = NOW;
    const rising = new NamedIds({ now: () => now }, { next: Math.random });
    const made = Array.from({ length: 10_000 }, (_, i) => {
      if (i === 6_000) now -= 3_600_000;
      if (i === 8_000) now += 7_200_000;
      return rising.next();
    });
    expect(made).toEqual([...new Set(made)].sort());
    expect(made[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(made[0]!.replace('-', '').slice(0, 12), 16)).toBe(NOW);
  });
});
