/**
 * What mutants of the domain are held against, in one file, so that each of them loads it once. The quickest specs come
 * first: what is left after the first failure is skipped (see `environment.cjs`).
 */
import './no-shrinking.js';
import '../domain/booking.spec.js';
import '../domain/ledger.spec.js';
import '../domain/waitlist.spec.js';
import '../domain/facts.spec.js';
import '../domain/holds.spec.js';
import '../domain/history.property.spec.js';
