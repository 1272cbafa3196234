import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Position } from '../../application/ports.js';
import { hashIn } from './chain.js';
import { newHeads, newPart, readFolder, readPart, wrongWithFile, writeManifest, type NewFile } from './log-files.js';
import { BadExport, MOST_BYTES, isWhole, lineOf, type Draft, type Manifest, type Part } from './log-format.js';
import { ChainCheck, WALK_BOUNDS, type DatedRecord, type Finding, type LogWalk } from './log-walk.js';

export interface ExportSettings {
  /** Of one part, at most. */
  readonly partRecords: number;
  readonly partBytes: number;
  /** Called with how many records are in the files. */
  readonly onRecords: (count: number) => void;
}

export const EXPORT_SETTINGS: ExportSettings = {
  partRecords: 50_000,
  partBytes: MOST_BYTES,
  onRecords: () => undefined,
};

export interface ExportReport {
  readonly manifest: Manifest;
  /** Parts that an earlier attempt had finished. */
  readonly kept: number;
  /** What of an earlier attempt was not as it was written, and was written anew. */
  readonly redone: string | null;
}

/** The log is not as it was written, and cannot be exported. */
export class DamagedLog extends Error {
  override readonly name = 'DamagedLog';

  constructor(readonly finding: Finding) {
    super(finding.what);
  }
}

/**
 * Writes the log into a folder, as far as it reached when this began, and verifies it on the way. Memory is bounded, but
 * for the heads in EventStoreDB. Killed at any moment and called again it goes on: finished parts are read through and
 * kept, and it ends where it would have ended. Throws BadExport for a folder that holds something else, DamagedLog, and
 * what store and disk throw.
 */
export async function exportLog(
  walk: LogWalk,
  origin: Pick<Draft, 'logId' | 'streamPrefix' | 'beganAt'>,
  folder: string,
  settings = EXPORT_SETTINGS,
): Promise<ExportReport> {
  await mkdir(folder, { recursive: true });
  const head = await walk.head();
  const known = await readFolder(folder);
  if (known !== null) expectSameLog(folder, known, origin, head);
  const { kept, redone, digest } = await keep(folder, known, settings);
  const report = { kept: kept.length, redone };
  if (known !== null && isWhole(known) && redone === null) return { manifest: known, ...report };

  const { parts: _, ...began } = known === null ? begin(origin, walk, head) : draftOf(known);
  const parts = new Parts(folder, began, kept, settings);
  await parts.save();
  await parts.fill(walk, digest);
  const heads = await writeHeads(folder, walk, BigInt(began.position));
  const records = parts.finished.reduce((sum, part) => sum + part.records, 0);
  const manifest = { ...began, records, digest: digest.digest('hex'), heads, parts: parts.finished };
  await writeManifest(folder, manifest);
  return { manifest, ...report };
}

const begin = (origin: Pick<Draft, 'logId' | 'streamPrefix' | 'beganAt'>, walk: LogWalk, head: Position): Draft => ({
  ...{ format: 'holdfast-log', version: 1, ...origin },
  ...{ gapless: walk.isGapless, position: String(head), parts: [] },
});

const draftOf = ({ format, version, logId, streamPrefix, beganAt, gapless, position, parts }: Draft): Draft => ({
  ...{ format, version, logId, streamPrefix, beganAt, gapless, position, parts },
});

function expectSameLog(folder: string, known: Draft, origin: Pick<Draft, 'logId' | 'streamPrefix'>, head: Position) {
  for (const name of ['logId', 'streamPrefix'] as const)
    if (known[name] !== origin[name])
      throw new BadExport(
        `${folder} holds an export with ${name} ${known[name]}, and this log has ${origin[name]}: choose another folder`,
      );
  if (BigInt(known.position) > head)
    throw new BadExport(
      `${folder} holds an export up to position ${known.position}, and the log ends at ${head}: it was cut off since, or ` +
        'restored from an older copy. Choose another folder',
    );
}

/** The parts that are as they were written, up to the first that is not, and the digest over them. */
async function keep(folder: string, known: Manifest | Draft | null, { onRecords }: ExportSettings) {
  const digest = createHash('sha256');
  const kept: Part[] = [];
  for (const part of known?.parts ?? []) {
    const wrong = await wrongWithFile(folder, part);
    if (wrong !== null) return { kept, digest, redone: `${part.file}: ${wrong}` };
    for (const record of await readPart(folder, part)) digest.update(hashIn(record));
    onRecords(part.records);
    kept.push(part);
  }
  const heads = known !== null && isWhole(known) ? known.heads : null;
  const wrong = heads === null ? null : await wrongWithFile(folder, heads);
  return { kept, digest, redone: wrong === null ? null : `${heads!.file}: ${wrong}` };
}

async function writeHeads(folder: string, walk: LogWalk, end: Position): Promise<Manifest['heads']> {
  const file = await newHeads(folder);
  let streams = 0;
  for await (const heads of walk.heads(end)) {
    streams += heads.length;
    const lines = heads.map(({ stream, revision, hash }) => `${JSON.stringify({ stream, revision, hash })}\n`);
    await file.write(lines.join(''));
  }
  const sha256 = await file.finish();
  return { file: file.name, streams, bytes: file.bytes, sha256 };
}

/** Between two writes, in characters. */
const CHUNK = 1_000_000;

class Parts {
  readonly finished: Part[];
  private file: NewFile | null = null;
  private lines: string[] = [];
  private waiting = 0;
  private records = 0;
  private bytes = 0;
  private first = 0n;
  private last: Position;

  constructor(
    private readonly folder: string,
    private readonly began: Omit<Draft, 'parts'>,
    kept: readonly Part[],
    private readonly settings: ExportSettings,
  ) {
    this.finished = [...kept];
    this.last = BigInt(kept.at(-1)?.last ?? 0);
  }

  save(): Promise<void> {
    return writeManifest(this.folder, { ...this.began, parts: this.finished });
  }

  /** Everything after what is finished, up to the end of this export. */
  async fill(walk: LogWalk, digest: ReturnType<typeof createHash>): Promise<void> {
    const end = BigInt(this.began.position);
    const check = new ChainCheck(walk, WALK_BOUNDS, this.last);
    try {
      for await (const page of this.last < end ? walk.dated(this.last) : []) {
        const records = page.filter(({ position }) => position <= end);
        await check.page(records);
        if (check.findings[0] !== undefined) throw new DamagedLog(check.findings[0]);
        for (const record of records) {
          digest.update(hashIn(record));
          await this.add(record);
        }
        this.settings.onRecords(records.length);
        if (page.length > records.length || this.last === end) break;
      }
      const [misfit] = this.last === end ? await walk.misfits() : [missingEnd(this.last, end)];
      if (misfit !== undefined) throw new DamagedLog(misfit);
      await this.cut();
    } finally {
      await this.file?.abandon();
    }
  }

  private async add(record: DatedRecord): Promise<void> {
    const { position, stream } = record;
    const { streamPrefix } = this.began;
    if (!stream.startsWith(streamPrefix))
      throw new BadExport(`position ${position} is of ${stream}, and STREAM_PREFIX is ${streamPrefix}`);
    const line = lineOf(record);
    const bytes = Buffer.byteLength(line);
    const { partRecords, partBytes } = this.settings;
    if (this.records === partRecords || this.bytes + bytes > partBytes) await this.cut();
    if (this.records === 0) this.first = position;
    this.last = position;
    this.records += 1;
    this.bytes += bytes;
    this.lines.push(line);
    this.waiting += line.length;
    if (this.waiting >= CHUNK) await this.flush();
  }

  private async flush(): Promise<void> {
    this.file ??= await newPart(this.folder, this.finished.length + 1);
    await this.file.write(this.lines.join(''));
    this.lines = [];
    this.waiting = 0;
  }

  /** Finishes the part, if there is anything for it. */
  private async cut(): Promise<void> {
    if (this.records === 0) return;
    await this.flush();
    const { name } = this.file!;
    const sha256 = await this.file!.finish();
    this.file = null;
    const { records, bytes } = this;
    this.finished.push({ file: name, records, bytes, first: String(this.first), last: String(this.last), sha256 });
    this.records = 0;
    this.bytes = 0;
    await this.save();
  }
}

const missingEnd = (last: Position, end: Position): Finding => ({
  ...{ position: last + 1n, stream: null, revision: null, id: null },
  what: `the log ends here, and once ended at ${end}`,
});
