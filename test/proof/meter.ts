import type { Api } from '../support/processes.js';

const EVERY_MS = 500;

export interface Figures {
  readonly conflicts: number;
  /** Appends whose outcome the service had to look up. */
  readonly unknowns: number;
}

const NAMES = { conflicts: 'holdfast_conflicts_total', unknowns: 'holdfast_unknown_outcomes_total' } as const;

/**
 * Reads the figures of API processes again and again, because one that is killed takes its own along: what it showed
 * last is kept.
 */
export class Meter {
  private readonly last = new Map<Api, Figures>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly token: string) {
    this.timer = setInterval(() => void this.read(), EVERY_MS);
    this.timer.unref();
  }

  watch(api: Api): void {
    this.last.set(api, { conflicts: 0, unknowns: 0 });
  }

  /** The sum over every process that there ever was. */
  async sum(): Promise<Figures> {
    await this.read();
    const all = [...this.last.values()];
    return {
      conflicts: all.reduce((sum, { conflicts }) => sum + conflicts, 0),
      unknowns: all.reduce((sum, { unknowns }) => sum + unknowns, 0),
    };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async read(): Promise<void> {
    const living = [...this.last.keys()].filter(({ child }) => child.exitCode === null && child.signalCode === null);
    await Promise.all(living.map((api) => this.readOne(api)));
  }

  private async readOne(api: Api): Promise<void> {
    const headers = { authorization: `Bearer ${this.token}` };
    const options = { headers, signal: AbortSignal.timeout(2_000) };
    const text = await fetch(`${api.url}/metrics`, options)
      .then((response) => response.text())
      .catch(() => '');
    const figure = (name: string): number | null => {
      const found = new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1];
      return found === undefined ? null : Number(found);
    };
    const before = this.last.get(api)!;
    const [conflicts, unknowns] = [figure(NAMES.conflicts), figure(NAMES.unknowns)];
    this.last.set(api, { conflicts: conflicts ?? before.conflicts, unknowns: unknowns ?? before.unknowns });
  }
}
