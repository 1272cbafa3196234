/** A row of `data_dictionary`; the one with ordinal 0 is of the view itself. */
export interface Entry {
  readonly view_name: string;
  readonly ordinal: number;
  readonly column_name: string | null;
  readonly data_type: string | null;
  readonly description: string;
}

/** What makes a row of each view one of its kind, as far as one column says it. */
const KEYS: Readonly<Record<string, string>> = {
  bookings_current: 'booking_id',
  events_occupancy: 'event_id',
  lead_time: 'booking_id',
  projection_freshness: 'projection',
  waitlist: 'booking_id',
};

/** JSON's strings are YAML's, too. */
const quoted = (text: string): string => JSON.stringify(text);

/** The views as dbt's sources: https://docs.getdbt.com/reference/source-properties */
export function sourcesYml(entries: readonly Entry[]): string {
  const lines = [
    '# Written from reporting_v1.data_dictionary; a test compares the two (docs/reporting.md).',
    'version: 2',
    'sources:',
    '  - name: holdfast',
    '    schema: reporting_v1',
    '    description: "Bookings, occupancy and refusals of Holdfast. Read by members of the role holdfast_reporting."',
    '    tables:',
  ];
  for (const { view_name, ordinal, column_name, data_type, description } of entries) {
    const isView = ordinal === 0;
    const indent = isView ? '      ' : '          ';
    lines.push(
      `${indent}- name: ${isView ? view_name : column_name}`,
      `${indent}  description: ${quoted(description)}`,
    );
    if (isView) lines.push(`${indent}  columns:`);
    else lines.push(`${indent}  data_type: ${quoted(data_type!)}`);
    if (!isView && KEYS[view_name] === column_name) lines.push(`${indent}  data_tests: [unique, not_null]`);
  }
  return `${lines.join('\n')}\n`;
}
