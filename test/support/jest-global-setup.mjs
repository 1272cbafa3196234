import './jest-typescript.mjs';

/** Runs the TypeScript hook beside this file, once before all specs. */
export default async function globalSetup(globalConfig, projectConfig) {
  const { default: setup } = await import(new URL('global-setup.ts', import.meta.url).href);
  await setup(globalConfig, projectConfig);
}
