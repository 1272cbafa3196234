import { Codec, UPCASTERS } from '../../src/infrastructure/event-store/codec.js';
import { DATA_SHAPES, METADATA_SHAPE, type Shape } from '../../src/infrastructure/event-store/shapes.js';
import { Meanings, type Meaning } from './meanings.js';
import { INSTANT_BOUNDS, KINDS, meaningOf, schemaName, schemaOf } from './schemas.js';

const SCHEMAS = 'docs/schemas';
/** Metadata has one form for all types; its version is its own. */
const METADATA_VERSION = 1;

/**
 * `docs/events.md` and a JSON Schema for each type, by their paths. What is stored comes from the codec's shapes, which
 * the compiler holds against the domain's types; what it means comes from the sentences above those types.
 */
export function eventDocs(
  eventsFile = 'src/domain/booking/events.ts',
  portsFile = 'src/application/ports.ts',
): ReadonlyMap<string, string> {
  const codec = new Codec(UPCASTERS);
  const events = new Meanings(eventsFile);
  const types = [...DATA_SHAPES].map(([name, shape]) => ({
    ...{ name, shape, version: codec.versionOf(name), meaning: events.ofEvent(name) },
  }));
  const metadata = {
    ...{ name: 'Metadata', shape: METADATA_SHAPE, version: METADATA_VERSION },
    meaning: new Meanings(portsFile).of('Metadata'),
  };
  const schemas = [...types, metadata].map(({ name, version, shape, meaning }): [string, string] => [
    `${SCHEMAS}/${schemaName(name, version)}`,
    `${JSON.stringify(schemaOf(name, version, shape, meaning), null, 2)}\n`,
  ]);
  return new Map([['docs/events.md', page(types, metadata)], ...schemas]);
}

interface Described {
  readonly name: string;
  readonly version: number;
  readonly shape: Shape;
  readonly meaning: Meaning;
}

function page(types: readonly Described[], metadata: Described): string {
  const rows = types.map(
    ({ name, version, meaning }) =>
      `| [\`${name}\`](#${name.toLowerCase()}) | ${version} | ${cell(meaning.sentence)} |`,
  );
  const sections = types.map(
    (type) => `## ${type.name}\n\n${type.meaning.sentence}\n\n${versions(type)}\n\n${fields(type)}`,
  );
  return [
    INTRODUCTION,
    ['| type | version | |', '|---|---|---|', ...rows].join('\n'),
    ...sections,
    `## Metadata\n\n${METADATA}\n\n${versions(metadata)}\n\n${fields(metadata)}`,
    EVOLUTION,
  ].join('\n\n');
}

function versions({ name, version }: Described): string {
  const all = Array.from({ length: version }, (_, n) => n + 1).reverse();
  const links = all.map((each) => `[version ${each}](schemas/${schemaName(name, each)})`);
  return `JSON Schema: ${links.join(', ')}${version > 1 ? '; older versions are read as the present one' : ''}.`;
}

function fields({ shape, meaning }: Described): string {
  const rows = shape.map((field) => {
    const presence = [...(field.optional ? ['may be absent'] : []), ...(field.clearable ? ['`null`: cleared'] : [])];
    const kind = [KINDS[field.kind], ...presence].join('; ');
    return `| \`${field.name}\` | ${kind} | ${cell(meaningOf(field, meaning.fields))} |`;
  });
  return ['| field | kind | meaning |', '|---|---|---|', ...rows].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

const INTRODUCTION = `# Domain events

<!-- Made by \`npm run docs:events\` from src/domain/booking/events.ts, src/application/ports.ts and the codec's shapes. -->

Everything that can stand in the log: what each type means, and every field of its data. This page and the schemas in
[schemas](schemas) are made from the code that writes and reads the log; \`npm run check\` fails when they are not what the
code says.

Data and metadata are RFC 8785 JSON. An *instant* is text, UTC with milliseconds, from \`${INSTANT_BOUNDS.first}\` to
\`${INSTANT_BOUNDS.last}\`. A field that is not in the table makes the record unreadable.`;

const METADATA = `What stands beside the data of every record: who asked for it, when and why, and the links of the hash chain.`;

const EVOLUTION = `## How this changes

- A stored name never changes its meaning, and what is in the log is never written again: neither its bytes nor its hash.
- A changed form of data is a new version. \`UPCASTERS\` in [codec.ts](../src/infrastructure/event-store/codec.ts) gets one pure
  function that takes the version before to it; older records go through all that follow, one step at a time, whenever they
  are read. Fold, projector, \`holdfast verify\`, audit and history only ever see the present version.
- Of every version that was ever written there are golden records in [test/golden](../test/golden) and a schema here, both
  pinned by their SHA-256 in \`test/golden/manifest.json\`. \`npm run check\` fails when one is changed, missing or not listed.
  \`npm run docs:events\` and then \`npm run golden\` add those of a new version, and change none that is there.
- A record of a type or version that is not known here, or of data that does not fit, stops the projector before it and
  every command on its event, which answers 503 \`stream-unreadable\`. All other events go on being written and decided.
- So nothing is written that the last release cannot read: its processes run beside ours during an upgrade. A release only reads
  the new version or type (\`AHEAD\` in codec.ts has the way back to the present form; of a new type, no command writes it), the one
  after it writes it. [events.released.json](events.released.json) says what the last release reads; a test holds the code against it.
`;
