import { access, constants } from 'node:fs/promises';
import packaged from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

/** Where systems put it. */
const PLACES = [
  ...['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'],
  ...['/snap/bin/chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const NONE =
  'There is no Chromium to test the control room in. Install one (apt-get install chromium), or name one in ' +
  'HOLDFAST_CHROMIUM; on Linux with x64 processors a package brings its own.';

const ARGS = ['--no-sandbox', '--disable-dev-shm-usage', '--hide-scrollbars', '--font-render-hinting=none'];

/** A headless Chromium: the one that is named, else the system's, else the one that comes as a package. Throws where none runs. */
export async function openBrowser(): Promise<Browser> {
  const named = process.env['HOLDFAST_CHROMIUM'];
  const executablePath = named ?? (await systemChromium()) ?? (await packagedChromium());
  return chromium.launch({ executablePath, args: ARGS });
}

async function systemChromium(): Promise<string | null> {
  for (const place of PLACES)
    if (
      await access(place, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return place;
  return null;
}

/** Unpacked into the folder for temporary files, once. */
async function packagedChromium(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(NONE);
  return packaged.executablePath().catch((cause: unknown) => {
    throw new Error(NONE, { cause });
  });
}
