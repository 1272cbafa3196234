import pg from 'pg';
import { tokenOf } from '../support/credentials.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import type { Ask } from './ask.js';
import { MANAGER, mayAsk, type Sender } from './callers.js';
import { madeHostile } from './compose.js';
import type { Outcome, Plan } from './campaign.js';
import type { Operation } from './description.js';
import { HOSTILE } from './hostile-heads.js';
import type { Hostile } from './hostile.js';
import { faultsOf } from './judge.js';
import { reportOf } from './report.js';
import { bytesOf, type Header } from './request.js';
import { Subject } from './subject.js';
import { NoAnswer, Wire, type Answer, type Bytes, type Peer } from './wire.js';

const FRESH_SEED = Date.now() % 1_000_000_000;
const SOUND = 'Every answer was as described.';

let database: TestDatabase;
let subject: Subject;

beforeAll(async () => {
  database = await freshDatabase();
  subject = await Subject.open(database.url);
});
afterAll(async () => {
  await subject?.close();
  await database?.drop();
});

/** More than half of the routes have said yes: who is always told no has asked nothing. */
const isHeard = (answered: Outcome['answered']): boolean =>
  [...answered.values()].filter((times) => times > 0).length > answered.size / 2;

describe('whatever it is asked, the service answers as it says', () => {
  it.each([
    ['of a seed that is always the same', 1],
    ['of another seed every time', FRESH_SEED],
  ])('to 750 requests and more %s', async (_, seed) => {
    // By chance some routes wait for long until somebody knows what to ask them: it goes on, but not for ever.
    const isEnough: Plan['isEnough'] = ({ requests, answered }) => requests >= 750 && isHeard(answered);
    const { outcome, ofLog } = await subject.fuzz({ seed, requests: 1_500, lanes: 3, isEnough });
    // On failure it shows everything.
    expect(reportOf(outcome, ofLog)).toContain(SOUND);
    expect(outcome.requests).toBeGreaterThanOrEqual(750);
    expect(isHeard(outcome.answered)).toBe(true);
  });
});

/** Alters the answers to some requests, by their first line; an error: there is none. */
type Lie = (line: string, answer: Answer) => Answer | NoAnswer;

class Liar implements Peer {
  lies = 0;

  constructor(
    private readonly wire: Wire,
    private readonly lie: Lie,
  ) {}

  async ask(sent: Bytes): Promise<Answer> {
    const line = sent.bytes.subarray(0, 200).toString('latin1').split('\r\n', 1)[0]!;
    const answer = await this.wire.ask(sent);
    const told = line.startsWith('GET /health') ? answer : this.lie(line, answer);
    this.lies += Number(told !== answer);
    if (told instanceof NoAnswer) throw told;
    return told;
  }

  close(): void {
    this.wire.close();
  }
}

const replaced = (answer: Answer, status: number, headers: Readonly<Record<string, string>>, body: object): Answer => ({
  ...{ status, body: Buffer.from(JSON.stringify(body)) },
  headers: new Map([...answer.headers, ['content-type', 'application/problem+json'], ...Object.entries(headers)]),
});
const problem = (status: number, code: string, title: string, detail: string) => ({
  ...{ type: `/problems/${code}`, title, status, code, detail },
});
const SOLD_OUT = problem(
  ...([409, 'sold-out', 'Sold out'] as const),
  'Fewer places are free than were asked for, or somebody is waiting.',
);
const INTERNAL = problem(500, 'internal', 'Internal error', 'Something is wrong on our side.');
const OVERLOADED = problem(503, 'overloaded', 'Overloaded', 'Too much is waiting; nothing was done.');

const LIES: readonly (readonly [name: string, found: RegExp, lie: Lie])[] = [
  [
    'a status that it does not describe',
    /^202 is not described/,
    (_, answer) => (answer.status === 200 ? { ...answer, status: 202 } : answer),
  ],
  [
    'a body of another shape',
    /is not of its schema: .*seats/,
    (_, answer) => {
      // What a fact holds is of a form of its own, which the description leaves open.
      if (!answer.body.toString().startsWith('{"bookingId"')) return answer;
      const body = answer.body.toString().replace(/"seats":(\d+)/g, '"seats":"$1"');
      return body === answer.body.toString() ? answer : { ...answer, body: Buffer.from(body) };
    },
  ],
  [
    'a header that it does not describe',
    /with allow is not described/,
    (_, answer) => ({ ...answer, headers: new Map([...answer.headers, ['allow', 'GET']]) }),
  ],
  ['a 500', /^500/, (line, answer) => (line.includes('/cancel') ? replaced(answer, 500, {}, INTERNAL) : answer)],
  [
    'a 503 that does not say when to come back',
    /^503 without Retry-After/,
    (line, answer) => (line.startsWith('GET') ? replaced(answer, 503, {}, OVERLOADED) : answer),
  ],
  [
    'a problem that is none',
    /no problem document/,
    (_, answer) => ({ ...answer, headers: new Map([...answer.headers, ['content-type', 'application/json']]) }),
  ],
  [
    'letting in who shows no token',
    /instead of 401/,
    (_, answer) => (answer.status === 401 ? { ...answer, status: 200 } : answer),
  ],
  [
    'nothing at all',
    /^no answer: closed/,
    (line, answer) => (line.startsWith('PATCH') ? new NoAnswer('closed') : answer),
  ],
  [
    'the answer to another request',
    /of another request/,
    (_, answer) => ({ ...answer, headers: new Map([...answer.headers, ['x-request-id', 'another']]) }),
  ],
  [
    'a no to what it has done',
    /^refused, and recorded: 409 to POST/,
    (line, answer) =>
      /bookings HTTP/.test(line) && answer.status === 201 ? replaced(answer, 409, {}, { ...SOLD_OUT }) : answer,
  ],
  [
    'a yes to what it has not done',
    /^acknowledged, and not recorded: 201 to POST/,
    (line, answer) =>
      /^POST \/v1\/events\/[\w-]+\/bookings HTTP/.test(line) && [404, 409].includes(answer.status)
        ? { ...answer, status: 201 }
        : answer,
  ],
];

/** How often it is lied to; less often where the occasion is rare. */
const enoughOf = (name: string): number => (/ to what it has /.test(name) ? 2 : 5);

it.each(LIES)('the fuzzer finds out %s', async (name, found, lie) => {
  // Ids are of a seed: each has its own. What is drawn is another thing with every new route: it goes on until it was lied to.
  const seed = 10 + LIES.findIndex(([each]) => each === name);
  const liar = new Liar(new Wire(subject.api.url), lie);
  const plan = { seed, requests: 3_000, lanes: 1, isEnough: () => liar.lies >= enoughOf(name) };
  const { outcome, ofLog } = await subject.fuzz(plan, () => liar);
  const faults = [...outcome.failures.map(({ what }) => what), ...ofLog];
  expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(found)]));
  expect(reportOf(outcome, ofLog)).toMatch(/ WRONG\n[^]*(curl|printf) /);
});

describe('every hostile input has its answer, leaves no record, and the next request works', () => {
  const path = '/v1/events/hostile/bookings';
  let booking: Operation;
  let log: pg.Client;
  let wire: Wire;

  beforeAll(async () => {
    const { url } = subject.api;
    booking = subject.description.operations.find(({ id }) => id === 'POST /v1/events/{eventId}/bookings')!;
    log = new pg.Client({ connectionString: database.url });
    await log.connect();
    wire = new Wire(url);
    const headers: Header[] = [
      ['Host', 'localhost'],
      ['Authorization', MANAGER.authorization!],
    ];
    const startsAt = new Date(Date.now() + 30 * 86_400_000).toISOString();
    const body = Buffer.from(JSON.stringify({ eventId: 'hostile', title: 'x', startsAt, capacity: 1_000 }));
    const typed: Header[] = [...headers, ['Content-Type', 'application/json']];
    const scheduled = bytesOf({ method: 'POST', target: '/v1/events', headers: typed, body });
    expect((await wire.ask(scheduled)).status).toBe(201);
  });
  afterAll(async () => {
    wire?.close();
    await log?.end();
  });

  /** A booking that would be made if nothing were odd about it: everybody books once. */
  function plain(n: number): Ask {
    const userId = `hostile-${n}`;
    const authorization = `Bearer ${tokenOf(userId)}`;
    const caller = { userId, scopes: new Set(['booking']), until: Infinity };
    const sender: Sender = { name: userId, caller, authorization };
    const headers: Header[] = [
      ...([
        ['Host', 'localhost'],
        ['X-Request-Id', userId],
      ] as const),
      ...([
        ['Authorization', authorization],
        ['Content-Type', 'application/json'],
      ] as const),
    ];
    return {
      ...{ kind: 'valid', what: '', operation: booking, sender, expected: [201], isUnread: false, isPublic: false },
      ...{ mayAsk: mayAsk(booking, {}, sender), requestId: userId, key: null, repeats: null },
      request: { method: 'POST', target: path, headers, body: Buffer.from('{"seats":1}') },
    };
  }

  const written = async (): Promise<number> =>
    (await log.query<{ count: number }>('SELECT count(*)::int FROM log.events')).rows[0]!.count;

  it.each(HOSTILE.map((hostile, n): [string, Hostile, number] => [hostile.name, hostile, n]))(
    '%s',
    async (_, hostile, n) => {
      const before = await written();
      const ask = madeHostile(plain(n), hostile, n);
      const answer = await wire.ask(bytesOf(ask.request));
      expect([answer.status, faultsOf(ask, answer)]).toEqual([hostile.expected?.[0] ?? 201, []]);
      expect(await written()).toBe(before + (hostile.expected === null ? 1 : 0));
      const next = plain(n + HOSTILE.length);
      expect((await wire.ask(bytesOf(next.request))).status).toBe(201);
    },
  );
});
