import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hashBeforeIn } from './chain.js';
import { digestOf, wrongWithFile } from './log-files.js';
import { BadExport, MOST_BYTES, recordsIn, type Manifest, type Part } from './log-format.js';
import { ChainCheck, WALK_BOUNDS, type DatedRecord, type Place } from './log-walk.js';
import { recordId } from './sealer.js';

const NOTHING_WRITTEN =
  'Nothing was imported. Copy the files again, or run holdfast log export again on the same folder.';

/** The first file of an export that is not as it was written, and where, in words; null when all are. */
export async function wrongWithExport(folder: string, manifest: Manifest): Promise<string | null> {
  for (const file of [...manifest.parts, manifest.heads]) {
    const wrong = await wrongWithFile(folder, file);
    if (wrong === null) continue;
    const where = await whereIn(folder, manifest, file.file);
    return `${file.file}: ${wrong}${where === null ? '' : `; ${where}`}. ${NOTHING_WRITTEN}`;
  }
  return null;
}

/** As near as it can be told; the bytes are known to be wrong. */
async function whereIn(folder: string, manifest: Manifest, file: string): Promise<string | null> {
  const found = await digestOf(folder, file);
  if (found === null) return null;
  const other = manifest.parts.find(({ sha256 }) => sha256 === found.sha256);
  if (other !== undefined) return `it is what ${other.file} should be`;
  const at = manifest.parts.findIndex((part) => part.file === file);
  if (at < 0 || found.bytes > 2 * MOST_BYTES) return null;
  return firstBadLine(await readFile(path.join(folder, file)), manifest.parts[at]!, {
    isGapless: manifest.gapless,
    after: BigInt(manifest.parts[at - 1]?.last ?? 0),
  });
}

/** Holds a part against itself: what a stream's first record in it follows is taken from that record. */
async function firstBadLine(
  bytes: Buffer,
  part: Part,
  { isGapless, after }: { readonly isGapless: boolean; readonly after: bigint },
): Promise<string | null> {
  let records: DatedRecord[];
  try {
    records = recordsIn(part.file, bytes);
  } catch (error) {
    if (error instanceof BadExport) return error.message;
    throw error;
  }
  const linksAt = async (places: readonly Place[]) => places.map((place) => linkBefore(records, place));
  const check = new ChainCheck({ isGapless, linksAt }, WALK_BOUNDS, after);
  await check.page(records);
  const [finding] = check.findings;
  if (finding === undefined)
    return records.length < part.records ? `it has ${records.length} of its ${part.records} lines` : null;
  return `line ${1 + records.findIndex(({ position }) => position >= finding.position!)}: ${finding.what}`;
}

function linkBefore(records: readonly DatedRecord[], { stream, revision }: Place) {
  const next = records.find((record) => record.stream === stream);
  if (next?.revision !== revision + 1) return null;
  const hash = hashBeforeIn(next);
  return { position: 0n, revision, id: recordId(hash), hash };
}
