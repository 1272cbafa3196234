import { hash } from 'node:crypto';
import type { IfMatch } from '../../domain/booking/commands.js';
import { invalid } from './problems.js';

const TAG = /^"([^"]*)"$/;
const OURS = /^(0|[1-9]\d{0,14})-([0-9a-f]{6})$/;
const LIST = /^"[\x21\x23-\x7e]*"(?:[ \t]*,[ \t]*"[\x21\x23-\x7e]*")*$/;

/** `"<revision>-<6 hex of SHA-256(resource id)>"`: opaque to clients, and never good for another resource. */
export const etagOf = (resourceId: string, revision: number): string => `"${revision}-${digestOf(resourceId)}"`;

/**
 * What an If-Match header says of this resource. Null: there is no header. A tag of another resource is one that no
 * revision matches; of several tags the latest of this resource counts. Throws 400 for weak and unquoted tags.
 */
export function ifMatchOf(header: string | undefined, resourceId: string): IfMatch {
  if (header === undefined) return null;
  const text = header.trim();
  if (text === '*') return 'exists';
  if (!LIST.test(text))
    throw invalid({ pointer: '/If-Match', expected: 'an ETag as it was given, quotes included, or *' });
  const digest = digestOf(resourceId);
  const revisions = text.split(',').map((tag) => {
    const ours = OURS.exec(TAG.exec(tag.trim())?.[1] ?? '');
    return ours !== null && ours[2] === digest ? Number(ours[1]) : -1;
  });
  return { revision: Math.max(...revisions) };
}

/** Whether If-None-Match names this tag; the comparison is the weak one (RFC 9110, 13.1.2). */
export const isNoneMatch = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag));

/** Six hex digits that tell one resource from another, where a mistake is to be noticed. */
export const digestOf = (resourceId: string): string => hash('sha256', resourceId, 'hex').slice(0, 6);
