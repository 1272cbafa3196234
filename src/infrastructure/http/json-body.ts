import { isUtf8 } from 'node:buffer';
import { invalid } from './problems.js';

/** Nothing that this service takes is nested deeper than two. */
const MAX_DEPTH = 32;
const POINTER_LIMIT = 200;
const RESERVED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The JSON object in a request body; an empty body is the empty object. Stricter than JSON.parse, which lets the last of
 * two equal keys win, rounds large integers, and takes strings that no database stores. Throws 400 naming the place.
 */
export function parseJsonObject(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) throw invalid({ pointer: '', expected: 'UTF-8' });
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid({ pointer: '', expected: 'well-formed JSON' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid({ pointer: '', expected: 'a JSON object' });
  inspect(text);
  return value as Record<string, unknown>;
}

/** Where the scan stands in one object or array. */
interface Level {
  /** Null in an array. */
  readonly keys: Set<string> | null;
  key: string;
  index: number;
  /** In an object: whether the next string is a key. */
  expectsKey: boolean;
}

/** One pass over text that JSON.parse has accepted, so the grammar needs no second check. */
function inspect(text: string): void {
  const levels: Level[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    const level = levels.at(-1);
    if (char === '{' || char === '[') {
      if (levels.length >= MAX_DEPTH) throw refused(levels, `nesting of at most ${MAX_DEPTH}`);
      const isObject = char === '{';
      levels.push({ keys: isObject ? new Set() : null, key: '', index: 0, expectsKey: isObject });
      at += 1;
    } else if (char === '}' || char === ']') {
      levels.pop();
      at += 1;
    } else if (char === ',') {
      if (level?.keys === null) level.index += 1;
      else if (level !== undefined) level.expectsKey = true;
      at += 1;
    } else if (char === '"') {
      at = inspectString(text, at, levels);
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      at = inspectNumber(text, at, levels);
    } else {
      // Blanks, colons, and the letters of true, false and null.
      at += 1;
    }
  }
}

function inspectString(text: string, start: number, levels: readonly Level[]): number {
  let end = start + 1;
  let escaped = false;
  while (text[end] !== '"') {
    if (text[end] === '\\') {
      escaped = true;
      end += 1;
    }
    end += 1;
  }
  end += 1;
  const value = escaped ? (JSON.parse(text.slice(start, end)) as string) : text.slice(start + 1, end - 1);
  const level = levels.at(-1);
  const isKey = level !== undefined && level.keys !== null && level.expectsKey;
  if (isKey) enterKey(level, value, levels);
  // Only an escape can say what UTF-8 and the grammar keep out.
  if (escaped && UNSTORABLE.test(value)) throw refused(levels, 'text without U+0000 and lone surrogates');
  return end;
}

function enterKey(level: Level, key: string, levels: readonly Level[]): void {
  level.expectsKey = false;
  level.key = key;
  if (RESERVED_KEYS.has(key)) throw refused(levels, 'no such field');
  if (level.keys?.has(key)) throw refused(levels, 'each field once');
  level.keys?.add(key);
}

/** In a pattern with the flag u, only a surrogate that stands alone is one. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function inspectNumber(text: string, start: number, levels: readonly Level[]): number {
  NUMBER.lastIndex = start;
  const digits = NUMBER.exec(text)?.[0] ?? '';
  if (Math.abs(Number(digits)) > Number.MAX_SAFE_INTEGER)
    throw refused(levels, `a number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`);
  return start + Math.max(1, digits.length);
}

function refused(levels: readonly Level[], expected: string) {
  const steps = levels.map(({ keys, key, index }) => (keys === null ? String(index) : escapePointer(key)));
  // A level that has just been opened has no step of its own yet.
  const pointer = steps.map((step) => `/${step}`).join('');
  return invalid({ pointer: pointer.slice(0, POINTER_LIMIT), expected });
}

/** One step of a JSON pointer (RFC 6901). */
export const escapePointer = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');
