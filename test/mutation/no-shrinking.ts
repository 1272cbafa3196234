import fc from 'fast-check';

// Which history is the shortest that a mutant breaks is of no interest, and costs seconds to find.
fc.configureGlobal({ endOnFailure: true });
