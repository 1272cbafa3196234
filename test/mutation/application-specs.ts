/** What mutants of the one way from command to append are held against; see `domain-specs.ts`. */
import './no-shrinking.js';
import '../application/decide-into.spec.js';
import '../application/outcome.spec.js';
import '../application/desk.spec.js';
import '../application/mailbox.spec.js';
import '../application/mailbox-locked.spec.js';
import '../application/sweeper.spec.js';
import '../application/refusals.spec.js';
import '../application/transact.spec.js';
import '../application/faults.property.spec.js';
