/**
 * The specs that mutants are held against, in one file, so that each mutant loads them once; the quickest come first,
 * because the rest is skipped after the first failure (see `environment.cjs`).
 */
import './no-shrinking.js';
import '../domain/booking.spec.js';
import '../domain/ledger.spec.js';
import '../application/sweeper.spec.js';
import '../application/transact.spec.js';
import '../domain/history.property.spec.js';
import '../application/faults.property.spec.js';
