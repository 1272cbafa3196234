import { drawChart } from '../../bench/support/chart.js';
import { withFigures } from '../../bench/support/markdown.js';
import { fromJson, reachedBy, toJson, type Header, type Line } from '../../bench/support/line.js';

const header: Header = {
  command: 'npm run bench -- --only "<flash>"',
  date: '2027-03-01T18:00:00.000Z',
  machine: '2 × a processor & more',
  versions: 'Holdfast 0, Node 0',
  database: 'PostgreSQL 0',
};
const bar = (name: string, median: number, more: Partial<Line> = {}): Line => ({
  scenario: 'flash',
  what: `${name}, bookings`,
  unit: '/s',
  figure: { median, min: median / 2, max: median * 2 },
  runs: 3,
  bar: { panel: 'flash', name, isOurs: name === 'Holdfast' },
  ...more,
});
const point = (x: number, median: number): Line => ({
  scenario: 'stream length',
  what: 'cold load',
  unit: 'ms',
  figure: { median, min: median, max: median },
  runs: 1,
  point: { panel: 'Length of a stream', curve: 'cold load', x, xLabel: 'domain events' },
});
const lines: readonly Line[] = [
  bar('Holdfast', 30_000, { target: { atLeast: 2 }, note: 'p99 9 ms' }),
  bar('SELECT … FOR UPDATE', 900),
  bar('a "rival" <of> & others', 12, { void: 'its client reaches less than 80 % of pgbench' }),
  point(10, 0.5),
  point(1_000_000, 2_000),
  { ...bar('not in the chart', 1), bar: undefined as never },
].map(({ bar: place, ...line }) => (place === undefined ? line : { ...line, bar: place }));

/** Tags that are opened and not closed, or closed and not opened; text that is no text. Empty: it is well-formed. */
function faultsOf(svg: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  const rest = svg.replaceAll(
    /<(\/?)([a-z]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, closes, name: string, _a, empty) => {
      if (closes === '/') {
        if (open.pop() !== name) faults.push(`</${name}>`);
      } else if (empty !== '/') open.push(name);
      return '';
    },
  );
  if (/[<>]|&(?!(amp|lt|gt|quot);)/.test(rest)) faults.push(`not text: ${rest}`);
  return [...faults, ...open.map((name) => `<${name}>`)];
}

describe('the chart', () => {
  const svg = drawChart(header, lines);

  it('is a well-formed document, whatever the names hold', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    expect(faultsOf(svg)).toEqual([]);
    expect(faultsOf(svg.replace('</text>', ''))).not.toEqual([]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('names everybody who has a bar, the machine and the command', () => {
    for (const words of ['Holdfast', 'SELECT … FOR UPDATE', '2 × a processor &amp; more', '2027-03-01', 'cold load'])
      expect(svg).toContain(words);
    expect(svg).toContain('&lt;flash&gt;');
    expect(svg).not.toContain('not in the chart');
  });

  it('gives a tenfold rate one more step, however large both are', () => {
    const widths = [100, 1_000, 10_000].map((median) => {
      const drawn = drawChart(header, [bar('Holdfast', median), bar('least', 10), bar('most', 100_000)]);
      const shapes = [...drawn.matchAll(/<rect x="264" y="[\d.]+" width="([\d.]+)" height="14"/g)];
      return Number(shapes[0]![1]);
    });
    expect(widths[1]! - widths[0]!).toBeCloseTo(widths[2]! - widths[1]!, 0);
    expect(widths[1]! - widths[0]!).toBeGreaterThan(10);
  });

  it('is the same from figures that were kept', () => {
    const kept = [JSON.stringify(header), ...lines.map(toJson), JSON.stringify({ wrong: 'something' })].join('\n');
    const read = fromJson(kept);
    expect(read).toEqual({ header, lines });
    expect(drawChart(read.header, read.lines)).toBe(svg);
  });

  it('cannot be drawn of figures from nowhere', () => {
    expect(() => fromJson(toJson(lines[0]!))).toThrow('no header');
  });
});

describe('the page', () => {
  const page =
    'Before.\n<!-- figures: written by npm run bench, from here -->\nstale\n<!-- figures: to here -->\nAfter.\n';

  it('gets the figures between its marks, with what falls short and what is void', () => {
    const missed = bar('Holdfast', 1, { target: { atLeast: 2 } });
    const written = withFigures(page, header, [...lines, missed]);
    expect(written).toMatch(/^Before\.\n[^]*\nAfter\.\n$/);
    expect(written).not.toContain('stale');
    expect(written).toContain('1 of 2 targets reached.');
    expect(written).toContain('| Holdfast, bookings | ≥ 2/s | 1/s, **short** |');
    expect(written).toMatch(/\*\*void\*\* .* its client reaches less/);
    expect(withFigures(written, header, [...lines, missed])).toBe(written);
  });

  it('counts a void figure as one that has not reached its target, as the terminal does', () => {
    const target = { atLeast: 2 };
    expect(reachedBy([bar('Holdfast', 3, { target }), bar('Holdfast', 3, { target, void: 'its client' })])).toBe(
      '1 of 2 targets reached.',
    );
  });

  it('must have a place for them', () => {
    expect(() => withFigures('Before.', header, lines)).toThrow('no place');
  });
});
