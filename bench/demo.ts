/**
 * `npm run demo`: 500 people ask at once for one place, then 500 for a hundred. Exactly one and exactly a hundred get
 * theirs; everybody else is told `sold-out`. Ends with 1 when that is not so, with 2 when it could not be tried.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { holdfast, type Holdfast } from '../clients/typescript/holdfast.js';
import { Leftovers } from './support/bench.js';
import { type Callers, callersFor } from './support/callers.js';
import { Latency, block, count, duration, plural } from './support/print.js';
import { type Service, isReady, runningService, startService } from './support/service.js';

const PEOPLE = 500;
const ROUNDS = [1, 100];
const NEXT_WEEK_MS = 7 * 24 * 3_600_000;
const TRIES = 5;
const LOOK_AGAIN_MS = 200;

const leftovers = Leftovers.ofThisProcess();

interface Options {
  readonly url?: string;
  readonly token?: string;
  readonly dataDir: string;
  readonly eventStore?: string;
}

interface Round {
  readonly capacity: number;
  readonly winners: readonly string[];
  /** How many got which answer, winners aside. */
  readonly others: ReadonlyMap<string, number>;
  readonly tookMs: number;
  readonly latency: Latency;
  /** What the read model says afterwards. */
  readonly taken: number;
  readonly free: number;
}

const isRight = ({ capacity, winners, others, taken, free }: Round): boolean =>
  winners.length === capacity &&
  others.get('sold-out') === PEOPLE - capacity &&
  new Set(winners).size === capacity &&
  taken === capacity &&
  free === 0;

async function main(): Promise<boolean> {
  const options = readOptions();
  const service = await findOrStart(options);
  try {
    const callers = callersFor(options.token ?? null, service.dataDir, service.isOurs ? {} : process.env);
    console.log(`Holdfast at ${service.url}${service.isOurs ? ', started for this demo on data of its own' : ''}\n`);
    let allRight = true;
    for (const capacity of ROUNDS) {
      const round = await rush(service.url, callers, capacity);
      console.log(describe(round));
      allRight &&= isRight(round);
    }
    return allRight;
  } finally {
    await service.stop();
  }
}

function readOptions(): Options {
  const port = process.env['PORT'] || '3000';
  return new Command('npm run demo --')
    .description(`Lets ${PEOPLE} people ask at once for 1 place, then for 100, and shows who got one.`)
    .option('--url <address>', `a running service (default: the one on port ${port}; if there is none, a new one)`)
    .option('--token <token>', 'a token with the scopes "booking:any event:manage" (default: made with the secret)')
    .option(
      '--data-dir <folder>',
      "the running service's DATA_DIR, for its secret",
      process.env['DATA_DIR'] || '.holdfast',
    )
    .option('--event-store <url>', 'a new service, with its log there: esdb://…')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse()
    .opts<Options>();
}

/** A service named by hand must be there; the usual one is used when it is there and takes our tokens. */
async function findOrStart({ url, token, dataDir, eventStore }: Options): Promise<Service> {
  if (eventStore !== undefined) return startService(leftovers, { EVENT_STORE_URL: eventStore });
  if (url !== undefined) {
    if (await isReady(url)) return runningService(url, dataDir);
    throw new Error(`No service is ready at ${url}`);
  }
  const usual = `http://127.0.0.1:${process.env['PORT'] || '3000'}`;
  if ((await isReady(usual)) && (await takesOurTokens(usual, token ?? null, dataDir)))
    return runningService(usual, dataDir);
  return startService(leftovers);
}

async function takesOurTokens(url: string, token: string | null, dataDir: string): Promise<boolean> {
  try {
    const { manager } = callersFor(token, dataDir, process.env);
    const { response } = await holdfast({ url, token: manager }).GET('/v1/bookings', {
      params: { query: { limit: 1 } },
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** One event, everybody at once, and a look at what the read model shows of it. */
async function rush(url: string, callers: Callers, capacity: number): Promise<Round> {
  const run = Date.now().toString(36);
  const eventId = `demo-${capacity}-${run}`;
  const startsAt = new Date(Date.now() + NEXT_WEEK_MS).toISOString();
  const title = capacity === 1 ? 'One place' : `${capacity} places`;
  const manager = holdfast({ url, token: callers.manager });
  const scheduled = await manager.POST('/v1/events', { body: { eventId, title, startsAt, capacity } });
  if (scheduled.error) throw new Error(`The event could not be scheduled: ${scheduled.error.detail}`);

  // In another order every time: or it would always be the first in the list who wins.
  const people = shuffled(Array.from({ length: PEOPLE }, (_, n) => `guest-${String(n + 1).padStart(3, '0')}`));
  const voices = people.map((person) => {
    const { token, onBehalf } = callers.as(person);
    return { client: holdfast({ url, token }), onBehalf };
  });
  const latency = new Latency();
  const beganAt = performance.now();
  const answers = await Promise.all(
    voices.map(async ({ client, onBehalf }, n) => {
      const sentAt = performance.now();
      // With a key, so that the client may send it again as long as the service asks for patience.
      const params = { path: { eventId }, header: { 'Idempotency-Key': `${run}-${n}` } };
      const answer = await client.POST('/v1/events/{eventId}/bookings', { params, body: { ...onBehalf } });
      latency.record(performance.now() - sentAt);
      return answer;
    }),
  );
  const tookMs = performance.now() - beganAt;
  const winners = people.filter((_, n) => answers[n]!.response.ok);
  const others = new Map<string, number>();
  for (const { error } of answers) if (error) others.set(error.code, (others.get(error.code) ?? 0) + 1);
  const position = answers.find(({ response }) => response.ok)?.response.headers.get('Holdfast-Position') ?? null;
  const seen = await look(manager, eventId, position);
  return { capacity, winners, others, tookMs, latency, ...seen };
}

async function look(manager: Holdfast, eventId: string, position: string | null) {
  const header = position === null ? {} : { 'Holdfast-Position': position };
  for (let tries = 1; ; tries += 1) {
    const params = { path: { eventId }, header };
    const { data, error } = await manager.GET('/v1/events/{eventId}/availability', { params });
    // The position is that of one winner: another one's booking may still be on its way to the tables.
    if (data && (data.taken === data.capacity || tries === TRIES)) return { taken: data.taken, free: data.free };
    if (tries === TRIES) throw new Error(`The read model did not answer: ${error?.detail}`);
    await sleep(LOOK_AGAIN_MS);
  }
}

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

function describe(round: Round): string {
  const { capacity, winners, others, tookMs, latency, taken, free } = round;
  const names = winners.length <= 4 ? winners.join(', ') : `${winners.slice(0, 3).join(', ')}, …`;
  const verdict = isRight(round)
    ? `✔ exactly ${plural(capacity, 'person', 'people')} won, and everybody else was told that it is sold out`
    : `✘ expected ${count(capacity)} to win and ${count(PEOPLE - capacity)} to be told "sold-out"`;
  return block(`${PEOPLE} people at once for ${plural(capacity, 'place', 'places')}`, [
    [count(winners.length), 'won', names],
    ...[...others].map(([code, times]) => [count(times), code] as const),
    [count(taken), 'taken', `and ${count(free)} free, says the read model`],
    [duration(tookMs), 'in all', `${latency}, ${count(Math.round((PEOPLE / tookMs) * 1_000))} answers/s`],
  ]).concat(`\n  ${verdict}\n`);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 2;
}
