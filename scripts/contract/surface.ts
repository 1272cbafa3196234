import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { holdfast } from '../../src/cli/program.js';
import { examineSettings } from '../../src/infrastructure/config.js';
import { SECTIONS } from '../../src/infrastructure/metrics/list.js';
import { pathOf, verbsBelow } from '../docs/cli.js';

/** By names: `holdfast audit`, a metric, a setting, a view. What is beside a name is what may be relied on. */
type Names<Value> = Readonly<Record<string, Value>>;

/** What others rely on beside the HTTP API and the log. */
export interface Surface {
  /** The arguments and options of every verb, and whether they have to be said. */
  readonly cli: Names<Names<'needed' | 'optional'>>;
  /** The type of every figure, and its labels. */
  readonly metrics: Names<string>;
  /** The default of every setting; null: unset. */
  readonly settings: Names<string | null>;
  /** The type of every column of every view for reporting. */
  readonly views: Names<Names<string>>;
}

/** As the code has it. `sources`: the views as they are written down for dbt, which a test compares with the database. */
export function surface(sources = readFileSync('deploy/dbt/sources.yml', 'utf8')): Surface {
  const verbs = verbsBelow(holdfast('0.0.0')).map((verb) => [
    pathOf(verb),
    Object.fromEntries([
      ...verb.registeredArguments.map((each) => [`<${each.name()}>`, each.required ? 'needed' : 'optional'] as const),
      ...verb.options.map((each) => [each.long ?? each.flags, each.mandatory ? 'needed' : 'optional'] as const),
    ]),
  ]);
  const figures = SECTIONS.flatMap(({ figures: each }) => each);
  const { questions } = examineSettings({});
  return {
    cli: Object.fromEntries(verbs) as Surface['cli'],
    metrics: Object.fromEntries(figures.map(({ name, type, labels }) => [name, [type, ...labels].join(' ')])),
    settings: Object.fromEntries(questions.map(({ name, fallback }) => [name, fallback])),
    views: viewsIn(sources),
  };
}

interface Sources {
  readonly sources: readonly { readonly tables: readonly Table[] }[];
}

interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly data_type: string }[];
}

const viewsIn = (yaml: string): Surface['views'] =>
  Object.fromEntries(
    (parse(yaml) as Sources).sources
      .flatMap(({ tables }) => tables)
      .map(({ name, columns }) => [name, Object.fromEntries(columns.map((each) => [each.name, each.data_type]))]),
  );

/** What somebody may rely on and finds no more, in sentences. What is new breaks nobody, unless it has to be said. */
export function losses(before: Surface, after: Surface): string[] {
  const found: string[] = [];
  const each = <Value>(
    kind: string,
    was: Names<Value>,
    is: Names<Value>,
    told: (from: Value, to: Value) => string[],
  ) => {
    for (const [name, value] of Object.entries(was))
      if (!Object.hasOwn(is, name)) found.push(`${kind} ${name}: is gone`);
      else found.push(...told(value, is[name]!).map((what) => `${kind} ${name}: ${what}`));
  };
  const changed = (from: string | null, to: string | null): string[] =>
    from === to ? [] : [`is ${to ?? 'unset'} and was ${from ?? 'unset'}`];
  each('command', before.cli, after.cli, wordsLost);
  each('metric', before.metrics, after.metrics, changed);
  each('setting', before.settings, after.settings, changed);
  each('view', before.views, after.views, (was, is) =>
    Object.entries(was).flatMap(([column, type]) => {
      if (!Object.hasOwn(is, column)) return [`column ${column} is gone`];
      return changed(type, is[column]!).map((what) => `column ${column} ${what}`);
    }),
  );
  return found;
}

function wordsLost(was: Surface['cli'][string], is: Surface['cli'][string]): string[] {
  const gone = Object.keys(was).filter((word) => !Object.hasOwn(is, word));
  const needed = Object.keys(is).filter((word) => is[word] === 'needed' && was[word] !== 'needed');
  return [...gone.map((word) => `${word} is gone`), ...needed.map((word) => `${word} has to be said now`)];
}
