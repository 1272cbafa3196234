import { UnknownPosition } from './errors.js';
import type { Position } from './ports.js';

const DIGITS = 20;
const TOKEN = /^([0-9a-f]{8})-([0-9]{20})$/;

/** `<8 hex of the log id>-<20-digit position>`: what clients send back to read their own writes. */
export const positionToken = (logId: string, position: Position): string =>
  `${logId}-${position.toString().padStart(DIGITS, '0')}`;

/** The position in a token of this log. Throws UnknownPosition for anything else, another log's token included. */
export function positionIn(token: string, logId: string): Position {
  const match = TOKEN.exec(token);
  if (match === null) throw new UnknownPosition('not a position of this service');
  if (match[1] !== logId) throw new UnknownPosition('a position of another log');
  return BigInt(match[2]!);
}
