import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  BadExport,
  MANIFEST,
  MOST_BYTES,
  isWhole,
  manifestIn,
  recordsIn,
  type Draft,
  type Manifest,
  type Part,
} from './log-format.js';
import type { DatedRecord } from './log-walk.js';

/** The log as files: a folder of parts (NDJSON, a record a line), the heads of all streams, and a manifest. */

/** What is finished of an export that is not whole yet. */
const DRAFT = 'manifest.unfinished.json';
const HEADS = 'heads.ndjson';
/** What the name of a file ends with until it is whole. */
const UNFINISHED = '.new';
const partName = (number: number): string => `part-${String(number).padStart(6, '0')}.ndjson`;

/** What a folder holds: a whole export, a part of one, or null for nothing at all. Throws BadExport for anything else. */
export async function readFolder(folder: string): Promise<Manifest | Draft | null> {
  for (const name of [MANIFEST, DRAFT]) {
    const found = await stat(path.join(folder, name)).catch(unlessMissing);
    if (found === null) continue;
    if (!found.isFile()) throw new BadExport(`${name}: expected a file`);
    if (found.size > MOST_BYTES) throw new BadExport(`${name}: expected at most ${MOST_BYTES} bytes`);
    return manifestIn(name, await readFile(path.join(folder, name), 'utf8'));
  }
  const names = (await readdir(folder).catch(unlessMissing)) ?? [];
  const other = names.find((name) => !name.endsWith(UNFINISHED));
  if (other === undefined) return null;
  throw new BadExport(`${folder} has no ${MANIFEST} and is not empty: it holds ${other}`);
}

/** The manifest, in one piece or not at all. While it is a draft, the folder holds no whole export. */
export async function writeManifest(folder: string, manifest: Manifest | Draft): Promise<void> {
  const [name, other] = isWhole(manifest) ? [MANIFEST, DRAFT] : [DRAFT, MANIFEST];
  const file = await NewFile.open(folder, name);
  await file.write(`${JSON.stringify(manifest, null, 2)}\n`);
  await file.finish();
  await rm(path.join(folder, other), { force: true });
}

export const newPart = (folder: string, number: number): Promise<NewFile> => NewFile.open(folder, partName(number));
export const newHeads = (folder: string): Promise<NewFile> => NewFile.open(folder, HEADS);

/** A file that has its name once it is whole and on the disk. */
export class NewFile {
  bytes = 0;
  private readonly content = createHash('sha256');

  private constructor(
    private readonly folder: string,
    readonly name: string,
    private readonly file: Awaited<ReturnType<typeof open>>,
  ) {}

  static async open(folder: string, name: string): Promise<NewFile> {
    return new NewFile(folder, name, await open(path.join(folder, name + UNFINISHED), 'w'));
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.bytes += bytes.length;
    this.content.update(bytes);
    for (let written = 0; written < bytes.length;)
      written += (await this.file.write(bytes, written, bytes.length - written)).bytesWritten;
  }

  /** Answers the SHA-256 of what was written, in hex. */
  async finish(): Promise<string> {
    await this.file.sync();
    await this.file.close();
    await rename(path.join(this.folder, this.name + UNFINISHED), path.join(this.folder, this.name));
    const folder = await open(this.folder);
    await folder.sync().finally(() => folder.close());
    return this.content.digest('hex');
  }

  /** Lets go of it; what was written has no name. */
  abandon(): Promise<void> {
    return this.file.close();
  }
}

/** The SHA-256 of a file in hex, read a little at a time, and its size; null when there is none, or what may have no end. */
export async function digestOf(folder: string, file: string): Promise<{ bytes: number; sha256: string } | null> {
  const found = await stat(path.join(folder, file)).catch(unlessMissing);
  if (found === null || !found.isFile()) return null;
  const content = createHash('sha256');
  for await (const chunk of createReadStream(path.join(folder, file))) content.update(chunk as Buffer);
  return { bytes: found.size, sha256: content.digest('hex') };
}

/** Why a file is not the one in the manifest, in words; null when it is. */
export async function wrongWithFile(folder: string, { file, bytes, sha256 }: Pick<Part, 'file' | 'bytes' | 'sha256'>) {
  const there = await stat(path.join(folder, file)).catch(unlessMissing);
  if (there === null) return 'it is missing';
  if (!there.isFile()) return 'it is no file';
  if (there.size !== bytes) return `it has ${there.size} bytes, and was written with ${bytes}`;
  const found = await digestOf(folder, file);
  return found?.sha256 === sha256 ? null : `its SHA-256 is ${found?.sha256}, and was ${sha256}`;
}

/** The records of a part whose bytes are those of the manifest. Throws BadExport, with the line. */
export async function readPart(folder: string, part: Part): Promise<DatedRecord[]> {
  const { file, sha256, records: count, first, last } = part;
  const bytes = await readFile(path.join(folder, file)).catch(unlessMissing);
  if (bytes === null || hash('sha256', bytes, 'hex') !== sha256) throw new BadExport(`${file} has changed just now`);
  const records = recordsIn(file, bytes);
  if (records.length !== count) throw new BadExport(`${file} has ${records.length} records, ${MANIFEST} says ${count}`);
  const [begin, end] = [String(records[0]?.position), String(records.at(-1)?.position)];
  if (begin !== first || end !== last)
    throw new BadExport(`${file} goes from position ${begin} to ${end}, ${MANIFEST} says ${first} to ${last}`);
  return records;
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
