import './jest-typescript.mjs';

/** Runs the TypeScript hook beside this file, once after all specs. */
export default async function globalTeardown(globalConfig, projectConfig) {
  const { default: teardown } = await import(new URL('global-teardown.ts', import.meta.url).href);
  await teardown(globalConfig, projectConfig);
}
