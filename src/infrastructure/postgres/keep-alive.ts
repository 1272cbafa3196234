import { setTimeout as sleep } from 'node:timers/promises';
import { toldOf } from '../logger.js';
import { isPostgres, urlOf } from './cluster.js';
import { type EmbeddedOptions, type EmbeddedPostgres, beginUse, endUse, obtainServer } from './embedded.js';

const PROBE_MS = 100;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 2_000;

/**
 * `startEmbeddedPostgres`, and while the service lives it is started again whenever its process is gone, by whatever
 * cause and whoever started it: on the same port, so that every pool finds it again, as often as it takes, with pauses
 * growing to 2 s. `pid` and `adopted` tell of the present server. A server that is there but frozen is left alone: time-outs
 * of the callers deal with it.
 */
export async function keepAlive(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const begun = await beginUse(options);
  const { use } = begun;
  let { server } = begun;
  const { port } = server;
  const stopping = use.ending;
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);

  const watch = async () => {
    for (let backoffMs = FIRST_BACKOFF_MS; !stopping.signal.aborted; await pause(PROBE_MS)) {
      if (await isPostgres(server.pid)) continue;
      if (stopping.signal.aborted) return;
      options.logger.warn('Postgres is gone and is started again', { pid: server.pid });
      try {
        const next = await obtainServer(use, port);
        if (next.port !== port) throw new Error(`it now listens on port ${next.port} instead of ${port}`);
        server = next;
        backoffMs = FIRST_BACKOFF_MS;
      } catch (error) {
        options.logger.error('Postgres could not be started again', { reason: toldOf(error), backoffMs });
        await pause(backoffMs);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
  };
  const watching = watch();

  return {
    url: urlOf(port),
    get pid() {
      return server.pid;
    },
    get adopted() {
      return server.adopted;
    },
    async stop() {
      stopping.abort();
      await watching;
      await endUse(use, server.pid);
    },
  };
}
