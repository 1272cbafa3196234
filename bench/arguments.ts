import { parseArgs } from 'node:util';
import { isEventStoreDb } from '../src/infrastructure/esdb-address.js';
import { ALL, SCALING } from './all.js';
import { CORE } from './core.js';
import { EVENTSTOREDB } from './eventstoredb.js';

const names = { all: Object.keys(ALL), core: Object.keys(CORE), eventstoredb: Object.keys(EVENTSTOREDB) };

export const USAGE = [
  `usage: npm run bench -- [--scaling] [--quick] [--json] [--out FILE] [--write-docs] [--only ${names.all.join(',')}]`,
  '       npm run bench -- --draw FILE[,FILE] (docs anew, from figures that --out has kept)',
  `       npm run bench -- --core [--quick] [--json] [--out FILE] [--only ${names.core.join(',')}]`,
  `       npm run bench -- --eventstoredb [--url esdb://…] [--quick] [--json] [--out FILE] [--only ${names.eventstoredb.join(',')}]`,
].join('\n');

const options = {
  core: { type: 'boolean', default: false },
  scaling: { type: 'boolean', default: false },
  eventstoredb: { type: 'boolean', default: false },
  url: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  out: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
  draw: { type: 'string' },
  only: { type: 'string' },
} as const;

export interface Arguments {
  readonly suite: keyof typeof names;
  /** Of a server that runs already; null: one of our own. */
  readonly url: string | null;
  readonly quick: boolean;
  readonly json: boolean;
  /** A file for the raw figures as JSON lines, beside what is printed. */
  readonly out: string | null;
  /** Whether the chart in the documents is drawn anew. */
  readonly writeDocs: boolean;
  /** Files with figures of earlier runs to draw the chart from, instead of a run. */
  readonly draw: readonly string[];
  readonly only: readonly string[];
}

/** Throws, with what is wrong, when they make no sense. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({ args: [...args], options });
  const {
    core,
    scaling,
    eventstoredb,
    url = null,
    quick,
    json,
    out = null,
    only,
    draw,
    'write-docs': writeDocs,
  } = values;
  if (Number(core) + Number(eventstoredb) + Number(scaling) > 1)
    throw new Error('--core, --scaling and --eventstoredb are runs of their own');
  const suite = core ? 'core' : eventstoredb ? 'eventstoredb' : 'all';
  if (url !== null && (!eventstoredb || !isEventStoreDb(url)))
    throw new Error('--url is the address of an EventStoreDB');
  if (writeDocs && suite !== 'all') throw new Error('the chart is that of the whole table');
  const chosen = only?.split(',') ?? (scaling ? SCALING : names[suite]);
  const unknown = chosen.filter((name) => !names[suite].includes(name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}`);
  return { suite, url, quick, json, out, writeDocs, draw: draw?.split(',') ?? [], only: chosen };
}
