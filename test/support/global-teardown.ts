import { removeTestServer } from './global-setup.js';

/** Stops the Postgres of this run and deletes its data. */
export default async function globalTeardown(): Promise<void> {
  await removeTestServer(process.env['HOLDFAST_TEST_DATA_DIR'] as string);
}
