import { readReservations } from '../../bench/replay/reservations.js';
import { planReplay } from '../../bench/replay/plan.js';
import { replay } from '../../bench/replay/run.js';
import type { StoredRecord } from '../../src/infrastructure/event-store/codec.js';
import { PaperService, makeUpRows, paperCallers, readRows } from '../bench/paper.js';

const NOW = Date.UTC(2027, 0, 1);
const QUIET = { begin: () => undefined, step: () => undefined, end: () => undefined };
/** Of a file, and made up. */
const LINES = 5_000;
const FEW_LINES = 150;

/**
 * A log of bookings that somebody made: the first reservations of the hotels' file that TEST_RESERVATIONS names, decided
 * by the core. Without that file they are made up.
 */
export async function bookedLog(): Promise<readonly StoredRecord[]> {
  const file = process.env['TEST_RESERVATIONS'];
  const reservations = file === undefined ? await readRows(makeUpRows(FEW_LINES)) : await readReservations(file, LINES);
  const service = new PaperService(NOW);
  await replay(planReplay(reservations, 7, NOW, 'moving'), service.send, paperCallers, QUIET, 0);
  return service.log.records;
}
