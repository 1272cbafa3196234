import { readFileSync, readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { FrontDoor, type Response as Answer } from '../support/front-door.js';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

interface Example {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly status: number;
  readonly isAnonymous: boolean;
}

const EVERYTHING = 'ada booking booking:any event:manage audit:read user:erase ops';
const contract = JSON.parse(readFileSync('openapi.json', 'utf8')) as Json;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'contract', ...contract });

let door: FrontDoor;
/** `$BOOKING` of the examples. */
let booking: string;

beforeAll(async () => {
  door = await FrontDoor.open();
  await door.event({ eventId: 'demo' });
  // The one that the README makes: the same request once more gives it again.
  const first = { 'idempotency-key': 'my-first-booking' };
  booking = String(
    (await door.ask('POST', '/v1/events/demo/bookings', EVERYTHING, undefined, first)).json['bookingId'],
  );
});
afterAll(() => door.close());

/** The curl lines of a page, each with the status that is said after it. */
function examplesIn(page: string): Example[] {
  const calls = page.matchAll(/^curl ((?:.*\\\n)*.*)\n(?:# → (\d{3})|```\n\n```\nHTTP\/1\.1 (\d{3}))/gm);
  return [...calls].map(([, call = '', said, shown]) => exampleOf(call, Number(said ?? shown)));
}

function exampleOf(call: string, status: number): Example {
  const words = [...call.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (w) => w[1] ?? w[2] ?? w[3]!,
  );
  const after = (flag: string): string[] => words.flatMap((word, n) => (word === flag ? [words[n + 1]!] : []));
  const headers = after('-H').map((header) => header.split(/: (.*)/).slice(0, 2) as [string, string]);
  const address = words.find((word) => word.startsWith('http://127.0.0.1:3000'))!;
  return {
    ...{
      method: after('-X')[0] ?? 'GET',
      url: address.slice('http://127.0.0.1:3000'.length).replace('$BOOKING', booking),
      body: after('-d')[0],
      status,
    },
    headers: Object.fromEntries(headers.filter(([name]) => name !== 'Authorization')),
    isAnonymous: !headers.some(([name]) => name === 'Authorization'),
  };
}

const send = (example: Example): Promise<Answer> =>
  door.ask(example.method, example.url, example.isAnonymous ? null : EVERYTHING, example.body, example.headers);

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

const PAGES = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

it.each(PAGES.filter((name) => /^curl /m.test(readFileSync(name, 'utf8'))))('%s says what happens', async (name) => {
  const page = readFileSync(name, 'utf8');
  expect(examplesIn(page)).toHaveLength(page.match(/^curl /gm)!.length);
  expect(await faultsIn(page)).toEqual([]);
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
