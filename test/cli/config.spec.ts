import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { settingsDocs } from '../../scripts/docs/settings.js';
import { registerConfig } from '../../src/cli/config.js';
import { examineSettings, loadStoreConfig } from '../../src/infrastructure/config.js';
import { run } from '../support/cli.js';

interface Told {
  readonly name: string;
  readonly value: string | null;
  readonly origin: string;
  readonly default: string | null;
  readonly expected: string;
  readonly refused: boolean;
}

const config = (settings: Record<string, string>, ...words: string[]) =>
  run(registerConfig, settings, 'config', ...words);

async function told(settings: Record<string, string>) {
  const { stdout, exitCode } = await config(settings, '--json');
  const json = JSON.parse(stdout) as { ok: boolean; settings: Told[]; problems: { name: string }[] };
  return { ...json, exitCode, byName: new Map(json.settings.map((setting) => [setting.name, setting])) };
}

/** The conventions of terminals, and what our own scripts hand on to their children. */
const NOT_OURS = ['NO_COLOR', 'FORCE_COLOR', 'TERM', 'PATH', 'MUTATED_ROOM'];

describe('the settings', () => {
  const { questions } = examineSettings({});
  const names = questions.map(({ name }) => name).sort();
  const documents = settingsDocs();

  it('are all that any program here reads of the environment', () => {
    const read = new Set<string>();
    const files = ['src', 'projections', 'bench', 'scripts', 'bin'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
    );
    for (const file of files.filter((name) => /\.(ts|mjs)$/.test(name))) {
      const text = readFileSync(file, 'utf8');
      for (const [, name] of text.matchAll(/\benv(?:\.|\[')([A-Z][A-Z0-9_]+)\b/g)) read.add(name!);
      for (const [, name] of text.matchAll(/\bsettings\s*\.\w+\(\s*'([A-Z][A-Z0-9_]+[A-Z0-9])'/g)) read.add(name!);
    }
    expect(read.size).toBeGreaterThan(20);
    expect([...read].filter((name) => !names.includes(name) && !NOT_OURS.includes(name))).toEqual([]);
  });

  it('are each in docs/settings.md and, with their defaults, in .env.example', () => {
    const rows = documents.get('docs/settings.md')!.matchAll(/^\| `([A-Z0-9_]+)` \|.*\| \S.* \|$/gm);
    expect([...rows].map(([, name]) => name).sort()).toEqual(names);
    const lines = documents.get('.env.example')!.replaceAll(/^#(?=[A-Z0-9_]+=)/gm, '');
    const env = parseEnv(lines) as Record<string, string>;
    expect(Object.keys(env).sort()).toEqual(names);
    expect(loadStoreConfig(env)).toEqual(loadStoreConfig({}));
    // Whoever sets one of AUTH_, even to its default, has to say how tokens are checked.
    const { problems } = examineSettings(env);
    expect(problems.map(({ name }) => name)).toEqual(['AUTH_JWKS_URL']);
    for (const name of ['AUTH_USER_ID', 'AUTH_OIDC_SCOPE']) delete env[name];
    expect(examineSettings(env).problems).toEqual([]);
  });
});

describe('holdfast config', () => {
  it('shows what is in force and where it comes from', async () => {
    const { ok, exitCode, byName } = await told({ PORT: '0', STREAM_PREFIX: ' room- ', LOCKING: '' });
    expect([ok, exitCode]).toEqual([true, null]);
    expect(byName.get('PORT')).toEqual({
      ...{ name: 'PORT', value: '0', origin: 'environment', default: '3000' },
      ...{ expected: 'an integer from 0 to 65535', refused: false },
    });
    expect(byName.get('STREAM_PREFIX')).toMatchObject({ value: 'room-', origin: 'environment' });
    expect(byName.get('LOCKING')).toMatchObject({ value: 'optimistic', origin: 'default' });
    expect(byName.get('DATABASE_URL')).toMatchObject({ value: null, origin: 'default' });
    const { stdout, stderr } = await config({ PORT: '0' });
    expect(stdout).toMatch(/^PORT +environment {2}0\n/m);
    expect(stdout).toMatch(/^HOST +default {6}127\.0\.0\.1\n/m);
    expect(stderr).toBe('');
  });

  it('says which are refused and what was expected, and that it would not start', async () => {
    const env = { PORT: 'http', AUTH_ISSUR: 'x', DATA_DIR: path.join(tmpdir(), 'holdfast-never-made') };
    const { ok, exitCode, byName, problems } = await told(env);
    expect([ok, exitCode, problems.map(({ name }) => name).sort()]).toEqual([false, 3, ['AUTH_ISSUR', 'PORT']]);
    expect(byName.get('PORT')).toMatchObject({ value: null, origin: 'environment', refused: true });
    const { stdout, stderr } = await config(env);
    expect(stdout).toMatch(/^PORT +environment {2}refused$/m);
    expect(stderr).toContain('PORT: expected an integer from 0 to 65535\n');
    expect(existsSync(env.DATA_DIR)).toBe(false);
  });

  it('masks what is a secret, whoever asks for it, and nothing that is a choice', async () => {
    const { questions } = examineSettings({});
    expect(questions.filter(({ kind }) => kind === 'secret').map(({ name }) => name)).toEqual([
      ...['AUTH_HS256_SECRET', 'AUTH_USER_ID_SECRET', 'METRICS_TOKEN', 'WEBHOOKS_KEY', 'AUTH_OIDC_CLIENT_SECRET'],
    ]);
    const { byName } = await told({ WEBHOOKS_ALLOW_PRIVATE: 'on' });
    expect(byName.get('WEBHOOKS_ALLOW_PRIVATE')).toMatchObject({ value: 'on', origin: 'environment' });
  });

  const S = 'hush-hush-hush-hush-hush-hush-hush';
  it.each([
    ['AUTH_HS256_SECRET', S, '***'],
    ['AUTH_USER_ID_SECRET', S, null],
    ['METRICS_TOKEN', S, '***'],
    ['DATABASE_URL', `postgres://ann:${S}@db:5432/holdfast`, 'postgres://***@db:5432/holdfast'],
    ['DATABASE_URL', `postgres://db/holdfast?password=${S}&sslmode=require`, 'postgres://db/holdfast?***'],
    ['DATABASE_URL', `postgres://ann:a@${S}@db/x`, 'postgres://***@db/x'],
    ['DATABASE_URL', `mysql://ann:${S}@db/x`, null],
    ['EVENT_STORE_URL', `esdb://ann:${S}@one:2113,two:2113?tls=false`, 'esdb://***@one:2113,two:2113?***'],
    ['EVENT_STORE_URL', S, null],
    ['AUTH_JWKS_URL', `https://id.example/keys?code=${S}`, 'https://id.example/keys?***'],
    ['PORT', S, null],
    ['AUTH_HS256_SECRET', 'hush', null],
  ])('never shows the secret in %s=%s', async (name, value, shown) => {
    for (const words of [[], ['--json']]) {
      const { stdout, stderr } = await config({ [name]: value }, ...words);
      expect(stdout + stderr).not.toContain('hush');
    }
    expect((await told({ [name]: value })).byName.get(name)).toMatchObject({ value: shown, origin: 'environment' });
  });
});
