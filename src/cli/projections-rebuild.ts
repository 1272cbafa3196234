import type { Command } from 'commander';
import { TABLE_NAMES } from '../../projections/canonical.js';
import { checkpointStatus } from '../../projections/checkpoint-status.js';
import type { Comparison } from '../../projections/compare.js';
import { generationToRebuild, rebuild, type RebuildEvents } from '../../projections/rebuild.js';
import { JsonLogger } from '../infrastructure/logger.js';
import { SystemTime, UNCOMPARED } from '../infrastructure/time.js';
import { writes, type WriteOptions } from './consent.js';
import { withStores, type Opened } from './open.js';
import { progressLines, type Progress } from './progress.js';
import { painter } from './terminal.js';

/** The two generations differ; 1 is that they could not be made or compared. */
const DIFFERS = 3;

const EXAMPLES = `
Examples:
  holdfast projections rebuild               # may be killed, and run again: it goes on
  holdfast projections rebuild --json 2>progress.jsonl

On Linux it keeps to half of the processors: whoever books on this machine has the others.

Exit codes: 0 both generations are the same, 3 they differ, 1 it could not be done.
`;

/** `holdfast projections rebuild`. */
export function registerRebuild(projections: Command): void {
  writes(projections.command('rebuild'))
    .description('fold the log into the next generation while the live one serves, and compare both at one position')
    .addHelpText('after', EXAMPLES)
    .action((options: WriteOptions) =>
      withStores(async (opened) => {
        if (options.dryRun) return foretell(opened, options);
        const progress = new Steps(opened);
        const { pool, log, config } = opened;
        const time = new SystemTime(UNCOMPARED);
        // What goes wrong meanwhile, and is tried again, is for people: never between the lines of the answer.
        const logger = new JsonLogger('warn', { write: (line) => process.stderr.write(line) });
        const ports = { pool, store: log.store, feed: log.feed, time, logger };
        try {
          const comparison = await rebuild(ports, config, progress.events);
          progress.end();
          if (comparison.different.length > 0) process.exitCode = DIFFERS;
          const { folded, seconds } = progress;
          process.stdout.write(
            options.json
              ? `${JSON.stringify(shown(comparison, progress), null, 2)}\n`
              : told(comparison, folded, seconds),
          );
        } finally {
          progress.end();
        }
      }),
    );
}

async function foretell({ pool, log }: Opened, { json }: WriteOptions): Promise<void> {
  const statuses = await checkpointStatus(pool);
  const { generation, isNew } = generationToRebuild(statuses);
  const from = statuses.find((status) => status.generation === generation)?.position ?? 0n;
  const head = await log.feed.head();
  const told = { dryRun: true, generation, isNew, position: `${from}`, head: `${head}` };
  const what = isNew ? 'would be made' : `would be gone on with, from position ${from},`;
  process.stdout.write(
    json
      ? `${JSON.stringify(told, null, 2)}\n`
      : `generation ${generation} ${what} and folded up to position ${head}\n`,
  );
}

/** What is shown while it goes on, and what came of it. */
class Steps {
  folded = 0;
  seconds = 0;
  private bar: Progress | null = null;
  private beganAt = 0;

  constructor(private readonly opened: Opened) {}

  readonly events: RebuildEvents = {
    onFold: (generation, from, to) => {
      // Elsewhere positions have gaps, and their difference counts nothing.
      const walk = this.opened.log.walk();
      const total = walk.isGapless && to > from ? Number(to - from) : 0;
      void walk.close();
      if (this.beganAt === 0) this.beganAt = performance.now();
      this.begin(`generation ${generation}`, total);
    },
    onFolded: (count) => {
      this.folded += count;
      this.seconds = (performance.now() - this.beganAt) / 1_000;
      this.bar?.step(count);
    },
    onCompare: (rows) => this.begin('compare', rows),
    onCompared: (count) => this.bar?.step(count),
  };

  end(): void {
    this.bar?.end();
    this.bar = null;
  }

  private begin(what: string, total: number): void {
    this.end();
    this.bar = progressLines(what, total);
  }
}

const shown = ({ position, live, next, different }: Comparison, { folded, seconds }: Steps) => ({
  same: different.length === 0,
  position: position.toString(),
  folded,
  perSecond: seconds === 0 ? null : Math.round(folded / seconds),
  live,
  next,
  different,
});

function told({ position, live, next, different }: Comparison, folded: number, seconds: number): string {
  const paint = painter();
  const rate = seconds === 0 ? '' : ` in ${seconds.toFixed(1)} s, ${Math.round(folded / seconds)}/s`;
  const lines = [
    `generation ${next.generation}: ${folded} records folded${rate}`,
    `at position ${position}:    generation ${live.generation} (live), generation ${next.generation}`,
    ...TABLE_NAMES.map((table) => {
      const [ours, others] = [live.tables[table], next.tables[table]];
      const rows = ours.rows === others.rows ? `${ours.rows} rows` : `${ours.rows} rows, ${others.rows} rows`;
      return `  ${table.padEnd(16)} ${rows}${different.includes(table) ? paint('red', ' NOT the same') : ''}`;
    }),
    `  checksum         ${live.checksum}`,
  ];
  if (different.length > 0) {
    lines.push(`                   ${next.checksum}`);
    lines.push(paint('red', `the generations differ in ${different.join(', ')}: holdfast verify tells in what`));
  } else lines.push(paint('green', 'both are the same, row by row: holdfast projections switch shows the new one'));
  return `${lines.join('\n')}\n`;
}
