type Json = Readonly<Record<string, unknown>>;
type Side = 'request' | 'answer';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
/** Ours are flat; one that goes round in a circle ends here. */
const DEEPEST = 20;

/**
 * What a client written for `before` would trip over in `after`, each as a sentence; both are OpenAPI 3.1. What is asked
 * may only ask for less, what is answered may only tell more: new routes, fields that may be absent, statuses, headers
 * and values of answers are no break.
 */
export function breakingChanges(before: Json, after: Json): string[] {
  return new Comparison(before, after).run();
}

class Comparison {
  private readonly found: string[] = [];

  constructor(
    private readonly before: Json,
    private readonly after: Json,
  ) {}

  run(): string[] {
    for (const [path, methods] of entries(this.before['paths']))
      for (const method of METHODS.filter((each) => each in methods)) {
        const route = `${method.toUpperCase()} ${path}`;
        const now = at(at(this.after['paths'], path), method);
        if (now === undefined) this.found.push(`${route} is gone`);
        else this.operation(route, at(methods, method)!, now);
      }
    return this.found;
  }

  private operation(route: string, before: Json, after: Json): void {
    if (isOpen(before) && !isOpen(after)) this.found.push(`${route} needs a token`);
    this.parameters(route, listOf(before['parameters']), listOf(after['parameters']));
    this.requestBody(route, at(before, 'requestBody'), at(after, 'requestBody'));
    for (const [status, answer] of entries(before['responses'])) {
      const now = at(after['responses'], status);
      const where = `${route} ${status}`;
      if (now === undefined) this.found.push(`${where} is gone`);
      else this.answer(where, answer, now);
    }
  }

  private parameters(route: string, before: readonly Json[], after: readonly Json[]): void {
    const nameOf = ({ in: place, name }: Json): string => `${String(place)} ${String(name)}`;
    for (const parameter of before) {
      const now = after.find((other) => nameOf(other) === nameOf(parameter));
      const where = `${route}: ${nameOf(parameter)}`;
      if (now === undefined) this.found.push(`${where} is gone`);
      else this.schema('request', where, at(parameter, 'schema') ?? {}, at(now, 'schema') ?? {});
    }
    for (const parameter of after.filter(({ required }) => required === true))
      if (before.find((other) => nameOf(other) === nameOf(parameter))?.['required'] !== true)
        this.found.push(`${route}: ${nameOf(parameter)} is required now`);
  }

  private requestBody(route: string, before: Json | undefined, after: Json | undefined): void {
    if (after?.['required'] === true && before?.['required'] !== true)
      this.found.push(`${route}: a body is required now`);
    if (before !== undefined) this.content('request', `${route} body`, before, after ?? {});
  }

  private answer(where: string, before: Json, after: Json): void {
    for (const [name, header] of entries(before['headers'])) {
      const now = at(after['headers'], name);
      if (now === undefined) this.found.push(`${where}: the header ${name} is gone`);
      else this.schema('answer', `${where} ${name}`, at(header, 'schema') ?? {}, at(now, 'schema') ?? {});
    }
    this.content('answer', where, before, after);
  }

  private content(side: Side, where: string, before: Json, after: Json): void {
    for (const [type, body] of entries(before['content'])) {
      const now = at(after['content'], type);
      if (now === undefined) this.found.push(`${where}: ${type} is gone`);
      else this.schema(side, where, at(body, 'schema') ?? {}, at(now, 'schema') ?? {});
    }
  }

  private schema(side: Side, where: string, was: Json, is: Json, depth = 0): void {
    if (depth > DEEPEST) return;
    const before = resolved(this.before, was);
    const after = resolved(this.after, is);
    const [wide, narrow] = side === 'request' ? [after, before] : [before, after];
    const [wideTypes, narrowTypes] = [typesOf(wide), typesOf(narrow)];
    if (wideTypes !== null && !(narrowTypes ?? ['anything']).every((type) => isAmong(type, wideTypes)))
      this.found.push(`${where}: was ${wordOf(before)}, is ${wordOf(after)}`);
    if (side === 'request') this.taken(where, before, after);
    this.fields(side, where, before, after, depth);
    const [items, itemsNow] = [at(before, 'items'), at(after, 'items')];
    if (items !== undefined && itemsNow !== undefined) this.schema(side, `${where}[]`, items, itemsNow, depth + 1);
  }

  /** Values that were taken are taken. */
  private taken(where: string, before: Json, after: Json): void {
    const [values, valuesNow] = [before['enum'], after['enum']] as (unknown[] | undefined)[];
    if (valuesNow !== undefined)
      for (const value of values ?? ['any other'])
        if (!valuesNow.includes(value)) this.found.push(`${where}: ${String(value)} is no longer taken`);
    for (const name of ['maximum', 'maxLength', 'maxItems'])
      if (boundOf(after, name, Infinity) < boundOf(before, name, Infinity)) this.found.push(`${where}: lower ${name}`);
    for (const name of ['minimum', 'minLength', 'minItems'])
      if (boundOf(after, name, -Infinity) > boundOf(before, name, -Infinity))
        this.found.push(`${where}: higher ${name}`);
    for (const name of ['pattern', 'format'])
      if (after[name] !== undefined && after[name] !== before[name]) this.found.push(`${where}: another ${name}`);
  }

  private fields(side: Side, where: string, before: Json, after: Json, depth: number): void {
    for (const [name, field] of entries(before['properties'])) {
      const now = at(after['properties'], name);
      if (now === undefined) this.found.push(`${where}: the field ${name} is gone`);
      else this.schema(side, `${where}.${name}`, field, now, depth + 1);
    }
    const [required, requiredNow] = [namesOf(before['required']), namesOf(after['required'])];
    if (side === 'request')
      for (const name of requiredNow.filter((each) => !required.includes(each)))
        this.found.push(`${where}: the field ${name} is required now`);
    else
      for (const name of required.filter((each) => !requiredNow.includes(each)))
        if (at(after['properties'], name) !== undefined)
          this.found.push(`${where}: the field ${name} may be absent now`);
  }
}

const at = (value: unknown, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? ((value as Json)[name] as Json)
    : undefined;
const entries = (value: unknown): [string, Json][] => Object.entries((value ?? {}) as Record<string, Json>);
const listOf = (value: unknown): readonly Json[] => (value ?? []) as readonly Json[];
const namesOf = (value: unknown): readonly string[] => (value ?? []) as readonly string[];
const boundOf = (schema: Json, name: string, none: number): number => (schema[name] as number | undefined) ?? none;

/** `{}` in the list: also without a token. */
const isOpen = ({ security }: Json): boolean =>
  listOf(security).length === 0 || listOf(security).some((one) => Object.keys(one).length === 0);

function resolved(document: Json, schema: Json): Json {
  const $ref = schema['$ref'];
  if (typeof $ref !== 'string') return schema;
  const found = $ref.slice(2).split('/').reduce<Json | undefined>(at, document);
  if (found === undefined) throw new Error(`${$ref} leads nowhere`);
  return found;
}

/** Null: anything. */
const typesOf = ({ type }: Json): readonly string[] | null => (type === undefined ? null : ([type].flat() as string[]));
const isAmong = (type: string, types: readonly string[]): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'));
const wordOf = (schema: Json): string => typesOf(schema)?.join(' or ') ?? 'anything';
