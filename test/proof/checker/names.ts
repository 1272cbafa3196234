import { hash } from 'node:crypto';

/** RFC 9562: the namespace of names that are URLs. */
const NAMESPACE_URL = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** RFC 8785 JSON, for what JSON can say. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const source = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(source)
    .filter((name) => source[name] !== undefined)
    .sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(source[name])}`).join(',')}}`;
}

/** SHA-256, in hex. */
export const digestOf = (text: string): string => hash('sha256', text, 'hex');

/** What makes a request the same one: the caller, the stream and the Idempotency-Key. A booking has the id of what began it. */
export const commandIdOf = (user: string, stream: string, key: string): string =>
  uuidV5(`holdfast:${JSON.stringify([user, stream, key])}`);

/** UUID version 8 of the first 16 bytes of a digest. */
export const recordIdOf = (digest: string): string => uuidOf(digest, 8);

/** The position in a Holdfast-Position; null for anything else. */
export function positionIn(token: string | null | undefined): number | null {
  const digits = /^[0-9a-f]{8}-([0-9]{20})$/.exec(token ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}

const uuidV5 = (name: string): string =>
  uuidOf(hash('sha1', Buffer.concat([NAMESPACE_URL, Buffer.from(name)]), 'hex'), 5);

function uuidOf(hex: string, version: number): string {
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), version + hex.slice(13, 16), variant + hex.slice(17, 20)];
  return [...groups, hex.slice(20, 32)].join('-');
}
