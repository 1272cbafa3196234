#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/bundle/holdfast.js', import.meta.url);
const prepare = new URL('../scripts/prepare.mjs', import.meta.url);

// A checkout installs and builds what is missing; a package has all it needs.
if (existsSync(prepare)) (await import(prepare.href)).prepareToRun();
process.argv[1] = fileURLToPath(built);
await import(built.href);
