import type pg from 'pg';
import { addsUp, verifyReports, type ReportsReport } from '../../projections/reports.js';
import { painter } from './terminal.js';

const LINES = 200;

/** `holdfast verify --reports`. Answers whether everything adds up. */
export async function printReports(pool: pg.Pool, asJson: boolean): Promise<boolean> {
  const report = await verifyReports(pool);
  process.stdout.write(asJson ? `${JSON.stringify({ ok: addsUp(report), ...report }, null, 2)}\n` : told(report));
  return addsUp(report);
}

function told(report: ReportsReport): string {
  const { generation, position, views, missing, differences, different } = report;
  const paint = painter();
  const more = different - Math.min(differences.length, LINES);
  const lines = [
    ...missing.map((view) => paint('red', `reporting_v1.${view} is not there`)),
    ...(missing.length > 0 ? ['  To make the views again: SELECT projections.make_reporting();'] : []),
    ...differences
      .slice(0, LINES)
      .map(
        ({ view, of, name, found, expected }) =>
          `${view}, ${of}: ${name} is ${found ?? 'not there'}, should be ${expected ?? 'not there'}`,
      ),
    ...(more > 0 ? [`and ${more} more; --json has up to a thousand`] : []),
    `generation ${generation}, at position ${position}`,
    ...views.map(
      ({ view, rows, figures }) => `  ${view.padEnd(20)} ${String(rows).padStart(9)} rows  ${figures.join(', ')}`,
    ),
    addsUp(report)
      ? paint('green', 'every report adds up to the tables')
      : paint(
          'red',
          `${different} figures do NOT add up to the tables${missing.length > 0 ? `, ${missing.length} views are missing` : ''}`,
        ),
  ];
  return `${lines.join('\n')}\n`;
}
