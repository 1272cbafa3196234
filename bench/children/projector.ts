/** The projector in a process of its own, as `npm run start:projector` has it. */
import { serveChild } from '../support/child.js';
import { Holdfast } from '../support/holdfast.js';

serveChild<{ readonly url: string }, null>(async ({ url }) => {
  const holdfast = await Holdfast.open(url, 'optimistic');
  holdfast.startProjector();
  return { run: async () => null };
});
