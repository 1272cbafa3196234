import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inPackage } from '../../package.js';
import { isNoneMatch } from '../etag.js';
import { HttpProblem } from '../problems.js';

/** Where scripts/bundle.mjs puts scripts and styles. */
const FOLDER = inPackage('dist/control-room/');

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const NAME = /^[a-z]+(?:-[A-Z0-9]{8})?\.(js|css)$/;

interface Asset {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Read once; there are a handful. */
const assets = new Map<string, Promise<Asset>>();

/** Answers a script or a style, or 304. Throws 404. */
export async function sendAsset(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { file } = request.params as { file: string };
  const extension = NAME.exec(file)?.[1];
  if (extension === undefined) throw new HttpProblem('not-found');
  const { bytes, etag } = await assetOf(file);
  reply.header('etag', etag).header('cache-control', 'no-cache').type(TYPES[extension]!);
  return isNoneMatch(request.headers['if-none-match'], etag) ? reply.code(304).send() : reply.send(bytes);
}

function assetOf(file: string): Promise<Asset> {
  const known = assets.get(file);
  if (known !== undefined) return known;
  const read = readFile(new URL(file, FOLDER)).then((bytes) => ({
    bytes,
    etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`,
  }));
  assets.set(file, read);
  return read.catch((error: NodeJS.ErrnoException) => {
    assets.delete(file);
    throw error.code === 'ENOENT' ? new HttpProblem('not-found') : error;
  });
}
