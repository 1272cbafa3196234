/**
 * `npm run cluster -- --api 2 --projectors 1`: several processes of the service on this machine, over one database. The
 * API processes listen on PORT, PORT+1, …: each has an address of its own for its clients, its health and its figures.
 * One of them decides about an event, whoever is asked (docs/scaling.md). Whoever dies is replaced. SIGHUP restarts one
 * after the other, SIGTERM and SIGINT stop all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Member, say } from './cluster/member.mjs';
import { stopWithParent } from './parent.mjs';
import { prepareToRun } from './prepare.mjs';

const USAGE = `Usage: npm run cluster -- [--api N] [--projectors M]

  --api N          API processes, 1 to 64, on PORT, PORT+1, … (2 unless said)
  --projectors M   projector processes, 0 to 8: one works, the others stand by; 0: inside the API processes (1 unless said)

Settings come from the environment, as for npm start (docs/settings.md). Signals: HUP restarts one process after the other,
TERM and INT stop all; a second one does so at once.
`;
const MOST = { api: 64, projectors: 8 };
const DEFAULT_PORT = 3_000;
/** Beyond DRAIN_MS: for the embedded Postgres to stop, which the last process waits for. */
const STOP_MARGIN_MS = 7_000;
const DEFAULT_DRAIN_MS = 8_000;

const counts = readCounts();
prepareToRun();
const stopMs = Number(process.env.DRAIN_MS || DEFAULT_DRAIN_MS) + STOP_MARGIN_MS;
const members = [...apis(), ...projectors()];
let isStopping = false;
let restarting = Promise.resolve();

stopWithParent();
say(`pid ${process.pid}: HUP restarts one after the other, TERM stops all`);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop(signal, 0));
process.on('SIGHUP', () => (restarting = restarting.then(restartAll)));
for (const member of members) {
  member.on('gone', (reason) => stop(`${member.name} ${reason}`, 1));
  member.start();
}

function readCounts() {
  try {
    const { values } = parseArgs({
      options: {
        api: { type: 'string', default: '2' },
        projectors: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    return { api: count('api', values.api, 1), projectors: count('projectors', values.projectors, 0) };
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return process.exit(1);
  }
}

function count(name, text, least) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= MOST[name]) return number;
  throw new Error(`--${name}: expected an integer from ${least} to ${MOST[name]}`);
}

function apis() {
  const first = Number(process.env.PORT || DEFAULT_PORT);
  const last = first + counts.api - 1;
  if (first > 0 && last > 65_535) {
    process.stderr.write(`PORT: expected at most ${65_536 - counts.api}, for ${counts.api} API processes\n`);
    process.exit(1);
  }
  const settings = counts.projectors > 0 ? { PROJECTOR: 'off' } : {};
  const sockets = socketsFor(counts.api);
  return Array.from({ length: counts.api }, (_, n) => {
    // What cannot be a port is left for the process to refuse, in its own words.
    const port = first > 0 ? first + n : (process.env.PORT ?? '');
    const peers = sockets.length > 0 ? { PEER_SOCKETS: sockets.join(), PEER_SOCKET: sockets[n] } : {};
    return new Member(`api-${n + 1}`, 'api.js', { ...settings, ...peers, PORT: String(port) });
  });
}

/** By which the processes ask each other: in a folder that is ours alone, or pipes where sockets are no files. None for one. */
function socketsFor(processes) {
  if (processes === 1) return [];
  const names = Array.from({ length: processes }, (_, n) => `api-${n + 1}`);
  if (process.platform === 'win32') return names.map((name) => `\\\\.\\pipe\\holdfast-${process.pid}-${name}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-cluster-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return names.map((name) => path.join(folder, name));
}

function projectors() {
  // Each shows figures of its own. What cannot be a port is left for the process to refuse.
  const first = Number(process.env.PROJECTOR_PORT || 0);
  return Array.from({ length: counts.projectors }, (_, n) => {
    const settings = first > 0 ? { PROJECTOR_PORT: String(first + n) } : {};
    return new Member(`projector-${n + 1}`, 'projector.js', settings);
  });
}

/** A process is stopped when the one before it is up again, so that all but one serve at any moment. */
async function restartAll() {
  say('restarting one after the other');
  for (const member of members) {
    if (isStopping) return;
    await member.restart(stopMs);
  }
  if (!isStopping) say('restarted');
}

async function stop(reason, exitCode) {
  if (isStopping) {
    if (exitCode > 0) return;
    for (const member of members) member.kill();
    process.exit(1);
  }
  isStopping = true;
  say(`stopping: ${reason}`);
  const clean = await Promise.all(members.map((member) => member.stop(stopMs)));
  process.exit(clean.every(Boolean) ? exitCode : 1);
}
