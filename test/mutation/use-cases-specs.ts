/** What mutants of the use cases are held against; see `domain-specs.ts`. */
import './no-shrinking.js';
import '../application/commands.spec.js';
import '../application/queries.spec.js';
import '../application/people.spec.js';
import '../application/past-folds.spec.js';
