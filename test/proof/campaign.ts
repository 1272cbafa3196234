import { monotonicMs } from './history.js';
import { execute, failed, notRun } from './execute.js';
import { rowOf } from './matrix.js';
import type { Mode, Result } from './result.js';
import { topologyOf, type Row } from './run.js';
import { Hands, Scene } from './scene.js';

export interface Campaign {
  readonly mode: Mode;
  /** Rows of each lane, by id; lanes run side by side. */
  readonly lanes: readonly (readonly string[])[];
  /** The seed of the next run of a row; null: it has had enough. */
  readonly seedFor: (row: Row) => number | null;
  /** Runs of one row that follow each other before the lane goes on to its next. */
  readonly inTurn: number;
  readonly folder: string;
  readonly root?: string;
  readonly done: (result: Result) => void;
}

/** Runs every lane until no row of it has a next seed. */
export async function runCampaign(campaign: Campaign): Promise<void> {
  const lanes = campaign.lanes.map(
    (ids) =>
      new Lane(
        ids.map((id) => rowOf(id)!),
        campaign,
      ),
  );
  await Promise.all(lanes.map((lane) => lane.run()));
}

/** Then the database is a new one: a log that only grows takes ever longer to be folded again. */
const MOST_RUNS = 8;

/** One row after another, on the same processes as long as the rows want the same. */
class Lane {
  private scene: Scene | null = null;
  private afterwards: (() => Promise<void>) | null = null;
  private runs = 0;
  private hands: Hands | null = null;

  constructor(
    private readonly rows: readonly Row[],
    private readonly campaign: Campaign,
  ) {}

  async run(): Promise<void> {
    for (let isOver = false; !isOver;) {
      isOver = true;
      for (const row of this.rows) {
        for (let turn = 0; turn < this.campaign.inTurn; turn += 1) {
          const seed = this.campaign.seedFor(row);
          if (seed === null) break;
          isOver = false;
          this.campaign.done(await this.runOnce(row, seed));
        }
      }
    }
    await this.leave();
    this.hands?.close();
  }

  private async runOnce(row: Row, seed: number): Promise<Result> {
    const { mode, folder } = this.campaign;
    const begunAt = monotonicMs();
    const hindrance = (await row.hindrance?.()) ?? null;
    if (hindrance !== null) return notRun(row, seed, mode, hindrance);
    try {
      const scene = await this.enter(row);
      const result = await execute(row, seed, mode, scene, folder);
      // Processes that broke a promise are not asked for more.
      if (row.spoils === true || result.violations.length > 0) await this.leave();
      return result;
    } catch (error) {
      await this.leave();
      this.hands?.close();
      this.hands = null;
      return failed(row, seed, mode, monotonicMs() - begunAt, error as Error);
    }
  }

  private async enter(row: Row): Promise<Scene> {
    const topology = topologyOf(row, this.campaign.mode);
    const isFit = this.scene?.topology === topology && this.runs < MOST_RUNS;
    if (!isFit) await this.leave();
    if (this.scene === null) {
      const { root } = this.campaign;
      const parent = await row.parent?.();
      this.afterwards = row.afterwards ?? null;
      this.scene = await Scene.open(topology, {
        ...(root === undefined ? {} : { root }),
        ...(parent === undefined ? {} : { parent }),
        hands: (this.hands ??= new Hands()),
      });
      this.runs = 0;
    } else await this.scene.mend();
    this.runs += 1;
    return this.scene;
  }

  private async leave(): Promise<void> {
    const { scene, afterwards } = this;
    this.scene = null;
    this.afterwards = null;
    await scene?.close();
    await afterwards?.();
  }
}
