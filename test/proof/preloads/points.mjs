/**
 * Stops the process at a named point of its work with the database: it says so and stands still, in the middle of its
 * turn, until somebody outside kills it. Which point it is, if any, is in a file that is read at every SIGUSR2. Nothing
 * of this is in the service.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const APPEND = /log\.append\(/;
const POINTS = {
  'before append': [APPEND, 'before'],
  'append sent': [APPEND, 'sent'],
  'after append': [APPEND, 'after'],
  'between rows': [/^\s*INSERT INTO read_model/, 'before'],
  'before commit': [/^COMMIT$/, 'before'],
  'after commit': [/^COMMIT$/, 'after'],
};

let point = '';
let isStopping = false;
process.on('SIGUSR2', () => {
  point = readFileSync(process.env.HOLDFAST_PROOF_POINT_FILE, 'utf8');
});

function stop() {
  writeSync(1, `\nstopped at ${point}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

// The program's own driver, wherever its packages are.
const pg = createRequire(process.argv[1])('pg');
const query = pg.Client.prototype.query;
pg.Client.prototype.query = function (...args) {
  const text = typeof args[0] === 'string' ? args[0] : (args[0]?.text ?? '');
  const [statement, moment] = POINTS[point] ?? [];
  if (statement === undefined || isStopping || !statement.test(text)) return query.apply(this, args);
  isStopping = true;
  if (moment === 'before') stop();
  const last = args.length - 1;
  if (moment === 'after' && typeof args[last] === 'function') args[last] = stop;
  const answer = query.apply(this, args);
  if (moment === 'after') answer?.then?.(stop);
  // By the next turn the statement is with the kernel.
  else setImmediate(stop);
  return answer;
};
