/** A part of an OpenAPI document, as JSON has it. */
type Part = Readonly<Record<string, unknown>>;

/** Who may be hurt: a schema of what callers send must not ask for more, one of what they get must not promise less. */
type Direction = 'sent' | 'answered';

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];
const MOST_NESTED = 12;
/** Of an enum in answers: clients were told to be ready for more. */
const GROWS = 'x-may-grow';

/**
 * What of one description of the API somebody may rely on who wrote a client for another, earlier one, and is not so any
 * more; in sentences, none when nothing is. What is new is no break: operations, members that may be left out, members of
 * answers, problems. New values of an enum in answers are one: clients list them.
 */
export function breaksBetween(before: Part, after: Part): string[] {
  const comparison = new Comparison(before, after);
  for (const [path, item] of entriesOf(before['paths']))
    for (const method of METHODS.filter((name) => name in item))
      comparison.operation(`${method.toUpperCase()} ${path}`, [path, method]);
  return comparison.found;
}

class Comparison {
  readonly found: string[] = [];

  constructor(
    private readonly before: Part,
    private readonly after: Part,
  ) {}

  operation(name: string, [path, method]: readonly [string, string]): void {
    const was = partOf(partOf(partOf(this.before['paths'])[path])[method]);
    const item = partOf(partOf(this.after['paths'])[path]);
    if (!(method in item)) return this.add(name, 'is gone');
    const is = partOf(item[method]);
    this.access(name, was, is);
    this.parameters(name, was, is);
    this.body(name, partOf(was['requestBody']), partOf(is['requestBody']), 'requestBody' in is);
    this.answers(name, partOf(was['responses']), partOf(is['responses']));
  }

  private access(name: string, was: Part, is: Part): void {
    // An empty requirement among others: a token may be sent and need not be.
    const isOpen = (security: unknown): boolean =>
      listOf(security).length === 0 || listOf(security).some((each) => entriesOf(each).length === 0);
    if (isOpen(was['security']) && !isOpen(is['security'])) this.add(name, 'needs a token now');
  }

  private parameters(name: string, was: Part, is: Part): void {
    const keyOf = (parameter: Part): string => `${String(parameter['in'])} parameter ${String(parameter['name'])}`;
    const parametersOf = (of: Part, document: Part) =>
      new Map(listOf(of['parameters']).map((each) => [keyOf(resolved(each, document)), resolved(each, document)]));
    const [earlier, now] = [parametersOf(was, this.before), parametersOf(is, this.after)];
    for (const [key, parameter] of earlier) {
      const present = now.get(key);
      if (present === undefined) this.add(name, `${key} is gone`);
      else {
        if (present['required'] === true && parameter['required'] !== true) this.add(name, `${key} is required now`);
        this.schema(`${name}, ${key}`, partOf(parameter['schema']), partOf(present['schema']), 'sent');
      }
    }
    for (const [key, parameter] of now)
      if (!earlier.has(key) && parameter['required'] === true) this.add(name, `${key} is new and required`);
  }

  private body(name: string, was: Part, is: Part, isThere: boolean): void {
    const earlier = entriesOf(was['content']);
    if (earlier.length > 0 && !isThere) return this.add(name, 'takes no body any more');
    if (is['required'] === true && was['required'] !== true) this.add(name, 'needs a body now');
    for (const [type, media] of earlier) {
      const present = partOf(is['content'])[type];
      if (present === undefined) this.add(name, `takes no ${type} any more`);
      else this.schema(`${name}, body`, partOf(media['schema']), partOf(partOf(present)['schema']), 'sent');
    }
  }

  private answers(name: string, was: Part, is: Part): void {
    const isGood = (status: string): boolean => status.startsWith('2') || status.startsWith('3');
    for (const [status, answer] of entriesOf(was)) {
      if (!(status in is)) {
        if (isGood(status)) this.add(name, `does not answer ${status} any more`);
        continue;
      }
      const present = partOf(is[status]);
      for (const [header] of entriesOf(answer['headers']))
        if (!(header in partOf(present['headers']))) this.add(name, `${status} has no header ${header} any more`);
      for (const [type, media] of entriesOf(answer['content'])) {
        const content = partOf(present['content'])[type];
        if (content === undefined) this.add(name, `${status} is not given as ${type} any more`);
        else this.schema(`${name}, ${status}`, partOf(media['schema']), partOf(partOf(content)['schema']), 'answered');
      }
    }
    for (const status of Object.keys(is))
      if (isGood(status) && !(status in was)) this.add(name, `may answer ${status} now`);
    this.problems(name, was, is);
  }

  /** A code that is never answered any more hurts nobody; one that comes with another status does. */
  private problems(name: string, was: Part, is: Part): void {
    const statusesOf = (answers: Part) =>
      new Map(
        entriesOf(answers).flatMap(([status, { content }]) =>
          entriesOf(partOf(partOf(content)['application/problem+json'])['examples']).map(([code]) => [code, status]),
        ),
      );
    const now = statusesOf(is);
    for (const [code, status] of statusesOf(was)) {
      const present = now.get(code) ?? status;
      if (present !== status) this.add(name, `${code} is ${present} and was ${status}`);
    }
  }

  private schema(where: string, was: Part, is: Part, direction: Direction, depth = 0): void {
    // A schema that contains itself is compared as deep as anybody looks.
    if (depth > MOST_NESTED) return;
    const [earlier, now] = [resolved(was, this.before), resolved(is, this.after)];
    const isSent = direction === 'sent';
    // What callers send has to be taken still; what they get has to be among what they know.
    const [known, asked] = isSent ? [now, earlier] : [earlier, now];
    const missing = typesOf(asked).filter((type) => !accepts(known, type));
    if (missing.length > 0) this.add(where, isSent ? `no ${missing.join()} any more` : `may be ${missing.join()} now`);
    this.values(where, earlier, now, isSent);
    this.bounds(where, earlier, now, isSent);
    this.members(where, earlier, now, direction, depth);
    if ('items' in earlier && 'items' in now)
      this.schema(`${where}[]`, partOf(earlier['items']), partOf(now['items']), direction, depth + 1);
  }

  private values(where: string, was: Part, is: Part, isSent: boolean): void {
    const [known, asked] = isSent ? [is['enum'], was['enum']] : [was['enum'], is['enum']];
    if (known === undefined || (!isSent && was[GROWS] === true)) return;
    if (asked === undefined) return this.add(where, isSent ? 'only some values now' : 'any value now');
    const missing = listOf(asked).filter((value) => !listOf(known).includes(value));
    if (missing.length > 0) this.add(where, isSent ? `no ${missing.join()} any more` : `may be ${missing.join()} now`);
  }

  private bounds(where: string, was: Part, is: Part, isSent: boolean): void {
    if (!isSent) return;
    for (const least of ['minimum', 'minLength', 'minItems'])
      if (numberOf(is[least], -Infinity) > numberOf(was[least], -Infinity))
        this.add(where, `${least} is ${String(is[least])} and was ${String(was[least] ?? 'none')}`);
    for (const most of ['maximum', 'maxLength', 'maxItems'])
      if (numberOf(is[most], Infinity) < numberOf(was[most], Infinity))
        this.add(where, `${most} is ${String(is[most])} and was ${String(was[most] ?? 'none')}`);
    for (const form of ['pattern', 'format'])
      if (is[form] !== undefined && is[form] !== was[form]) this.add(where, `another ${form}`);
  }

  private members(where: string, was: Part, is: Part, direction: Direction, depth: number): void {
    const [required, wasRequired] = [listOf(is['required']), listOf(was['required'])];
    const [earlier, now] = [partOf(was['properties']), partOf(is['properties'])];
    for (const [member, schema] of entriesOf(earlier)) {
      if (!(member in now)) this.add(where, `${member} is gone`);
      else this.schema(`${where}.${member}`, schema, partOf(now[member]), direction, depth + 1);
      if (direction === 'answered' && member in now && wasRequired.includes(member) && !required.includes(member))
        this.add(where, `${member} may be absent now`);
    }
    if (direction === 'sent')
      for (const member of required)
        if (!wasRequired.includes(member)) this.add(where, `${String(member)} is required now`);
  }

  private add(where: string, what: string): void {
    this.found.push(`${where}: ${what}`);
  }
}

const partOf = (value: unknown): Part => (typeof value === 'object' && value !== null ? (value as Part) : {});
const entriesOf = (value: unknown): [string, Part][] =>
  Object.entries(partOf(value)).map(([key, part]) => [key, partOf(part)]);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** What a reference leads to, within its document. */
function resolved(value: unknown, document: Part): Part {
  const part = partOf(value);
  const ref = part['$ref'];
  if (typeof ref !== 'string') return part;
  const steps = ref.replace(/^#\//, '').split('/');
  return resolved(
    steps.reduce<unknown>((at, step) => partOf(at)[step], document),
    document,
  );
}

/** None: it says nothing of the type, and takes any. */
const typesOf = ({ type }: Part): readonly string[] =>
  Array.isArray(type) ? type.map(String) : type === undefined ? [] : [String(type)];

function accepts(schema: Part, type: string): boolean {
  const types = typesOf(schema);
  return types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'));
}
