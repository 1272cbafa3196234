/**
 * Lint with types. What import rules cannot see is here: the domain has no clock, no chance and no process, the use
 * cases and the projector get theirs through ports. Each restriction is shown biting in test/architecture.
 */
import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const throughAPort = 'comes in through a port (src/application/ports.ts), so that tests own it';
const clocks = ['Date', 'Temporal', 'performance'];
const timers = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
  ...['queueMicrotask', 'scheduler'],
];
const surroundings = ['process', 'globalThis', 'global', 'crypto', 'fetch', 'require', 'Buffer', 'console'];
const chance = { object: 'Math', property: 'random', message: `Chance ${throughAPort}.` };
const hiddenTimer = { object: 'AbortSignal', property: 'timeout', message: `Time ${throughAPort}.` };

const nodeGlobals = [
  ...['process', 'console', 'performance', 'module', 'URL', 'fetch', 'Atomics', 'SharedArrayBuffer'],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate'],
];

const forbidden = (names, why) => names.map((name) => ({ name, message: `${name} ${why}.` }));

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'site/', '.holdfast/']),
  eslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.{mjs,cjs}'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [] }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // An injected class imported as a type compiles, and dies at start-up for want of its metadata.
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...forbidden([...clocks, ...timers, ...surroundings], 'is outside the domain: it comes in with the command'),
      ],
      'no-restricted-properties': ['error', chance, hiddenTimer],
    },
  },
  {
    files: ['src/application/**/*.ts', 'projections/projector.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...forbidden([...clocks, ...timers, 'globalThis', 'global', 'crypto'], throughAPort),
      ],
      'no-restricted-properties': [
        'error',
        chance,
        hiddenTimer,
        ...['nextTick', 'hrtime', 'uptime'].map((property) => ({
          object: 'process',
          property,
          message: `Time ${throughAPort}.`,
        })),
      ],
    },
  },
  {
    // The client's default is any revision at all: an append that loses a race would be stored.
    files: ['src/infrastructure/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@eventstore/db-client',
              importNames: ['ANY', 'STREAM_EXISTS'],
              message: 'The expected revision is always exact.',
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.property.name="appendToStream"][arguments.length<3]',
          message: 'An append names the revision that it expects.',
        },
      ],
    },
  },
  {
    // A fold that looks at a clock gives other rows when it is repeated.
    files: ['projections/**/*.ts'],
    ignores: ['projections/main.ts', 'projections/projector.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'A timestamp comes from the domain event.' },
        { object: 'Math', property: 'random', message: 'A rebuild must give the same rows.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'A timestamp comes from the domain event.',
        },
      ],
    },
  },
);
