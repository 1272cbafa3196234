import { losses, surface, type Surface } from '../../scripts/contract/surface.js';

type Plain = Record<string, Record<string, never>>;

const now = surface();
const changed = (change: (copy: Record<keyof Surface, Plain>) => unknown): Surface => {
  const copy = structuredClone(now) as unknown as Record<keyof Surface, Plain>;
  change(copy);
  return copy as unknown as Surface;
};

it('what there is breaks nobody who relies on it, and there is much of it', () => {
  expect(losses(now, now)).toEqual([]);
  const counts = Object.values(now).map((names) => Object.keys(names as object).length);
  expect(counts.every((count) => count >= 10)).toBe(true);
});

it.each<[string, (copy: Record<keyof Surface, Plain>) => unknown, string]>([
  ['a verb is gone', ({ cli }) => delete cli['holdfast audit'], 'command holdfast audit: is gone'],
  [
    'an option is gone',
    ({ cli }) => delete cli['holdfast audit']!['--as-of'],
    'command holdfast audit: --as-of is gone',
  ],
  [
    'an option has to be said',
    ({ cli }) => Object.assign(cli['holdfast verify']!, { '--why': 'needed' }),
    'command holdfast verify: --why has to be said now',
  ],
  [
    'a metric is of another type',
    ({ metrics }) => Object.assign(metrics, { holdfast_appends_total: 'gauge' }),
    'metric holdfast_appends_total: is gauge and was counter',
  ],
  ['a setting is gone', ({ settings }) => delete settings['PORT'], 'setting PORT: is gone'],
  [
    'a default is another one',
    ({ settings }) => Object.assign(settings, { PORT: null }),
    'setting PORT: is unset and was 3000',
  ],
  ['a view is gone', ({ views }) => delete views['waitlist'], 'view waitlist: is gone'],
  [
    'a column is of another type',
    ({ views }) => Object.assign(views['lead_time']!, { days: 'text' }),
    'view lead_time: column days is text and was',
  ],
])('%s', (_what, change, said) => {
  expect(losses(now, changed(change))).toEqual([expect.stringContaining(said)]);
});

it('more of everything breaks nobody', () => {
  const more = changed(({ cli, metrics, settings, views }) => {
    Object.assign(cli, { 'holdfast dance': { '<where>': 'needed' } });
    Object.assign(cli['holdfast audit']!, { '--more': 'optional' });
    Object.assign(metrics, { holdfast_more_total: 'counter' });
    Object.assign(settings, { MORE: null });
    Object.assign(views['waitlist']!, { more: 'text' });
  });
  expect(losses(now, more)).toEqual([]);
});
