import { FrontDoor } from '../../test/support/front-door.js';

/**
 * The contract's version, that of the paths: a release of the service that leaves the contract as it is leaves the file
 * as it is.
 */
const VERSION = '1';

/** `openapi.json`, by its path: what a service answers at `/openapi.json`, but for the version. */
export async function openapiDocs(): Promise<ReadonlyMap<string, string>> {
  const door = await FrontDoor.open();
  try {
    const { statusCode, body, json } = await door.ask('GET', '/openapi.json', null);
    if (statusCode !== 200) throw new Error(`/openapi.json answered ${statusCode}: ${body}`);
    const document = { ...json, info: { ...(json['info'] as object), version: VERSION } };
    return new Map([['openapi.json', `${JSON.stringify(document, null, 2)}\n`]]);
  } finally {
    await door.close();
  }
}
