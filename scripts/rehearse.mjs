/**
 * `DATABASE_URL=postgres://… npm run deploy:rehearse`: the steps of deploy/Dockerfile in plain folders, for where no container
 * engine is. Its COPY lines copy, its RUN lines run; then the result migrates, starts, gets ready and is stopped. What is
 * left out: the base image, its user and its read-only root.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const READY_WITHIN_MS = 30_000;
const POLL_MS = 100;
const PORT = '39300';

if (!process.env.DATABASE_URL) {
  console.error('DATABASE_URL: expected a Postgres to start on; it is migrated');
  process.exit(1);
}
const place = mkdtempSync(join(tmpdir(), 'holdfast-rehearsal-'));
try {
  const image = build();
  await rehearse(image);
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** Answers the last stage: its folder, its environment and its command. */
function build() {
  const stages = new Map();
  let stage;
  for (const [word, rest] of instructions()) {
    if (word === 'FROM') {
      const name = / AS (\S+)$/.exec(rest)?.[1] ?? 'image';
      stage = { folder: join(place, name), workdir: '/', env: {}, command: null };
      stages.set(name, stage);
      mkdirSync(stage.folder);
    } else if (word === 'WORKDIR') {
      stage.workdir = rest;
      mkdirSync(join(stage.folder, rest), { recursive: true });
    } else if (word === 'COPY') copy(stage, stages, rest.split(' '));
    else if (word === 'RUN') run(`RUN ${rest}`, ['sh', '-c', rest], join(stage.folder, stage.workdir), process.env);
    else if (word === 'ENV')
      for (const pair of rest.split(' '))
        stage.env[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
    else if (word === 'CMD') stage.command = JSON.parse(rest);
  }
  return stage;
}

function instructions() {
  return readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}

function copy(stage, stages, words) {
  const from = words[0].startsWith('--from=') ? stages.get(words.shift().slice('--from='.length)).folder : root;
  const target = words.pop();
  const to = join(stage.folder, target.startsWith('/') ? '/' : stage.workdir, target);
  for (const source of words) {
    // A folder's content is copied, a file is put into what ends in "/".
    const isInto = target.endsWith('/') && statSync(join(from, source)).isFile();
    cpSync(join(from, source), isInto ? join(to, basename(source)) : to, { recursive: true });
  }
}

function run(what, [command, ...words], cwd, env) {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${what} ended with ${status}\n${stdout}${stderr}`);
  console.log(`${what} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
  return stdout;
}

async function rehearse({ folder, workdir, env: own, command }) {
  const cwd = join(folder, workdir);
  const { PATH, DATABASE_URL } = process.env;
  const secret = 'of this rehearsal, and of nothing else at all';
  const env = { PATH, ...own, HOST: '127.0.0.1', PORT, DATABASE_URL, AUTH_HS256_SECRET: secret, LOG_LEVEL: 'warn' };
  const size = run('du', ['du', '-sm', '.'], cwd, env).split('\t')[0];
  const packages = JSON.parse(readFileSync(join(cwd, 'sbom.cdx.json'), 'utf8')).components.length;
  console.log(`the image's own files: ${size} MB; its SBOM names ${packages} packages`);
  process.stdout.write(run('migrate', ['node', 'bin/holdfast.mjs', 'migrate'], cwd, env));
  const child = spawn(command[0], command.slice(1), { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const status = await readiness(child);
  console.log(`/health/ready answers ${status}`);
  // What is in files of its own, of which a COPY line may be missing.
  const answers = await Promise.all(
    ['/openapi.json', '/docs', '/control-room', await styleOf('/control-room')].map(answerOf),
  );
  for (const { path, status } of answers) console.log(`${path} answers ${status}`);
  child.kill('SIGTERM');
  const code = await exit;
  console.log(`after SIGTERM it ended with ${code}`);
  if (status !== 200 || answers.some(({ status }) => status !== 200) || code !== 0) process.exitCode = 1;
}

/** Of one request to it. */
async function answerOf(path) {
  const response = await fetch(`http://127.0.0.1:${PORT}${path}`);
  return { path, status: response.status, text: await response.text() };
}

/** The style sheet that a page asks for. */
async function styleOf(page) {
  const { text } = await answerOf(page);
  return /<link rel="stylesheet" href="([^"]+)"/.exec(text)?.[1] ?? 'a style sheet';
}

/** The status of the last answer; null: there was none. */
async function readiness(child) {
  let status = null;
  for (let waited = 0; waited < READY_WITHIN_MS && status !== 200 && child.exitCode === null; waited += POLL_MS) {
    const words = ['-e', 'fetch(process.argv[1]).then((r) => console.log(r.status), () => console.log("null"))'];
    const { stdout } = spawnSync('node', [...words, `http://127.0.0.1:${PORT}/health/ready`], { encoding: 'utf8' });
    status = JSON.parse(stdout);
    await sleep(POLL_MS);
  }
  return status;
}
