import type { Row } from './run.js';
import { shiftedClocks } from './rows/clocks.js';
import { killedApi, killedAtPoints, killedPostgres, killedProjector, killedWhileFolding } from './rows/crashes.js';
import { restoredLog } from './rows/logs.js';
import { lapsingTogether, overload, raced, twoProjectors } from './rows/races.js';
import { changedByte, terminated, unknownType, unknownVersion } from './rows/records.js';
import { brokenNetwork, frozenDatabase, fullDisk, heldRow, moodyEventStore, swallowedReplies } from './rows/stores.js';

/** The fault matrix, in its order. */
export const MATRIX: readonly Row[] = [
  ...[killedApi, killedAtPoints, killedProjector, killedPostgres, raced, twoProjectors, frozenDatabase],
  ...[swallowedReplies, brokenNetwork, fullDisk, shiftedClocks, heldRow, unknownType, killedWhileFolding],
  ...[changedByte, moodyEventStore, terminated, unknownVersion, overload, restoredLog, lapsingTogether],
];

/** Undefined: there is no such row. */
export const rowOf = (id: string): Row | undefined => MATRIX.find((row) => row.id === id.toUpperCase());

/** Rows that run one after another; what is beside it runs at the same time. Rows that share processes follow each other. */
export const LANES: readonly (readonly string[])[] = [
  ['F1', 'F2', 'F3', 'F4'],
  ['F7', 'F8', 'F6', 'F15', 'F17', 'F14', 'F20', 'F21'],
  ['F5', 'F12', 'F9', 'F16', 'F11', 'F19', 'F13', 'F18', 'F10'],
];
