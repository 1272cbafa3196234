import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** A JSON schema of the 2020-12 dialect, as OpenAPI 3.1 has them. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Response {
  /** Names in lower case. */
  readonly headers: ReadonlySet<string>;
  /** By media type; null where nothing is said of what is in it. */
  readonly content: Readonly<Record<string, ValidateFunction | null>>;
  /** All that is said of it, for looking a problem's code up. */
  readonly text: string;
}

/** What the service says of one of its routes. */
export interface Operation {
  /** As in `POST /v1/events/{eventId}/bookings`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly schema: Schema; readonly isValid: ValidateFunction; readonly required: boolean } | null;
  readonly responses: ReadonlyMap<string, Response>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const JSON_TYPE = 'application/json';

const INSTANT = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const isInstant = (text: string): boolean => {
  const [, month = 0, day = 0] = text.split(/[-T]/, 3).map(Number);
  const days = new Date(Date.UTC(Number(text.slice(0, 4)), month, 0)).getUTCDate();
  return INSTANT.test(text) && month >= 1 && month <= 12 && day >= 1 && day <= days;
};
const isUri = (text: string, base?: string): boolean => URL.canParse(text, base);

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': isInstant,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isInstant(`${text}T00:00:00Z`),
  email: (text) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text),
  uri: (text) => isUri(text),
  'uri-reference': (text) => isUri(text, 'http://localhost'),
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
};

/** The service's own OpenAPI document, made ready to generate requests from and to hold answers against. */
export class ApiDescription {
  readonly operations: readonly Operation[];
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv2020({ strict: false, allErrors: false, validateSchema: false, formats: FORMATS });

  /** As the service at that address serves it. */
  static async at(url: string): Promise<ApiDescription> {
    return new ApiDescription((await (await fetch(`${url}/openapi.json`)).json()) as Schema);
  }

  private constructor(private readonly document: Schema) {
    this.ajv.addSchema({ ...document, $id: 'api' });
    const paths = Object.entries(document['paths'] as Record<string, Record<string, Schema>>);
    // Pages for people, served by the generator of the document: nothing of ours is behind them.
    const calls = paths.filter(([path]) => !/^\/docs\b/.test(path));
    this.operations = calls.flatMap(([path, item]) =>
      METHODS.filter((method) => method in item).map((method) => this.operationOf(method, path, item)),
    );
  }

  /** The schema that a `$ref` leads to; any other is itself. */
  resolved(schema: Schema): Schema {
    const { $ref } = schema;
    if (typeof $ref !== 'string') return schema;
    const found = stepsOf($ref).reduce<unknown>((at, step) => (at as Schema | undefined)?.[step], this.document);
    if (found === undefined) throw new Error(`the description has no ${$ref}`);
    return this.resolved(found as Schema);
  }

  /** Made once for all that look alike: it is what takes longest here. */
  validator(schema: Schema): ValidateFunction {
    const text = JSON.stringify(schema);
    const made = this.validators.get(text) ?? this.ajv.compile(this.absolute(schema) as Schema);
    this.validators.set(text, made);
    return made;
  }

  private operationOf(method: string, path: string, item: Record<string, Schema>): Operation {
    const about = item[method]!;
    const declared = [item['parameters'], about['parameters']].flatMap((list) => (list ?? []) as Schema[]);
    const parameters = declared.map((each) => {
      const { name, in: place, required = false, schema = {} } = this.resolved(each) as unknown as Parameter;
      return { name, in: place, required, schema: this.resolved(schema) };
    });
    const responses = Object.entries(about['responses'] as Record<string, Schema>);
    return {
      ...{ id: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, parameters },
      body: this.bodyOf(about['requestBody'] as Schema | undefined),
      responses: new Map(responses.map(([status, response]) => [status, this.responseOf(this.resolved(response))])),
    };
  }

  private bodyOf(sent: Schema | undefined): Operation['body'] {
    if (sent === undefined) return null;
    const body = this.resolved(sent);
    const media = (body['content'] as Record<string, Schema>)[JSON_TYPE];
    const schema = this.resolved((media?.['schema'] ?? {}) as Schema);
    return { schema, isValid: this.validator(schema), required: body['required'] === true };
  }

  private responseOf(response: Schema): Response {
    const content = Object.entries((response['content'] ?? {}) as Record<string, Schema>).map(
      ([type, { schema }]) => [type, schema === undefined ? null : this.validator(schema as Schema)] as const,
    );
    const headers = Object.keys((response['headers'] ?? {}) as object).map((name) => name.toLowerCase());
    return { headers: new Set(headers), content: Object.fromEntries(content), text: JSON.stringify(response) };
  }

  /** Its references lead into the document, wherever it stands. */
  private absolute(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.absolute(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) =>
        name === '$ref' && typeof each === 'string' && each.startsWith('#')
          ? [name, `api${each}`]
          : [name, this.absolute(each)],
      ),
    );
  }
}

const stepsOf = (reference: string): string[] =>
  reference
    .replace(/^#\//, '')
    .split('/')
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
