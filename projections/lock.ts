import type pg from 'pg';

/** Says who works while others stand by. For efficiency only: the checkpoint decides what is written. */
export interface ActiveLock {
  /** True while it is ours. Never waits for another holder. */
  acquire(): Promise<boolean>;
  release(): Promise<void>;
}

/** An advisory lock on a connection of its own: the server lets it go when this process dies. */
export class AdvisoryLock implements ActiveLock {
  private holder: pg.PoolClient | null = null;
  private readonly name: string;

  constructor(
    private readonly pool: pg.Pool,
    projection: { readonly name: string; readonly generation: number },
  ) {
    this.name = `holdfast projection ${projection.name} ${projection.generation}`;
  }

  async acquire(): Promise<boolean> {
    if (this.holder !== null) return true;
    const client = await this.pool.connect();
    const lost = () => {
      // A connection that was let go may still be told that the server ended it.
      if (this.holder !== client) return;
      this.holder = null;
      client.release(true);
    };
    try {
      const text = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS ours';
      const { rows } = await client.query<{ ours: boolean }>(text, [this.name]);
      if (rows[0]?.ours === true) {
        this.holder = client;
        client.once('error', lost);
      } else client.release();
      return this.holder !== null;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Closes the connection, which lets the lock go whatever the state of either. */
  async release(): Promise<void> {
    this.holder?.release(true);
    this.holder = null;
  }
}
