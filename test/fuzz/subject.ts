import type fc from 'fast-check';
import { Stage, type Api, type Settings } from '../support/processes.js';
import { logFaultsOf } from './log-check.js';
import { campaign, type Outcome, type Plan } from './campaign.js';
import { ApiDescription } from './description.js';
import { drafts, type Draft } from './drafts.js';
import { Wire, type Peer } from './wire.js';

/** The built service as a process of its own, to be asked anything. */
export class Subject {
  private readonly drawn: fc.Arbitrary<Draft>;

  private constructor(
    private readonly stage: Stage,
    readonly api: Api,
    readonly databaseUrl: string,
    readonly description: ApiDescription,
  ) {
    this.drawn = drafts(description);
  }

  /** On that database, or on an embedded one of its own. */
  static async open(databaseUrl: string | null): Promise<Subject> {
    const stage = await Stage.open();
    // A rehearsal would write and take time that nobody asked for; and the tables may be paused, by one who is allowed to.
    const own = { REHEARSALS: 'off', READ_WAIT_MS: '100' };
    const settings: Settings = { ...own, ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }) };
    const api = await stage.api(settings);
    return new Subject(stage, api, databaseUrl ?? (await stage.databaseUrl()), await ApiDescription.at(api.url));
  }

  /** The campaign, and what the log and the process say after it. */
  async fuzz(
    plan: Plan,
    peerOf: (url: string) => Peer = (url) => new Wire(url),
  ): Promise<{ outcome: Outcome; ofLog: string[] }> {
    const outcome = await campaign(this.description, this.drawn, plan, () => peerOf(this.api.url));
    const ofLog = await logFaultsOf(this.databaseUrl, outcome);
    const { exitCode, signalCode } = this.api.child;
    if (exitCode !== null || signalCode !== null) ofLog.push(`the process has ended: ${exitCode ?? signalCode}`);
    const bugs = this.api.output.split('\n').filter((line) => line.includes('failed unexpectedly'));
    return { outcome, ofLog: [...ofLog, ...bugs.slice(0, 5)] };
  }

  close(): Promise<void> {
    return this.stage.close();
  }
}
