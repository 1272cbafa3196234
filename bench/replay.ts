/**
 * `npm run replay -- FILE`: feeds the reservations of a hotel booking file to a service, in the order of their days, and
 * then asks the log whether everything it promised is so. Ends with 0 when it is, with 1 when something is wrong or the
 * run is void, with 2 when it could not be done (no file, no service, no database for the check).
 */
import { Command, InvalidArgumentError } from 'commander';
import pg from 'pg';
import { type Finding, checkLog, countFacts } from './replay/check.js';
import { copyOfEventStore } from './replay/copy.js';
import { type Bite, biteDamaged, inPassingTransaction } from './replay/damage.js';
import { type Plan, planReplay } from './replay/plan.js';
import { progressBar } from './replay/progress.js';
import { describeBites, describeFindings, describePlan, describeRun, faultsOf, isVoid } from './replay/report.js';
import { readReservations } from './replay/reservations.js';
import { IN_FLIGHT, type Run, replay } from './replay/run.js';
import { Leftovers } from './support/bench.js';
import { callersFor } from './support/callers.js';
import { HttpClient } from './support/http-client.js';
import { type Service, embeddedDatabase, isReady, runningService, startService } from './support/service.js';

interface Options {
  readonly url?: string;
  readonly token?: string;
  readonly database?: string;
  readonly eventStore?: string;
  readonly dataDir: string;
  readonly limit: number;
  readonly seed: number;
  readonly selfTest?: true;
}

const LOG = 'log.events';
const OFFER_PAUSE_MS = 1_000;
const CHECK_TIMEOUT_MS = 300_000;

const leftovers = Leftovers.ofThisProcess();

async function main(): Promise<readonly string[]> {
  const { file, options } = readArguments();
  const reservations = await readReservations(file, options.limit);
  if (reservations.length === 0) throw new Error(`${file} holds no reservation`);
  const now = Date.now();
  const plan = planReplay(reservations, options.seed, now, now.toString(36));
  console.log(describePlan(plan, options.seed));

  const service = await findOrStart(options);
  // What goes wrong can be looked into only as long as the log is there.
  let keep = service.isOurs;
  try {
    const database = options.database ?? (await embeddedDatabase(service.dataDir));
    if (database === null) throw new Error('The check reads the log: give --database, or the DATA_DIR of the service.');
    const faults = await replayAndCheck(plan, service, database, options);
    keep &&= faults.some((fault) => !isVoid(fault));
    return faults;
  } finally {
    keep &&= !leftovers.isOver;
    if (keep) console.error(`The data of this run are kept in ${service.dataDir}`);
    await service.stop(keep);
  }
}

function readArguments(): { file: string; options: Options } {
  const program = new Command('npm run replay --')
    .description('Replays a file of hotel reservations against Holdfast and checks the log against every answer.')
    .argument('<file>', 'the CSV of "Hotel booking demand datasets" (doi:10.1016/j.dib.2018.11.126), plain or gzipped')
    .option('--url <address>', 'a running service (default: a new one, on data of its own that are deleted afterwards)')
    .option('--token <token>', 'a token with the scopes "booking:any event:manage" (default: made with the secret)')
    .option('--database <url>', "the Postgres with the service's log (default: the embedded one of the data directory)")
    .option('--event-store <url>', 'where the log of the service is, or is to be, when not in its Postgres: esdb://…')
    .option('--data-dir <folder>', "the running service's DATA_DIR", process.env['DATA_DIR'] || '.holdfast')
    .option('--limit <n>', 'only the first n reservations of the file', positive, Infinity)
    .option('--seed <n>', 'for guests, repeats and taken offers', positive, 1)
    .option('--self-test', 'first show the check failing on three damaged copies of the log')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse();
  return { file: program.args[0]!, options: program.opts<Options>() };
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 to 999999999.');
  return Number(text);
}

async function findOrStart({ url, dataDir, eventStore }: Options): Promise<Service> {
  if (url === undefined)
    return startService(leftovers, eventStore === undefined ? {} : { EVENT_STORE_URL: eventStore });
  if (!(await isReady(url))) throw new Error(`No service is ready at ${url}`);
  return runningService(url, dataDir);
}

async function replayAndCheck(plan: Plan, service: Service, database: string, options: Options): Promise<string[]> {
  const client = new HttpClient(service.url, IN_FLIGHT);
  // Connected before the replay: to find out afterwards that the log cannot be read would be a pity.
  const log = await connect(database);
  try {
    const callers = callersFor(options.token ?? null, service.dataDir, service.isOurs ? {} : process.env);
    console.log(`Replaying to ${service.url}${service.isOurs ? ', started for this on data of its own' : ''}\n`);
    await client.connect();
    const run = await replay(plan, client.send, callers, progressBar(), OFFER_PAUSE_MS);
    return await judge(log, plan, run, options);
  } finally {
    client.close();
    await log.end().catch(() => undefined);
  }
}

async function judge(log: pg.Client, plan: Plan, run: Run, { eventStore, selfTest }: Options): Promise<string[]> {
  const prefix = process.env['STREAM_PREFIX'] || 'booking-';
  const table = eventStore === undefined ? LOG : await copyOfEventStore(eventStore, prefix, log);
  const isSelfTest = selfTest === true;
  let bites: Bite[] = [];
  if (isSelfTest) bites = await biteDamaged(log, table, prefix, run.answers);
  const { findings, facts } = await inPassingTransaction(log, async () => {
    const findings: Finding[] = await checkLog(log, table, prefix, run.answers);
    return { findings, facts: await countFacts(log) };
  });
  console.log(`\n${describeRun(run, plan, facts)}`);
  if (isSelfTest) console.log(describeBites(bites));
  console.log(describeFindings('The log against the answers', findings));
  const faults = faultsOf(run, findings, bites);
  for (const fault of faults) console.log(`✘ ${fault}`);
  if (faults.length === 0) console.log('✔ Nothing oversold, nobody twice, nothing lost, nothing made up.');
  return faults;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'holdfast-replay',
    connectionTimeoutMillis: 5_000,
    statement_timeout: CHECK_TIMEOUT_MS,
    query_timeout: 2 * CHECK_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined); // The query that is running reports it.
  await client.connect();
  await client.query(`SELECT 1 FROM ${LOG} LIMIT 1`);
  return client;
}

try {
  const faults = await main();
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`replay: ${(error as Error).message}`);
  process.exitCode = 2;
}
