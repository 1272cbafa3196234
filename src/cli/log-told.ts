import { verifyLog, type Finding, type LogReport, type LogWalk } from '../infrastructure/event-store/log-walk.js';
import { withStores } from './open.js';
import { progressBar } from './progress.js';
import { painter } from './terminal.js';

/** What the verbs of `holdfast log` have in common. */

/** Something is not as it should be; 1 is that it could not be looked at. */
export const DIFFERS = 3;

export async function withWalk(work: (walk: LogWalk, logId: string) => Promise<void>): Promise<void> {
  await withStores(async ({ log }) => {
    const walk = log.walk();
    try {
      await work(walk, await log.store.identity());
    } finally {
      await walk.close();
    }
  });
}

export async function walked(walk: LogWalk, then: number): Promise<LogReport> {
  const bar = progressBar('verify', walk.isGapless ? Number(await walk.head()) : 0);
  try {
    return await verifyLog(walk, then, bar.step);
  } finally {
    bar.end();
  }
}

export const shown = ({ position, ...finding }: Finding) => ({
  position: position === null ? null : String(position),
  ...finding,
});

interface Told {
  readonly ok: boolean;
  readonly logId?: string;
  readonly records?: number;
  readonly position?: string;
  readonly digest?: string;
  readonly wrong?: number;
  readonly first?: ReturnType<typeof shown> | null | undefined;
  readonly findings?: readonly ReturnType<typeof shown>[];
  readonly seal?: {
    readonly file: string | undefined;
    readonly wrong: readonly string[];
    readonly [more: string]: unknown;
  };
}

const LINES = 20;

export function tell(told: Told, json?: true): void {
  if (!told.ok) process.exitCode = DIFFERS;
  if (json) return void process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  const paint = painter();
  const lines: string[] = [];
  const { records, position, findings = [], wrong = 0, seal, logId } = told;
  for (const [n, { position: at, stream, revision, id, what }] of findings.slice(0, LINES).entries()) {
    const where = [
      ...(at === null ? [] : [`position ${at}`]),
      ...(stream === null ? [] : [`${stream}, revision ${revision}`]),
      ...(id === null ? [] : [`id ${id}`]),
    ];
    lines.push(`${n === 0 ? paint('red', 'first bad event: ') : paint('red', 'bad: ')}${where.join(', ')}: ${what}`);
  }
  if (wrong > LINES) lines.push(`and ${wrong - LINES} more`);
  for (const what of seal?.wrong ?? []) lines.push(`${paint('red', 'seal: ')}${what}`);
  if (records !== undefined)
    lines.push(`log ${logId}: ${records} records${position === undefined ? '' : `, up to position ${position}`}`);
  lines.push(told.ok ? paint('green', 'as it was written') : paint('red', 'NOT as it was written'));
  if (told.ok && seal !== undefined) lines.push(paint('green', `as it was sealed: ${String(seal['records'])} records`));
  process.stdout.write(`${lines.join('\n')}\n`);
}
