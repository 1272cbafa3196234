import type { Row } from './run.js';
import { killedApi, killedPostgres, killedProjector } from './rows/crashes.js';

/** The fault matrix, in its order. */
export const MATRIX: readonly Row[] = [killedApi, killedProjector, killedPostgres];

/** Undefined: there is no such row. */
export const rowOf = (id: string): Row | undefined => MATRIX.find((row) => row.id === id.toUpperCase());
