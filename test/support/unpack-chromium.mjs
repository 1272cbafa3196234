/** Unpacks the Chromium that comes as a package into the folder for temporary files; a process of its own, for that is TMPDIR. */
import chromium from '@sparticuz/chromium';

await chromium.executablePath();
