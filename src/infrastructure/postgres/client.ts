import pg from 'pg';

/**
 * A client of node-postgres of which every failure is one of its connection. Theirs reads the files that an address names
 * (`sslrootcert`, `sslcert`, `sslkey`) when it is made, and throws what it finds: in a pool that is the moment after a
 * connection was lost, inside an event that nobody can catch, and the process ends because a file was away while it was
 * replaced. Here `connect` rejects with it, as with a server that is away.
 */
export class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    let unreadable: Error | null = null;
    try {
      super(config);
    } catch (error) {
      unreadable = error as Error;
      super({ ...config, connectionString: undefined });
    }
    if (unreadable !== null) this.connect = failing(unreadable);
  }
}

/** Later, as a connection fails: a pool is not ready for an answer while it asks. */
const failing = (error: Error) =>
  ((callback?: (error: Error) => void) => {
    if (callback === undefined) return Promise.reject(error);
    return process.nextTick(callback, error);
  }) as pg.Client['connect'];
