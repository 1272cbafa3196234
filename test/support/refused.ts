import { PROBLEM_KINDS } from '../../src/infrastructure/http/problems.js';
import type { FrontDoor, Response } from './front-door.js';

/** The log stays as it is, and the document says what it must. */
export async function expectRefused(
  door: FrontDoor,
  code: string,
  members: object,
  ask: () => Promise<Response>,
): Promise<Response> {
  const before = door.written;
  const response = await ask();
  const { title, status, detail } = PROBLEM_KINDS.find((known) => known.code === code)!;
  expect(response.json).toEqual({ type: `/problems/${code}`, title, status, code, detail, ...members });
  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toBe('application/problem+json');
  expect(response.headers['retry-after'] !== undefined).toBe(status === 503);
  expect(door.written).toBe(before);
  return response;
}
