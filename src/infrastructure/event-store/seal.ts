import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Head, LogReport, LogWalk, Place } from './log-walk.js';

/** What is signed begins with this, so that no signature made for something else can pose as a seal. */
const CONTEXT = 'holdfast log seal 1\n';
const HEADS_AT_ONCE = 1_000;

/** The first line of a seal; after it one line for each stream's head, by name, and the signature. */
export interface SealTitle {
  readonly seal: 1;
  readonly logId: string;
  readonly sealedAt: string;
  readonly records: number;
  /** Of the last record. */
  readonly position: string;
  readonly digest: string;
}

/** A file that is no seal, is cut off, was changed, or was made with another key. */
export class BadSeal extends Error {
  override readonly name = 'BadSeal';
}

/** A pair of Ed25519 keys as PEM. */
export function newKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** The key in a PEM with which seals are signed. Throws BadSeal where there is none. */
export function sealingKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // OpenSSL's own words are for those who know its decoders.
  }
  throw new BadSeal('the key is not an Ed25519 private key, as PEM and without a passphrase');
}

/** The lines of a seal over what a walk has found in order. */
export async function* sealOf(
  walk: LogWalk,
  { logId, sealedAt }: Pick<SealTitle, 'logId' | 'sealedAt'>,
  { records, position, digest }: LogReport,
  key: KeyObject,
): AsyncGenerator<string> {
  const content = createHash('sha256');
  const line = (value: object): string => {
    const text = `${JSON.stringify(value)}\n`;
    content.update(text);
    return text;
  };
  const title: SealTitle = { seal: 1, logId, sealedAt, records, position: String(position), digest };
  yield line(title);
  for await (const heads of walk.heads())
    yield heads.map(({ stream, revision, hash }) => line({ stream, revision, hash })).join('');
  const signature = sign(null, signed(content.digest('hex')), key).toString('base64');
  yield `${JSON.stringify({ signature })}\n`;
}

/** The title of a seal whose signature has been checked over the whole file. `key`: PEM. Throws BadSeal. */
export async function readSeal(file: string, key: string): Promise<SealTitle> {
  const publicKey = publicKeyOf(key);
  const content = createHash('sha256');
  let title: SealTitle | null = null;
  let signature: string | null = null;
  for await (const line of linesOf(file)) {
    if (signature !== null) throw new BadSeal('the seal goes on after its signature');
    const value = objectIn(line);
    if (typeof value['signature'] === 'string') signature = value['signature'];
    else content.update(`${line}\n`);
    title ??= titleIn(value);
  }
  if (title === null || signature === null) throw new BadSeal('the seal is cut off: it has no signature');
  if (!verify(null, signed(content.digest('hex')), publicKey, Buffer.from(signature, 'base64')))
    throw new BadSeal('the signature does not fit: the seal was changed, or made with another key');
  return title;
}

/** Which sealed heads are no longer in the log as they were: gone, or with another hash. At most `most`. */
export async function brokenHeads(
  file: string,
  walk: Pick<LogWalk, 'linksAt'>,
  most: number,
): Promise<(Place & { readonly what: string })[]> {
  const broken: (Place & { what: string })[] = [];
  let heads: Head[] = [];
  const compare = async (): Promise<void> => {
    const links = heads.length === 0 ? [] : await walk.linksAt(heads);
    for (const [n, { stream, revision, hash }] of heads.entries()) {
      const link = links[n] ?? null;
      if (link?.hash === hash || broken.length >= most) continue;
      const what =
        link === null
          ? 'was sealed and is gone'
          : 'is not the record that was sealed: it, or one before it, was rewritten';
      broken.push({ stream, revision, what });
    }
    heads = [];
  };
  for await (const line of linesOf(file)) {
    const { stream, revision, hash } = objectIn(line) as Partial<Head>;
    if (stream === undefined || revision === undefined || hash === undefined) continue;
    if (heads.push({ stream, revision, hash }) >= HEADS_AT_ONCE) await compare();
  }
  await compare();
  return broken;
}

const signed = (digest: string): Buffer => Buffer.from(CONTEXT + digest);

function publicKeyOf(pem: string) {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new BadSeal('the key is not an Ed25519 public key');
  return key;
}

const linesOf = (file: string) => createInterface({ input: createReadStream(file), crlfDelay: Infinity });

function objectIn(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below, as everything else that is no line of a seal.
  }
  throw new BadSeal('this is not a seal, or it is cut off');
}

function titleIn(value: Readonly<Record<string, unknown>>): SealTitle {
  if (value['seal'] !== 1 || typeof value['records'] !== 'number' || typeof value['digest'] !== 'string')
    throw new BadSeal('this is not a seal of this version');
  return value as unknown as SealTitle;
}
