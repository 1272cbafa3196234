import openapiTypescript, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { FrontDoor } from '../../test/support/front-door.js';

const DOCUMENT = 'openapi.json';
const TYPES = 'clients/typescript/schema.d.ts';
const MADE = '/** Made from openapi.json by `npm run docs:openapi`. */\n';

/** The description of the API as the service gives it, and the types of the client that are made from it, by their paths. */
export async function openapiDocs(version: string): Promise<ReadonlyMap<string, string>> {
  const door = await FrontDoor.open();
  try {
    const { json } = await door.ask('GET', '/openapi.json', null);
    (json['info'] as { version: string }).version = version;
    const types = astToString(await openapiTypescript(structuredClone(json) as never));
    return new Map([
      [DOCUMENT, await formatted(DOCUMENT, JSON.stringify(json))],
      [TYPES, await formatted(TYPES, `${MADE}${types}`)],
    ]);
  } finally {
    await door.close();
  }
}

const formatted = async (filepath: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(filepath)), filepath });
