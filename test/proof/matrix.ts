import type { Mode } from './result.js';
import type { Row } from './run.js';
import { shiftedClocks } from './rows/clocks.js';
import { lostDecider } from './rows/deciders.js';
import { killedApi, killedAtPoints, killedPostgres, killedProjector, killedRebuild } from './rows/crashes.js';
import { restoredLog } from './rows/logs.js';
import { lapsingTogether, overload, raced, twoProjectors } from './rows/races.js';
import { changedByte, terminated, unknownType, unknownVersion } from './rows/records.js';
import { brokenNetwork, frozenDatabase, fullDisk, heldRow, moodyEventStore, swallowedReplies } from './rows/stores.js';

/** The fault matrix, in its order. */
export const MATRIX: readonly Row[] = [
  ...[killedApi, killedAtPoints, killedProjector, killedPostgres, raced, twoProjectors, frozenDatabase],
  ...[swallowedReplies, brokenNetwork, fullDisk, shiftedClocks, heldRow, unknownType, killedRebuild],
  ...[changedByte, moodyEventStore, terminated, unknownVersion, overload, restoredLog, lapsingTogether],
  lostDecider,
];

/** Undefined: there is no such row. */
export const rowOf = (id: string): Row | undefined => MATRIX.find((row) => row.id === id.toUpperCase());

const KILLS = ['F4', 'F1', 'F2', 'F3'];
const STORE = ['F7', 'F8', 'F6', 'F15', 'F17', 'F14', 'F20', 'F21'];
const OTHERS = ['F5', 'F12', 'F9', 'F16', 'F11', 'F19', 'F13', 'F18', 'F10', 'F22'];

/**
 * Rows that run one after another; what is beside it runs at the same time. Rows that share processes follow each other.
 * Quick runs mostly wait for each other. The full ones count how soon a killed process is back: no more of them at once
 * than a small machine has cores.
 */
export const LANES: Readonly<Record<Mode, readonly (readonly string[])[]>> = {
  quick: [KILLS, STORE, OTHERS],
  full: [KILLS, [...STORE, ...OTHERS]],
};
