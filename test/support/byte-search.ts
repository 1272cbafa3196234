import type pg from 'pg';

/** Places with what stands there, as text. */
export type Places = ReadonlyMap<string, string>;

/** Where a value was found: `people.profiles: Ada Lovelace`. */
export type Find = string;

/**
 * Every place in which one of the values stands, in whatever case, in any form in which a program might have put it
 * there: plain, as ASCII-only JSON, as part of a URL, in hexadecimal digits, or in base64 at any offset.
 */
export function finds(places: Places, values: readonly string[]): Find[] {
  const wanted = values.map((value) => ({ value, ...formsOf(value) }));
  return [...places].flatMap(([place, text]) => {
    const lower = text.toLowerCase();
    return wanted
      .filter(({ folded, exact }) => folded.some((form) => lower.includes(form)) || exact.some((f) => text.includes(f)))
      .map(({ value }) => `${place}: ${value}`);
  });
}

/** Text in small letters, to be looked for in such; and base64, in which large and small are two. */
function formsOf(value: string): { folded: string[]; exact: string[] } {
  const ascii = value.replace(/[^\x20-\x7e]/gu, (char) =>
    [...char]
      .flatMap((each) => [...Buffer.from(each, 'utf16le').swap16().toString('hex').matchAll(/.{4}/g)])
      .map(([digits]) => `\\u${digits}`)
      .join(''),
  );
  const bytes = Buffer.from(value);
  const plain = [value, ascii, encodeURIComponent(value), new URLSearchParams({ value }).toString().slice(6)];
  const folded = [...plain, bytes.toString('hex')].map((form) => form.toLowerCase());
  const exact = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64url');
    // The first and the last letters have bits of what stands around.
    const core = text.slice(offset === 0 ? 0 : offset + 1, -2);
    return [core, core.replaceAll('-', '+').replaceAll('_', '/')];
  });
  return { folded: [...new Set(folded)], exact: [...new Set(exact)] };
}

/**
 * Every column of every row of every table there is, each as its own text (a row's text doubles quotes and backslashes),
 * and the samples that the planner keeps. The server's own schemas are not ours.
 */
export async function dumpOf(client: pg.ClientBase): Promise<Map<string, string>> {
  const { rows: tables } = await client.query<{ name: string; columns: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
           (SELECT string_agg(format('%I::text', attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' ORDER BY 1`);
  const dump = new Map<string, string>();
  for (const { name, columns } of tables) dump.set(name, await textOf(client, `SELECT ${columns} FROM ${name}`));
  dump.set('pg_stats', await textOf(client, SAMPLES));
  return dump;
}

const SAMPLES = `
  SELECT tablename, attname, most_common_vals::text, most_common_elems::text, histogram_bounds::text
  FROM pg_stats WHERE schemaname <> 'information_schema' AND schemaname !~ '^pg_'`;

async function textOf(client: pg.ClientBase, text: string): Promise<string> {
  const { rows } = await client.query<(string | null)[]>({ text, rowMode: 'array' });
  return rows.map((columns) => columns.join('\t')).join('\n');
}
