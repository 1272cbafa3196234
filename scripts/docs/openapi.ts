import openapiTypescript, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { descriptionOf } from '../../src/infrastructure/http/openapi.js';
import { FrontDoor } from '../../test/support/front-door.js';

const DOCUMENT = 'openapi.json';
const TYPES = 'clients/typescript/schema.d.ts';
const MADE = '/** Made from openapi.json by `npm run docs:openapi`. */\n';

/** The description of the API, and the types of the client that are made from it, by their paths. */
export async function openapiDocs(version: string): Promise<ReadonlyMap<string, string>> {
  const door = await FrontDoor.open();
  try {
    const json = JSON.stringify(descriptionOf(door.app, version));
    const types = astToString(await openapiTypescript(JSON.parse(json) as never));
    return new Map([
      [DOCUMENT, await formatted(DOCUMENT, json)],
      [TYPES, await formatted(TYPES, `${MADE}${types}`)],
    ]);
  } finally {
    await door.close();
  }
}

const formatted = async (filepath: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(filepath)), filepath });
