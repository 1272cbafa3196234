#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { prepareToRun } from '../scripts/prepare.mjs';

const built = new URL('../dist/bundle/holdfast.js', import.meta.url);

prepareToRun();
process.argv[1] = fileURLToPath(built);
await import(built.href);
