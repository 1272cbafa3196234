import { hash } from 'node:crypto';
import type { BookingEvent } from '../../domain/booking/events.js';
import type { Provenance, Sealed, Sealer, StreamHead } from '../../application/ports.js';
import { encodeMetadata, quoted, type Codec } from './codec.js';

/**
 * Chains facts to the head of their stream. `hash` is the SHA-256 of the RFC 8785 JSON of {data, metadata without
 * `hash`, revision, stream, type}, and the id is made of its first 16 bytes: equal ids mean equal bytes, so every store
 * knows a re-send when it sees one. Positions and store times stay outside: a log can be moved without breaking its chain.
 */
export class ChainSealer implements Sealer {
  constructor(private readonly codec: Codec) {}

  seal(head: StreamHead, facts: readonly BookingEvent[], provenance: Provenance): Sealed[] {
    const stream = quoted(head.stream);
    let { revision, hash: prevHash } = head;
    return facts.map((fact) => {
      revision += 1;
      const { type } = fact;
      const data = this.codec.encode(fact);
      const [before, after] = encodeMetadata(provenance, this.codec.versionOf(type), prevHash);
      const place = `"revision":${revision},"stream":${stream},"type":"${type}"`;
      prevHash = hash('sha256', `{"data":${data},"metadata":${before}${after},${place}}`, 'hex');
      // Joined, not added: a chain of additions would be kept as such, at many times its size, until it is sent.
      const metadata = [before, ',"hash":"', prevHash, '"', after].join('');
      return { id: recordId(prevHash), stream: head.stream, revision, type, data, metadata, hash: prevHash };
    });
  }
}

export const recordId = (hex: string): string => uuidOf(hex, '8');

/** A UUID of the first 16 bytes of a digest, with the version and the variant of RFC 9562 set. */
export function uuidOf(hex: string, version: string): string {
  const variant = VARIANTS[parseInt(hex[16]!, 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const VARIANTS = '89ab';
