import { readFileSync } from 'node:fs';
import openapiTs, { astToString, type OpenAPI3 } from 'openapi-typescript';

const HEAD = `/** The types of openapi.json. Made by \`npm run docs:client\`. */\n\n`;

/** The client's types, by their path: what `openapi.json` says, as the compiler knows it. */
export async function clientDocs(): Promise<ReadonlyMap<string, string>> {
  const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPI3;
  return new Map([['clients/typescript/schema.d.ts', HEAD + astToString(await openapiTs(document))]]);
}
