import type { OpenAPIObject } from '@nestjs/swagger';
import { ACCESS, accessOf, type Access } from './access.js';
import { AT_THE_DOOR, problemAnswers } from './openapi-decorators.js';

type Json = Record<string, unknown>;
type Paths = Record<string, Record<string, Json>>;

const JSON_TYPE = 'application/json';
const PAGE_TYPE = 'text/html';

const REQUEST_ID = { 'X-Request-Id': { description: 'As sent, or made', schema: { type: 'string' } } };

/** The pages of the description itself, which no controller serves. */
const PAGES: Readonly<Record<string, Json>> = {
  'GET /openapi.json': page('descriptionDocument', 'This description', { [JSON_TYPE]: { schema: { type: 'object' } } }),
  'GET /docs': page('descriptionPage', 'This description, to read and to try', {
    [PAGE_TYPE]: { schema: { type: 'string' } },
  }),
  'GET /docs/*': {
    ...page('descriptionFile', 'What that page is made of', { '*/*': {} }, ['not-found']),
    parameters: [{ name: 'file', in: 'path', required: true, schema: { type: 'string' } }],
  },
};

function page(operationId: string, summary: string, content: Json, problems: readonly string[] = []): Json {
  const told = problemAnswers(new Set([...AT_THE_DOOR, ...problems])).map(({ status, ...answer }) => [status, answer]);
  return {
    operationId,
    tags: ['Operations'],
    summary,
    responses: {
      200: { description: 'As it is now', headers: REQUEST_ID, content },
      ...(Object.fromEntries(told) as Json),
    },
  };
}

/**
 * What the decorators of a document cannot say: the routes without a controller, who needs no token, null as a type
 * (OpenAPI 3.1), and an example of every body, made of the examples of its fields.
 */
export function completed(document: OpenAPIObject): OpenAPIObject {
  const whole = withNullTypes(structuredClone(document)) as OpenAPIObject;
  const paths = whole.paths as unknown as Paths;
  for (const [route, operation] of Object.entries(PAGES)) {
    const [method = '', pattern = ''] = route.split(' ');
    (paths[pattern.replace('*', '{file}')] ??= {})[method.toLowerCase()] = structuredClone(operation);
  }
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      operation['security'] = securityOf(accessOf(method.toUpperCase(), patternOf(path)));
      for (const body of bodiesOf(operation)) addExample(body, whole);
    }
  return whole;
}

/** As the router knows it. */
function patternOf(path: string): string {
  const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
  return Object.hasOwn(ACCESS, `GET ${pattern.replace(':file', '*')}`) ? pattern.replace(':file', '*') : pattern;
}

/** `{}`: nothing is needed. */
function securityOf(access: Access | undefined): readonly Json[] {
  if (access === 'open') return [];
  return access === 'public-read' ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

function bodiesOf(operation: Json): Json[] {
  const answers = Object.values(operation['responses'] as Json) as Json[];
  return [operation['requestBody'] as Json | undefined, ...answers].flatMap((about) => {
    const content = (about?.['content'] ?? {}) as Record<string, Json>;
    return content[JSON_TYPE] === undefined ? [] : [content[JSON_TYPE]];
  });
}

function addExample(body: Json, document: OpenAPIObject): void {
  if (body['example'] !== undefined || body['examples'] !== undefined) return;
  const example = exampleOf(body['schema'] as Json, document);
  if (example !== undefined) body['example'] = example;
}

/** Undefined: the schema gives none. */
function exampleOf(schema: Json, document: OpenAPIObject): unknown {
  const $ref = schema['$ref'] as string | undefined;
  if ($ref !== undefined) {
    const schemas = document.components?.schemas as Record<string, Json>;
    return exampleOf(schemas[$ref.slice($ref.lastIndexOf('/') + 1)]!, document);
  }
  if ('example' in schema) return schema['example'];
  if (Array.isArray(schema['examples'])) return schema['examples'][0] as unknown;
  if (schema['items'] !== undefined) return [exampleOf(schema['items'] as Json, document)];
  const properties = schema['properties'] as Record<string, Json> | undefined;
  if (properties === undefined) return undefined;
  const values = Object.entries(properties).map(([name, property]) => [name, exampleOf(property, document)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** `nullable` was OpenAPI 3.0; generators of clients for 3.1 pass over it. */
function withNullTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNullTypes);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withNullTypes(inner)]),
  );
  return nullable === true && typeof rest['type'] === 'string' ? { ...rest, type: [rest['type'], 'null'] } : rest;
}
