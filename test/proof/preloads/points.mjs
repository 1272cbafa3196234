/**
 * Stops the process at a named point of its work with the database, after the next SIGUSR2: it says so and stands
 * still, in the middle of its turn, until somebody outside kills it. Nothing of it is in the service.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const point = process.env.HOLDFAST_PROOF_POINT;
const APPEND = /log\.append\(/;
const [statement, moment] = {
  'before append': [APPEND, 'before'],
  'append sent': [APPEND, 'sent'],
  'after append': [APPEND, 'after'],
  'between rows': [/^\s*INSERT INTO read_model/, 'before'],
  'before commit': [/^COMMIT$/, 'before'],
  'after commit': [/^COMMIT$/, 'after'],
}[point];

let isArmed = false;
process.on('SIGUSR2', () => {
  isArmed = true;
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
  if (!isArmed || !statement.test(text)) return query.apply(this, args);
  isArmed = false;
  if (moment === 'before') stop();
  const last = args.length - 1;
  if (moment === 'after' && typeof args[last] === 'function') args[last] = stop;
  const answer = query.apply(this, args);
  if (moment === 'after') answer?.then?.(stop);
  // By the next turn the statement is with the kernel.
  else setImmediate(stop);
  return answer;
};
