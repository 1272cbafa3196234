import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Ids, Random, Time } from '../../application/ports.js';
import { uuidOf } from './sealer.js';

const COUNTER_END = 0x1000;

/** Ids and digests whose making can never change: they are in the log. */
export class NamedIds implements Ids {
  private lastMs = 0;
  private counter = 0;
  /** The request that was hashed last, and its digest. */
  private hashed = { request: '', digest: '' };

  constructor(
    private readonly time: Pick<Time, 'now'>,
    private readonly random: Random,
  ) {}

  fromKey(caller: string, stream: string, key: string): string {
    return nameInLog([caller, stream, key]);
  }

  eventFromKey(caller: string, key: string): string {
    return nameInLog([caller, key]);
  }

  /**
   * UUID v7 with a counter in place of its first random bits (RFC 9562, section 6.2, method 1): rising within a
   * millisecond, and when the clock is set back.
   */
  next(): string {
    const now = this.time.now();
    if (now > this.lastMs) {
      this.lastMs = now;
      this.counter = 0;
    } else if (++this.counter === COUNTER_END) {
      this.lastMs += 1;
      this.counter = 0;
    }
    const ms = this.lastMs.toString(16).padStart(12, '0');
    const counter = this.counter.toString(16).padStart(3, '0');
    return uuidOf(`${ms}7${counter}${this.word()}${this.word()}`, '7');
  }

  requestHash(operation: string, path: Readonly<Record<string, string>>, body: unknown): string {
    const asked = { operation, path, body };
    // In a rush everybody asks for the same: what is written alike has the same digest.
    const request = JSON.stringify(asked);
    if (request !== this.hashed.request) this.hashed = { request, digest: hash('sha256', canonicalize(asked)!, 'hex') };
    return this.hashed.digest;
  }

  private word(): string {
    return Math.floor(this.random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
}

/** RFC 9562, appendix: the namespace of names that are URLs. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
const MAX_BYTES_OF_A_CHARACTER = 3;
/** The namespace, and room for a name behind it: one is made for every command, and none outlives the call. */
const scratch = Buffer.concat([URL_NAMESPACE], 4_096);

/** UUID v5. The RFC 8785 JSON of a list of strings is what JSON.stringify writes. */
function nameInLog(parts: readonly string[]): string {
  const name = `holdfast:${JSON.stringify(parts)}`;
  const most = URL_NAMESPACE.length + MAX_BYTES_OF_A_CHARACTER * name.length;
  const bytes = most <= scratch.length ? scratch : Buffer.concat([URL_NAMESPACE], most);
  const end = URL_NAMESPACE.length + bytes.write(name, URL_NAMESPACE.length, 'utf8');
  return uuidOf(hash('sha1', bytes.subarray(0, end), 'hex'), '5');
}
