import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { PAGES_WITH_EXAMPLES, STORIES, blocksOf, read } from '../documents/pages.js';
import { FrontDoor, type Response as Answer } from '../support/front-door.js';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

interface Example {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly status: number;
  /** Null: nobody. */
  readonly as: string | null;
  /** The variable that keeps a member of the answer, and that member. */
  readonly kept: { readonly name: string; readonly member: string } | null;
}

const EVERYTHING = 'ada booking booking:any event:manage audit:read user:erase ops';
const contract = JSON.parse(readFileSync('openapi.json', 'utf8')) as Json;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'contract', ...contract });

let door: FrontDoor;
/** What earlier calls of a page have kept, and `$BOOKING` of the examples. */
const variables = new Map<string, string>();

beforeAll(async () => {
  door = await FrontDoor.open();
  await door.event({ eventId: 'demo' });
  // The one that the README makes: the same request once more gives it again.
  const first = { 'idempotency-key': 'my-first-booking' };
  const { json } = await door.ask('POST', '/v1/events/demo/bookings', EVERYTHING, undefined, first);
  variables.set('BOOKING', String(json['bookingId']));
});
afterAll(() => door.close());

/** The curl lines of a page, each with the status that is said after it. */
function examplesIn(page: string): Example[] {
  const calls = page.matchAll(
    /^(?:(\w+)=\$\()?curl ((?:.*\\\n)*.*)\n(?:# → (\d{3})|```\n\n```http.*\nHTTP\/1\.1 (\d{3}))/gm,
  );
  return [...calls].map(([, name, call = '', said, shown]) => exampleOf(call, Number(said ?? shown), name));
}

function exampleOf(call: string, status: number, name?: string): Example {
  const words = [...call.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (w) => w[1] ?? w[2] ?? w[3]!,
  );
  const after = (flag: string): string[] => words.flatMap((word, n) => (word === flag ? [words[n + 1]!] : []));
  const headers = after('-H').map((header) => header.split(/: (.*)/).slice(0, 2) as [string, string]);
  const address = words.find((word) => word.startsWith('http://127.0.0.1:3000'))!;
  const member = / \| jq -r \.(\w+)\)$/.exec(call)?.[1];
  return {
    ...{
      method: after('-X')[0] ?? 'GET',
      url: address.slice('http://127.0.0.1:3000'.length),
      body: after('-d')[0],
      status,
    },
    headers: Object.fromEntries(headers.filter(([header]) => header !== 'Authorization')),
    as: callerOf(headers.find(([header]) => header === 'Authorization')?.[1]),
    kept: name === undefined || member === undefined ? null : { name, member },
  };
}

/** `$TOKEN` may do everything; any other is that person's, for bookings of their own. */
function callerOf(authorization: string | undefined): string | null {
  const [, name] = /^Bearer \$(\w+)$/.exec(authorization ?? '') ?? [];
  if (name === undefined) return null;
  return name === 'TOKEN' ? EVERYTHING : `${name.toLowerCase()} booking`;
}

const filled = (text: string): string =>
  text.replaceAll(/\$([A-Z]+)/g, (whole, name: string) => variables.get(name) ?? whole);

async function send(example: Example): Promise<Answer> {
  const { method, url, as, body, headers, kept } = example;
  const answer = await door.ask(method, filled(url), as, body, headers);
  if (kept !== null) variables.set(kept.name, String(answer.json[kept.member]));
  return answer;
}

/** What is wrong with an answer, by the contract. */
function faultsOf({ method, url: address, status }: Example, { statusCode, headers, body, json }: Answer): string[] {
  if (statusCode !== status) return [`${method} ${address}: ${statusCode}, not ${status}: ${JSON.stringify(json)}`];
  const path = Object.keys(contract['paths'] as Json).find((pattern) =>
    new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address.split('?')[0]!),
  );
  const answer = contract['paths'][path ?? '']?.[method.toLowerCase()]?.responses[status];
  if (answer === undefined) return [`${method} ${address}: ${status} is not documented`];
  const type = String(headers['content-type']).split(';')[0]!;
  const schema = answer.content?.[type]?.schema;
  if (schema === undefined) return [`${method} ${address}: ${type} is not documented`];
  const isLines = type === 'application/x-ndjson';
  const shown = isLines
    ? body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    : [json];
  const faults = /json$/.test(type) ? shown.flatMap((each) => invalid(schema, each)) : [];
  return faults.map((fault) => `${method} ${address}: ${fault}`);
}

function invalid(schema: Json, value: unknown): string[] {
  const rooted = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"contract#/')) as Json;
  return ajv.validate(rooted, value) ? [] : (ajv.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

async function faultsIn(page: string): Promise<string[]> {
  const faults: string[] = [];
  for (const example of examplesIn(page)) faults.push(...faultsOf(example, await send(example)));
  return faults;
}

/** How many calls there are in the blocks of a page that are tagged `run`. */
const callsIn = (page: string): number =>
  blocksOf(page).flatMap(({ tag, text }) => (tag === 'run' ? (text.match(/^(?:\w+=\$\()?curl /gm) ?? []) : [])).length;

/** What is no story: those have a service of their own. */
const told = PAGES_WITH_EXAMPLES.filter((page) => callsIn(page) > 0 && !STORIES.includes(page));

it.each(told)('%s says what happens', async (page) => {
  expect(examplesIn(read(page))).toHaveLength(callsIn(page));
  expect(await faultsIn(read(page))).toEqual([]);
});

it('a wrong example is found', async () => {
  const wrong = 'curl http://127.0.0.1:3000/v1/events/demo\n# → 404\n';
  expect(await faultsIn(wrong)).toEqual([expect.stringContaining('200, not 404')]);
  expect(invalid(contract['components'].schemas.Event as Json, { eventId: 'demo' })).not.toEqual([]);
});

it('every example of the contract is of the form that it is an example of', () => {
  const faults: string[] = [];
  let count = 0;
  for (const [path, methods] of Object.entries(contract['paths'] as Json))
    for (const [method, operation] of Object.entries(methods as Json))
      for (const [where, about] of [['body', operation.requestBody], ...Object.entries(operation.responses as Json)])
        for (const [, media] of Object.entries((about?.content ?? {}) as Json).filter(([name]) => /json$/.test(name))) {
          const examples = Object.values((media.examples ?? {}) as Json).map(({ value }) => value as unknown);
          for (const example of [...examples, ...(media.example === undefined ? [] : [media.example as unknown])]) {
            count += 1;
            faults.push(
              ...invalid(media.schema as Json, example).map((fault) => `${method} ${path} ${where}: ${fault}`),
            );
          }
        }
  expect(count).toBeGreaterThan(100);
  expect(faults).toEqual([]);
});
