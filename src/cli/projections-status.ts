import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { TABLE_NAMES, type TableName } from '../../projections/canonical.js';
import { checkpointStatus, type CheckpointStatus } from '../../projections/checkpoint-status.js';
import { readSkips, type Skip } from '../../projections/operate.js';
import { Snapshot } from '../../projections/snapshot.js';
import { behindBy, stateWord } from '../../projections/standing.js';
import type { GenerationState, Position } from '../application/ports.js';
import { untilStopped } from './ending.js';
import { withStores, type Opened } from './open.js';

/** `holdfast projections status`. */
export function registerStatus(projections: Command): void {
  projections
    .command('status')
    .description('show each generation: where it stands, where the log ends, whether it stands still and why')
    .option('--watch', 'again and again, until Ctrl-C; lines of JSON where there is no terminal')
    .option('--every <seconds>', 'with --watch: the pause between two looks', seconds, 1)
    .option('--times <count>', 'with --watch: end after so many looks', times)
    .option('--json', 'as JSON; with --watch one line for each look')
    .addHelpText('after', '\nExample:\n  holdfast projections status --watch --every 5\n')
    .action((options: StatusOptions) =>
      untilStopped((stopped) => withStores((opened) => (options.watch ? watch : show)(opened, options, stopped))),
    );
}

async function look({ pool, log }: Opened): Promise<State[]> {
  const head = await log.feed.head();
  return (await checkpointStatus(pool)).map((status) => stateOf(status, head));
}

async function show(opened: Opened, { json }: StatusOptions): Promise<void> {
  const states = await look(opened);
  process.stdout.write(json ? `${JSON.stringify(states, null, 2)}\n` : statusTable(states));
}

async function watch(opened: Opened, options: StatusOptions, stopped: AbortSignal): Promise<void> {
  const { every, times: most = Infinity, json } = options;
  const isDrawn = !json && process.stdout.isTTY;
  for (let count = 1; !stopped.aborted; count++) {
    const states = await look(opened);
    process.stdout.write(isDrawn ? CLEAR + statusTable(states) : `${JSON.stringify(states)}\n`);
    if (count >= most) return;
    // It is stopped by an error, which is none here.
    await sleep(every * 1_000, undefined, { signal: stopped }).catch(() => undefined);
  }
}

interface StatusOptions {
  readonly watch?: true;
  readonly every: number;
  readonly times?: number;
  readonly json?: true;
}

/** To the upper left corner, and away with what is there. */
const CLEAR = '\u001b[H\u001b[2J';

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 3_600)
    throw new InvalidArgumentError('Expected seconds, more than 0 and up to 3600.');
  return value;
}

function times(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return Number(text);
}

/** `holdfast projections list`. */
export function registerList(projections: Command): void {
  projections
    .command('list')
    .description('show the generations with their rows, all of one moment, and the records that every fold leaves out')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  holdfast projections list --json | jq .generations[].rows\n')
    .action(({ json }: { json?: true }) =>
      withStores(async (opened) => {
        const listed = await list(opened);
        process.stdout.write(json ? `${JSON.stringify(listed, null, 2)}\n` : listTable(listed));
      }),
    );
}

interface Listed {
  readonly generations: readonly (State & {
    /** Records that it lacks; null where positions say nothing about that. */
    readonly behind: number | null;
    readonly rows: Readonly<Record<TableName, number>>;
  })[];
  readonly skipped: readonly (Omit<Skip, 'position' | 'at'> & { readonly position: string; readonly at: string })[];
}

async function list({ pool, log }: Opened): Promise<Listed> {
  const walk = log.walk();
  const snapshot = await Snapshot.open(pool);
  try {
    const statuses = await checkpointStatus(pool);
    const head = await log.feed.head();
    const generations = [];
    for (const status of statuses) {
      const tables = await snapshot.beside(status.generation);
      const rows: Partial<Record<TableName, number>> = {};
      for (const table of TABLE_NAMES) rows[table] = await tables.count(table);
      const { position } = tables.claimed;
      const behind = behindBy(position, head, walk.isGapless);
      generations.push({ ...stateOf({ ...status, position }, head), behind, rows: rows as Record<TableName, number> });
    }
    const skipped = (await readSkips(pool)).map((skip) => ({
      ...skip,
      position: skip.position.toString(),
      at: new Date(skip.at).toISOString(),
    }));
    return { generations, skipped };
  } finally {
    snapshot.close();
    await walk.close();
  }
}

/** Positions as text: they may be larger than what JSON's readers can tell apart. */
interface State {
  readonly projection: string;
  readonly generation: number;
  readonly live: boolean;
  readonly state: GenerationState;
  readonly position: string;
  readonly head: string;
  readonly movedAt: string;
  /** When it last became the live one. */
  readonly shownAt: string | null;
  readonly halt: { readonly [field: string]: string | number } | null;
  readonly pause: { readonly since: string; readonly by: string; readonly reason: string | null } | null;
}

function stateOf(status: CheckpointStatus, head: Position): State {
  const { projection, generation, live, position, movedAt, shownAt, halt, pause } = status;
  return {
    ...{ projection, generation, live },
    state: stateWord(status, head),
    position: position.toString(),
    head: head.toString(),
    movedAt: new Date(movedAt).toISOString(),
    shownAt: shownAt === null ? null : new Date(shownAt).toISOString(),
    halt: halt && { ...halt, position: halt.position.toString(), since: new Date(halt.since).toISOString() },
    pause: pause && { ...pause, since: new Date(pause.since).toISOString() },
  };
}

const numberOf = ({ generation, live }: State): string => `${generation}${live ? ' (live)' : ''}`;

function statusTable(states: readonly State[]): string {
  const rows = states.map((state) => [
    ...[state.projection, numberOf(state), state.state, state.position, state.head, state.movedAt],
  ]);
  const lines = columns([['PROJECTION', 'GENERATION', 'STATE', 'POSITION', 'LOG ENDS AT', 'LAST MOVED'], ...rows]);
  for (const { projection, generation, halt, pause } of states) {
    if (halt !== null)
      lines.push(
        '',
        `${projection}, generation ${generation}, halted at ${halt['since']} before position ${halt['position']}`,
        `  record  ${halt['stream']}, revision ${halt['revision']}, id ${halt['recordId']}`,
        `  reason  ${halt['reason']}`,
        '  When the cause is gone: holdfast projections resume',
        `  To leave this record out for ever: holdfast projections skip ${halt['position']} --reason …`,
      );
    if (pause !== null)
      lines.push(
        '',
        `${projection}, generation ${generation}, paused at ${pause.since} by ${pause.by}${pause.reason === null ? '' : `: ${pause.reason}`}`,
        '  To go on: holdfast projections resume',
      );
  }
  return `${lines.join('\n')}\n`;
}

function listTable({ generations, skipped }: Listed): string {
  const rows = generations.map((state) => [
    ...[numberOf(state), state.state, state.position, state.behind === null ? '?' : `${state.behind}`],
    ...TABLE_NAMES.map((table) => `${state.rows[table]}`),
  ]);
  const titles = ['GENERATION', 'STATE', 'POSITION', 'BEHIND', ...TABLE_NAMES.map((table) => table.toUpperCase())];
  const lines = columns([titles, ...rows]);
  for (const { position, stream, revision, haltReason, by, reason, at } of skipped)
    lines.push(
      '',
      `left out: position ${position}, ${stream}, revision ${revision}; by ${by} at ${at}`,
      `  reason       ${reason}`,
      `  it had said  ${haltReason}`,
    );
  return `${lines.join('\n')}\n`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
