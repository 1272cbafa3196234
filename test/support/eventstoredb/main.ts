/**
 * The stand-in as a process of its own, so that a kill is a kill. Its options come as JSON in the first argument; the
 * modes of the server come as messages. `node --import ./test/support/jest-typescript.mjs
 * test/support/eventstoredb/main.ts '{"port":2113,"file":"log.jsonl"}'` runs it by hand.
 */
import { StandIn, type Mode, type StandInOptions } from './server.js';

const standIn = await StandIn.start(JSON.parse(process.argv[2] ?? '{}') as StandInOptions);
process.on('message', (mode: Mode) => {
  standIn.mode = mode;
  process.send?.('done');
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
if (process.send === undefined) console.log(`A stand-in for EventStoreDB listens at ${standIn.url}`);
else process.send({ url: standIn.url, port: standIn.port });
