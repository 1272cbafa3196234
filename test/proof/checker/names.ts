import { hash } from 'node:crypto';

const NAMESPACE_URL = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

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

/** What makes a request the same one: the caller, the stream and the Idempotency-Key. */
export const commandIdOf = (user: string, stream: string, key: string): string =>
  uuidV5(NAMESPACE_URL, `holdfast:${JSON.stringify([user, stream, key])}`);

/** The booking that a command begins. */
export const bookingIdOf = (commandId: string): string => uuidV5(commandId, 'booking');

/** UUID version 8 of the first 16 bytes of a digest. */
export const recordIdOf = (digest: string): string => uuidOf(digest, 8);

/** The position in a Holdfast-Position; null for anything else. */
export function positionIn(token: string | null | undefined): number | null {
  const digits = /^[0-9a-f]{8}-([0-9]{20})$/.exec(token ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}

function uuidV5(namespace: string, name: string): string {
  const bytes = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]);
  return uuidOf(hash('sha1', bytes, 'hex'), 5);
}

function uuidOf(hex: string, version: number): string {
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), version + hex.slice(13, 16), variant + hex.slice(17, 20)];
  return [...groups, hex.slice(20, 32)].join('-');
}
