import type { Ledger } from '../domain/booking/ledger.js';

/** What a ledger costs before its first booking, in entries; with what is counted of its event. */
export const EMPTY_LEDGER_ENTRIES = 25;

/** What a ledger costs in memory, in entries: its bookings and the commands that it remembers. */
export const entriesOf = ({ bookings, commands }: Ledger): number =>
  EMPTY_LEDGER_ENTRIES + bookings.size + commands.size;
