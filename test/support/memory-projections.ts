import type { Generation, Projections, ProjectionsStanding } from '../../src/application/ports.js';

const AT = Date.UTC(2027, 0, 1, 12);

/** A generation that has folded everything. */
export const generation = (fields: Partial<Generation> = {}): Generation => ({
  ...{ generation: 1, live: true, state: 'up to date', position: 40n, behind: 0, lagMs: 0, perSecond: 0, leftMs: null },
  ...{ movedAt: AT, shownAt: null, halt: null, pause: null },
  ...fields,
});

/** Tables that stand as a test says, and do what operators want at once. */
export class MemoryProjections implements Projections {
  fault: Error | null = null;
  now: ProjectionsStanding = { head: 40n, generations: [generation()], rebuild: null, skipped: [] };

  async standing(): Promise<ProjectionsStanding> {
    if (this.fault !== null) throw this.fault;
    return this.now;
  }

  async pause(which: number | null, by: string, reason: string | null): Promise<string | null> {
    return this.each(which, (found) => ({ ...found, state: 'paused', pause: { since: AT, by, reason } }));
  }

  async resume(which: number | null): Promise<string | null> {
    return this.each(which, (found) => ({ ...found, state: 'up to date', pause: null, halt: null }));
  }

  async rebuild(): Promise<string | null> {
    const next = this.now.generations.length + 1;
    const done = { folded: 40, rows: 90, compared: 90, different: [], why: null };
    const rebuild = { generation: next, step: 'same', beganAt: AT, endedAt: AT + 900, ...done } as const;
    const generations = [...this.now.generations, generation({ generation: next, live: false })];
    this.now = { ...this.now, generations, rebuild };
    return null;
  }

  async switchTo(which: number | null): Promise<string | null> {
    const next = this.now.generations.find((found) => !found.live && (which === null || found.generation === which));
    if (next === undefined) return 'there is one generation only: make another with holdfast projections rebuild';
    return this.each(null, (found) => ({
      ...found,
      live: found === next,
      shownAt: found === next ? AT : found.shownAt,
    }));
  }

  private each(which: number | null, change: (found: Generation) => Generation): string | null {
    const { generations } = this.now;
    if (which !== null && !generations.some((found) => found.generation === which))
      return `there is no generation ${which}`;
    this.now = {
      ...this.now,
      generations: generations.map((found) => (which === null || found.generation === which ? change(found) : found)),
    };
    return null;
  }
}
