/** One version in the list of changes, newest first. `date`: of its release, as 2027-02-01; null: not released yet. */
export interface Version {
  readonly name: string;
  readonly date: string | null;
  /** What stands below its heading. */
  readonly text: string;
}

const HEADING = /^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?$/gm;
const SEMANTIC = /^(\d+)\.(\d+)\.(\d+)$/;
const UNRELEASED = 'Unreleased';

/** Every version of CHANGELOG.md, in its order. */
export function versionsIn(changelog: string): Version[] {
  const headings = [...changelog.matchAll(HEADING)];
  return headings.map(({ index, 0: heading, 1: name = '', 2: date }, n) => ({
    ...{ name, date: date ?? null },
    text: changelog.slice(index + heading.length, headings[n + 1]?.index ?? changelog.length).trim(),
  }));
}

/** Where versions are said, and what is said there, by file. */
export type Said = Readonly<Record<string, string>>;

/** What does not agree, in sentences. Before the first release the package has the version that is to come. */
export function disagreements(changelog: string, said: Said): string[] {
  const [unreleased, ...released] = versionsIn(changelog);
  const found: string[] = [];
  if (unreleased?.name !== UNRELEASED || unreleased.date !== null)
    found.push('CHANGELOG.md: the first heading is [Unreleased], for what comes next');
  for (const [n, { name, date }] of released.entries()) {
    if (!SEMANTIC.test(name) || date === null) found.push(`CHANGELOG.md: ${name} is no version with a date`);
    const older = released[n + 1];
    if (older !== undefined && compare(name, older.name) <= 0)
      found.push(`CHANGELOG.md: ${name} stands above ${older.name}`);
  }
  const [newest] = released;
  const version = newest?.name ?? said['package.json'];
  for (const [file, present] of Object.entries(said))
    if (present !== version) found.push(`${file}: says ${present}, and the version is ${version}`);
  return found;
}

/**
 * The version of the next release, by what is written down for it: something removed or `**Breaking**` is a major one
 * (before 1.0 a minor one), anything but mends a minor one. Null: nothing is written down.
 */
export function nextVersion(changelog: string, present: string): string | null {
  const [unreleased, newest] = versionsIn(changelog);
  if (unreleased === undefined || unreleased.text === '') return null;
  if (newest === undefined) return present;
  const [major, minor, patch] = partsOf(present);
  const titles = [...unreleased.text.matchAll(/^### (\w+)$/gm)].map(([, title]) => title!);
  const isBreaking = titles.includes('Removed') || unreleased.text.includes('**Breaking**');
  if (isBreaking && major > 0) return `${major + 1}.0.0`;
  const isMend = titles.length > 0 && titles.every((title) => title === 'Fixed' || title === 'Security');
  return isMend && !isBreaking ? `${major}.${minor}.${patch + 1}` : `${major}.${minor + 1}.0`;
}

/** The list of changes once what was unreleased is this version. */
export const withRelease = (changelog: string, version: string, date: string): string =>
  changelog.replace(`## [${UNRELEASED}]`, `## [${UNRELEASED}]\n\n## [${version}] - ${date}`);

export const isVersion = (text: string): boolean => SEMANTIC.test(text);

/** Below 0: the first is the older one. */
export function compare(one: string, other: string): number {
  const [before, after] = [partsOf(one), partsOf(other)];
  const at = before.findIndex((part, n) => part !== after[n]);
  return at < 0 ? 0 : before[at]! - after[at]!;
}

function partsOf(version: string): [number, number, number] {
  const [, major, minor, patch] = SEMANTIC.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
}
