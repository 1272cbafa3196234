import { hash } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Codec, UPCASTERS } from '../../../src/infrastructure/event-store/codec.js';
import { exportLog, type ExportReport } from '../../../src/infrastructure/event-store/log-export.js';
import { IMPORT_SETTINGS, importLog, tryImport } from '../../../src/infrastructure/event-store/log-import.js';
import type { Manifest } from '../../../src/infrastructure/event-store/log-format.js';
import { WALK_BOUNDS, verifyLog, type DatedRecord } from '../../../src/infrastructure/event-store/log-walk.js';
import { ChainSealer } from '../../../src/infrastructure/event-store/sealer.js';
import { Story } from '../../projections/story.js';
import { SECOND, book, cancel, scheduleIt } from '../../support/facts.js';
import { Killed, MemoryTarget } from '../../support/memory-target.js';
import { MemoryWalk } from '../../support/memory-walk.js';

const EVENTS = ['gala', 'quiz', 'ball'];
const story = new Story();
for (const event of EVENTS) story.ask(event, scheduleIt({ title: 'Line\u2028"Separator" \\ and ½' }));
for (const user of ['ann', 'bob', 'cyd'])
  for (const event of EVENTS) {
    story.now += SECOND;
    story.ask(event, book(user, { reference: 'PO "1"' })).ask(event, cancel(user));
  }
for (const event of ['gala', 'quiz']) story.ask(event, book('eve'));
const { records } = story.log;
const ORIGIN = { logId: '0badcafe', streamPrefix: 'booking-', beganAt: '2027-01-01T00:00:00.000Z' };
const SMALL = { partRecords: 4, partBytes: 1_000_000, onRecords: () => undefined };
const PARTS = Math.ceil(records.length / SMALL.partRecords);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => path.join(folder, name);
const part = (number: number): string => `part-${String(number).padStart(6, '0')}.ndjson`;
function endless(name: string): void {
  rmSync(file(name));
  symlinkSync('/dev/zero', file(name));
}
const read = (name: string): string => readFileSync(file(name), 'utf8');
const change = (name: string, to: (text: string) => string): void => writeFileSync(file(name), to(read(name)));
const exported = (walk = new MemoryWalk(records)): Promise<ExportReport> => exportLog(walk, ORIGIN, folder, SMALL);
const rewriteManifest = (to: (manifest: Manifest) => object): void =>
  change('manifest.json', (text) => JSON.stringify(to(JSON.parse(text) as Manifest)));
/** As somebody would who wants what was changed in the parts not to be noticed. */
const rewriteSums = (): void =>
  rewriteManifest((manifest) => ({
    ...manifest,
    parts: manifest.parts.map((each) => {
      const bytes = readFileSync(file(each.file));
      return { ...each, sha256: hash('sha256', bytes, 'hex'), bytes: bytes.length };
    }),
  }));
async function dated(): Promise<DatedRecord[]> {
  const all: DatedRecord[] = [];
  for await (const page of new MemoryWalk(records).dated(0n)) all.push(...page);
  return all;
}

/** A log of which only the first pages can be read, and then nothing more is done. */
class KilledWalk extends MemoryWalk {
  constructor(
    found: readonly (typeof records)[number][],
    private readonly pagesLeft: number,
  ) {
    super(found, 1);
  }

  override async *dated(after: bigint) {
    let left = this.pagesLeft;
    for await (const page of super.dated(after)) {
      if (left-- === 0) throw new Killed();
      yield page;
    }
  }
}

describe('an export', () => {
  it('is the records to the byte, in parts, with a manifest that says what is in them', async () => {
    const { manifest, kept, redone } = await exported();
    const { digest } = await verifyLog(new MemoryWalk(records), 0);
    expect([kept, redone]).toEqual([0, null]);
    expect(manifest).toMatchObject({ ...ORIGIN, format: 'holdfast-log', version: 1, gapless: true });
    expect(manifest).toMatchObject({ position: String(records.length), records: records.length, digest });
    expect(JSON.parse(read('manifest.json'))).toEqual(manifest);
    expect(manifest.parts.map(({ first, last }) => `${first}-${last}`).slice(0, 2)).toEqual(['1-4', '5-8']);
    expect(readdirSync(folder).sort()).toEqual([
      'heads.ndjson',
      'manifest.json',
      ...Array.from({ length: PARTS }, (_, n) => part(n + 1)),
    ]);
    const lines = Array.from({ length: PARTS }, (_, n) => read(part(n + 1)))
      .join('')
      .split('\n')
      .slice(0, -1);
    const found = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const expected = (await dated()).map((record) => ({ ...record, position: String(record.position) }));
    expect(found).toEqual(expected);
    expect(manifest.heads.streams).toBe(EVENTS.length);
    expect(read('heads.ndjson').split('\n')).toHaveLength(EVENTS.length + 1);
  });

  it('begins a part when the one before has as many bytes as it may have', async () => {
    const settings = { ...SMALL, partRecords: 1_000, partBytes: 3_000 };
    const { manifest } = await exportLog(new MemoryWalk(records), ORIGIN, folder, settings);
    expect(manifest.parts.length).toBeGreaterThan(3);
    for (const { bytes } of manifest.parts) expect(bytes).toBeLessThanOrEqual(3_000);
  });

  it('of an empty log has no part, and fills a log with nothing', async () => {
    const { manifest } = await exported(new MemoryWalk([]));
    expect([manifest.records, manifest.parts, manifest.position]).toEqual([0, [], '0']);
    const target = new MemoryTarget();
    await importLog(folder, target);
    expect(target.records).toEqual([]);
  });

  it('killed after any record is finished by the next attempt, to where the log ended when it began', async () => {
    await exported();
    const names = readdirSync(folder);
    const whole = new Map(names.map((name) => [name, read(name)]));
    for (let left = 0; left < records.length; left++) {
      rmSync(folder, { recursive: true });
      // The log grows between the attempts: what is new is not in the export.
      await expect(exported(new KilledWalk(records, left))).rejects.toThrow(Killed);
      expect(readdirSync(folder)).not.toContain('manifest.json');
      await expect(importLog(folder, new MemoryTarget())).rejects.toThrow('was not finished: run holdfast log export');
      const { kept } = await exported(new MemoryWalk([...records, ...grown]));
      expect(kept).toBe(Math.floor(Math.max(0, left - 1) / SMALL.partRecords));
      expect(readdirSync(folder).sort()).toEqual([...names].sort());
      for (const name of names) expect(read(name)).toBe(whole.get(name));
    }
  });

  it('that is whole is looked through and left as it is; what was damaged since is written anew', async () => {
    const { manifest } = await exported();
    expect(await exported()).toEqual({ manifest, kept: PARTS, redone: null });
    change(part(3), (text) => text.replace('"ann"', '"eve"').replace('bob', 'eve'));
    const { kept, redone, manifest: again } = await exported();
    expect([kept, again]).toEqual([2, manifest]);
    expect(redone).toMatch(/^part-000003\.ndjson: its SHA-256 is /);
    rmSync(file('heads.ndjson'));
    expect(await exported()).toEqual({ manifest, kept: PARTS, redone: 'heads.ndjson: it is missing' });
    expect(await exported()).toEqual({ manifest, kept: PARTS, redone: null });
  });

  it('is refused where something else is, and of a log that is not as it was written', async () => {
    await exported();
    await expect(exportLog(new MemoryWalk(records), { ...ORIGIN, logId: '11111111' }, folder)).rejects.toThrow(
      'holds an export with logId 0badcafe, and this log has 11111111: choose another folder',
    );
    await expect(exported(new MemoryWalk(records.slice(0, 9)))).rejects.toThrow(
      'and the log ends at 9: it was cut off',
    );
    rmSync(folder, { recursive: true });
    const changed = records.map((record) => (record.position === 7n ? { ...record, data: `${record.data} ` } : record));
    await expect(exported(new MemoryWalk(changed))).rejects.toThrow('its content does not fit its hash');
    expect(readdirSync(folder)).not.toContain('manifest.json');
    rmSync(folder, { recursive: true });
    await expect(exportLog(new MemoryWalk(records), { ...ORIGIN, streamPrefix: 'sale-' }, folder)).rejects.toThrow(
      'position 1 is of booking-gala, and STREAM_PREFIX is sale-',
    );
    rmSync(folder, { recursive: true });
    writeFileSync(path.join(mkdtempAt(folder), 'notes.txt'), '');
    await expect(exported()).rejects.toThrow('is not empty: it holds notes.txt');
  });
});

const mkdtempAt = (at: string): string => {
  renameSync(mkdtempSync(path.join(process.env['HOLDFAST_TEST_DATA_DIR'] as string, 'other-')), at);
  return at;
};

const later = new Story();
for (const event of EVENTS) later.ask(event, scheduleIt());
const grown = later.log.records.map((record) => ({ ...record, position: record.position + BigInt(records.length) }));

describe('an import', () => {
  beforeEach(() => exported());

  const imported = (target = new MemoryTarget()) => importLog(folder, target, { ...IMPORT_SETTINGS, batch: 3 });

  it('fills a log with the records as they were, and verifies it', async () => {
    const target = new MemoryTarget();
    const { found, verified } = await imported(target);
    expect(target.records).toEqual(await dated());
    expect(found).toBe(0);
    expect(verified).toMatchObject({ records: records.length, wrong: 0 });
  });

  it('killed after any record goes on after it, and has the same outcome', async () => {
    for (let room = 0; room <= records.length; room++) {
      const target = new MemoryTarget();
      target.room = room;
      if (room < records.length) await expect(imported(target)).rejects.toThrow(Killed);
      else await imported(target);
      target.room = Infinity;
      const { found } = await imported(target);
      expect(found).toBe(room);
      expect(target.records).toEqual(await dated());
    }
  });

  it('only looked at writes nothing, and says how far it would go', async () => {
    const target = new MemoryTarget();
    target.room = 5;
    await expect(imported(target)).rejects.toThrow(Killed);
    expect(await tryImport(folder, target)).toMatchObject({ found: 5, verified: null });
    expect(target.records).toHaveLength(5);
  });

  it.each([
    [
      'one byte changed',
      () => change(part(2), (text) => text.replace('"ann"', '"eve"').replace('ann', 'eve')),
      /^part-000002\.ndjson: its SHA-256 is [0-9a-f]{64}, and was [0-9a-f]{64}; line \d: its content does not fit its hash/,
    ],
    [
      'a line missing',
      () => change(part(2), (text) => text.split('\n').toSpliced(1, 1).join('\n')),
      /^part-000002\.ndjson: it has \d+ bytes, and was written with \d+; line 2: position 6 is missing/,
    ],
    [
      'two lines swapped',
      () =>
        change(part(2), (text) => {
          const [a, b, ...rest] = text.split('\n');
          return [b, a, ...rest].join('\n');
        }),
      /^part-000002\.ndjson: its SHA-256 .*; line 1: position 5 is missing/,
    ],
    [
      'two parts swapped',
      () => {
        copyFileSync(file(part(2)), file('x'));
        renameSync(file(part(3)), file(part(2)));
        renameSync(file('x'), file(part(3)));
      },
      /^part-000002\.ndjson: it.*; it is what part-000003\.ndjson should be/,
    ],
    ['a part missing', () => rmSync(file(part(3))), /^part-000003\.ndjson: it is missing/],
    ['a part without an end', () => endless(part(3)), /^part-000003\.ndjson: it is no file/],
    ['heads without an end', () => endless('heads.ndjson'), /^heads\.ndjson: it is no file/],
    ['a manifest without an end', () => endless('manifest.json'), /^manifest\.json: expected a file/],
    [
      'the last part cut off in a line',
      () => change(part(PARTS), (text) => text.slice(0, -9)),
      /^part-00000\d\.ndjson: it has \d+ bytes.*; part-00000\d\.ndjson, line \d: the line is cut off/,
    ],
    [
      'the last part cut off after a line',
      () => change(part(PARTS), (text) => `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`),
      /^part-00000\d\.ndjson: it has \d+ bytes.*; it has 2 of its 3 lines/,
    ],
    [
      'a line that is no record',
      () => change(part(2), (text) => text.replace('"revision":', '"revisiom":')),
      /line \d, revision: expected a whole number|line \d: revision: expected a whole number/,
    ],
    [
      'its heads changed',
      () => change('heads.ndjson', (text) => text.replace('gala', 'gale')),
      /^heads\.ndjson: its SHA-256/,
    ],
    [
      'its manifest cut off',
      () => change('manifest.json', (text) => text.slice(0, -3)),
      /^manifest\.json: expected a JSON object/,
    ],
    [
      'another version',
      () => rewriteManifest((manifest) => ({ ...manifest, version: 2 })),
      /^manifest\.json: version: expected 1, the only version/,
    ],
    [
      'a field too many',
      () => rewriteManifest((manifest) => ({ ...manifest, more: 2 })),
      /^manifest\.json: more: there is no such field/,
    ],
    [
      'a bad name of a file',
      () =>
        rewriteManifest((manifest) => ({
          ...manifest,
          parts: manifest.parts.map((each) => ({ ...each, file: '../x' })),
        })),
      /^manifest\.json: parts\[0\]\.file: expected the name of a file/,
    ],
    [
      'fewer parts than records',
      () => rewriteManifest((manifest) => ({ ...manifest, parts: manifest.parts.slice(1) })),
      /^manifest\.json: records: expected \d+, as many as its parts have/,
    ],
    [
      'another log’s manifest',
      () =>
        rewriteManifest((manifest) => ({
          ...manifest,
          parts: manifest.parts.map((each) => ({ ...each, sha256: 'f'.repeat(64) })),
        })),
      /^part-000001\.ndjson: its SHA-256/,
    ],
    [
      'another prefix',
      () => rewriteManifest((manifest) => ({ ...manifest, streamPrefix: 'sale-' })),
      /streamPrefix is sale-, and STREAM_PREFIX is booking-/,
    ],
  ])('of files with %s is refused before anything is written', async (_, damage, expected) => {
    damage();
    const target = new MemoryTarget();
    const refusal = await imported(target).then(String, (error: Error) => error.message);
    expect(refusal).toMatch(expected);
    expect(target.records).toEqual([]);
  });

  it('of a manifest that was made to fit stops before the part that does not follow', async () => {
    change(part(3), (text) => text.replace(/"revision":(\d+)/, (_, n) => `"revision":${Number(n) + 1}`));
    rewriteSums();
    const target = new MemoryTarget();
    await expect(imported(target)).rejects.toThrow('part-000003.ndjson, line 1: its content does not fit its hash');
    expect(target.records).toHaveLength(8);
    const tried = () => tryImport(folder, new MemoryTarget());
    await expect(tried()).rejects.toThrow('part-000003.ndjson, line 1: its content does not fit its hash');
    rewriteManifest((manifest) => ({ ...manifest, parts: manifest.parts.slice(0, 2), records: 8 }));
    await expect(imported(new MemoryTarget())).rejects.toThrow('manifest.json: digest is not that of the records');
    await expect(tried()).rejects.toThrow('manifest.json: digest is not that of the records');
  });

  it('only looked at is held against the chain over all its parts, however few streams are remembered', async () => {
    const bounds = [50_000, 2, 1, 0].map((links) => ({ ...WALK_BOUNDS, links }));
    for (const each of bounds) expect(await tryImport(folder, new MemoryTarget(), each)).toMatchObject({ found: 0 });
    // Sealed anew as a whole: only what it follows, and what follows it, can tell.
    const [first] = read(part(2)).split('\n');
    const record = JSON.parse(first!) as DatedRecord;
    const { event, metadata } = story.records()[Number(record.position) - 1]!;
    const head = { stream: record.stream, revision: record.revision - 1, hash: 'f'.repeat(64) };
    const [forged] = new ChainSealer(new Codec(UPCASTERS)).seal(head, [event], metadata);
    const { id, data, metadata: sealed } = forged!;
    change(part(2), (text) => text.replace(first!, JSON.stringify({ ...record, id, data, metadata: sealed })));
    rewriteSums();
    for (const each of bounds)
      await expect(tryImport(folder, new MemoryTarget(), each)).rejects.toThrow(
        `part-000002.ndjson, line 1: it does not follow from revision ${record.revision - 1}`,
      );
  });

  it('into a log that is not the beginning of it is refused, and the log is left as it is', async () => {
    const target = new MemoryTarget();
    await imported(target);
    const all = [...target.records];
    target.records.push({ ...all[0]!, ...grown[0]!, recordedAt: all[0]!.recordedAt });
    await expect(imported(target)).rejects.toThrow('the log has more than the export: revision 0 of booking-gala');
    const strangers = new MemoryTarget();
    strangers.records.push({ ...all[1]!, position: 1n });
    await expect(imported(strangers)).rejects.toThrow(
      /the log is not empty: at position 1 it has revision 0 of booking-quiz, id .* and part-000001\.ndjson, line 1, is revision 0 of booking-gala/,
    );
    expect([target.records.length, strangers.records.length]).toEqual([all.length + 1, 1]);
    const itself = Object.assign(new MemoryTarget(), { logId: ORIGIN.logId });
    itself.records.push(...all);
    await expect(imported(itself)).rejects.toThrow(
      'all of it is in, and this is log 0badcafe, the one that was exported',
    );
    await expect(importLog(path.join(folder, 'nowhere'), new MemoryTarget())).rejects.toThrow(
      'is empty, or is not there',
    );
  });

  it('notices that somebody else wrote meanwhile', async () => {
    const target = new MemoryTarget();
    const take = target.take.bind(target);
    target.take = async (some, before) => {
      await take(some, before);
      if (target.records.length === records.length)
        target.records.push(
          ...(await dated()).slice(0, 1).map((record) => ({ ...record, ...grown[0]!, stream: 'booking-x' })),
        );
    };
    const { verified } = await imported(target);
    expect(verified!.wrong).toBe(1);
  });
});
