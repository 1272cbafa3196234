import type { Position } from '../src/application/ports.js';
import { Checksum, TABLE_NAMES, rowText, type TableName } from './canonical.js';
import type { Snapshot } from './snapshot.js';

export interface TableSum {
  readonly rows: number;
  readonly checksum: string;
}

export interface GenerationSum {
  readonly generation: number;
  readonly tables: Readonly<Record<TableName, TableSum>>;
  readonly checksum: string;
}

/** Two generations at one position. */
export interface Comparison {
  readonly position: Position;
  readonly live: GenerationSum;
  readonly next: GenerationSum;
  /** Tables whose rows are not the same; none: the generations are. */
  readonly different: readonly TableName[];
}

/** Reads every row of both, a few thousand at a time. `onRows`: told how many were read. */
export async function compare(live: Snapshot, next: Snapshot, onRows: (count: number) => void): Promise<Comparison> {
  const sums = { live: await sumOf(live, onRows), next: await sumOf(next, onRows) };
  const different = TABLE_NAMES.filter((table) => {
    const [ours, others] = [sums.live.tables[table], sums.next.tables[table]];
    return ours.rows !== others.rows || ours.checksum !== others.checksum;
  });
  return { position: live.claimed.position, ...sums, different };
}

async function sumOf(snapshot: Snapshot, onRows: (count: number) => void): Promise<GenerationSum> {
  const tables: Partial<Record<TableName, TableSum>> = {};
  let all = new Checksum();
  for (const table of TABLE_NAMES) {
    const sum = new Checksum();
    let rows = 0;
    for await (const page of snapshot.rows(table, 1, 0)) {
      for (const row of page) sum.add(table, rowText(row));
      rows += page.length;
      onRows(page.length);
    }
    tables[table] = { rows, checksum: sum.toString() };
    all = all.plus(sum);
  }
  const { generation } = snapshot.claimed;
  return { generation, tables: tables as GenerationSum['tables'], checksum: all.toString() };
}
