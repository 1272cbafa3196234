import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

/** Where systems put it. The one without windows takes two thirds of the time. */
const PLACES = [
  ...[
    '/usr/bin/chromium-headless-shell',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
  ],
  ...['/snap/bin/chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const NONE =
  'There is no Chromium to test the control room in. Install one (apt-get install chromium-headless-shell), or name one in ' +
  'HOLDFAST_CHROMIUM; on Linux with x64 processors a package brings its own.';

const UNPACK = fileURLToPath(new URL('unpack-chromium.mjs', import.meta.url));
const ARGS = ['--no-sandbox', '--disable-dev-shm-usage', '--hide-scrollbars', '--font-render-hinting=none'];

/**
 * A headless Chromium: the one that HOLDFAST_CHROMIUM names (`packaged`: the one of the package), else the system's, else
 * the one that comes as a package. Throws where none runs.
 */
export async function openBrowser(): Promise<Browser> {
  const named = process.env['HOLDFAST_CHROMIUM'];
  const found = named === 'packaged' ? null : (named ?? (await systemChromium()));
  const options = found === null ? await packagedChromium() : { executablePath: found };
  return chromium.launch({ ...options, args: ARGS });
}

async function systemChromium(): Promise<string | null> {
  const isThere = (place: string): Promise<boolean> =>
    access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
  for (const place of PLACES) if (await isThere(place)) return place;
  return null;
}

/** Unpacked once, into the folder for temporary files, with the libraries and fonts that a bare system does not have. */
async function packagedChromium(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(NONE);
  const folder = path.join(tmpdir(), 'holdfast-chromium-138-with-fonts');
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) await unpackInto(folder);
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: path.join(folder, 'al2023/lib'),
    FONTCONFIG_PATH: path.join(folder, 'fonts'),
  };
  return { executablePath: path.join(folder, 'chromium'), env: env as Record<string, string> };
}

/** Whole or not at all: of two who unpack at once, one comes second and leaves it. */
async function unpackInto(folder: string): Promise<void> {
  const draft = await mkdtemp(`${folder}.`);
  try {
    // The libraries only where the package takes itself to be at Amazon's.
    const env = { ...process.env, TMPDIR: draft, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' };
    await promisify(execFile)(process.execPath, [UNPACK], { env });
    await writeFile(path.join(draft, 'fonts/fonts.conf'), fontsIn(path.join(folder, 'fonts')));
    await rename(draft, folder).catch(() => undefined);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The package's own looks for them where it is unpacked at Amazon's. Without any font Chromium breaks off at a field for text. */
const fontsIn = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/cache</cachedir>
</fontconfig>
`;
