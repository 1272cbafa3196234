import type { Header, Line } from './line.js';
import { groupsOf } from './sale.js';
import { GRID, INK, LogScale, OURS, PALE, THEIRS, dot, line, path, rect, short, text, type Box } from './svg.js';

const WIDTH = 1_120;
const MARGIN = 28;
const GAP = 24;
const HEAD = 108;
const FOOT = 74;
const COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2;
/** Of a panel of bars: title, one row for each bar, ticks. */
const TITLE = 34;
const ROW = 24;
const TICKS = 26;
const NAME = 236;
const FIGURE = 64;
const CURVES_HEIGHT = 250;
const COLOURS = [OURS, '#b7791f', '#4c63b6', '#ab1d4d'];

type Bar = Line & { readonly bar: NonNullable<Line['bar']> };
type Point = Line & { readonly point: NonNullable<Line['point']> };

/**
 * One picture of all figures that have a place in it: bars of everybody who did the same, on a scale of factors, with the
 * spread of their runs; and curves of what grows. An SVG document by itself, without scripts, fonts or links.
 */
export function drawChart(header: Header, lines: readonly Line[]): string {
  const bars = groupsOf(
    lines.filter((each): each is Bar => each.bar !== undefined),
    ({ bar }) => bar.panel,
  );
  const curves = groupsOf(
    lines.filter((each): each is Point => each.point !== undefined),
    ({ point }) => point.panel,
  );
  const panels = [
    ...[...bars].map(([title, group]) => ({
      height: TITLE + group.length * ROW + TICKS,
      draw: (box: Box) => drawBars(title, group, box),
    })),
    ...[...curves].map(([title, group]) => ({
      height: CURVES_HEIGHT,
      draw: (box: Box) => drawCurves(title, group, box),
    })),
  ];
  // Two columns; the next panel goes where there is more room.
  const ends = [HEAD, HEAD];
  const drawn = panels.map(({ height, draw }) => {
    const column = ends[0]! <= ends[1]! ? 0 : 1;
    const box = { x: MARGIN + column * (COLUMN + GAP), y: ends[column]!, width: COLUMN, height };
    ends[column] = box.y + height + GAP;
    return draw(box);
  });
  const height = Math.max(...ends) + FOOT;
  const parts = [drawHead(), ...drawn, drawFoot(header, height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" role="img" aria-label="Holdfast beside other ways of selling places">`,
    rect({ x: 0, y: 0, width: WIDTH, height }, '#ffffff', 10),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawHead(): string {
  const legend =
    'Log scale: equal lengths are equal factors. Bars are medians, whiskers the slowest and the fastest run.';
  return [
    text(MARGIN, 40, 'Holdfast beside what one would write instead', { size: 22, bold: true }),
    text(MARGIN, 64, legend, { size: 13, fill: PALE }),
    rect({ x: MARGIN, y: 74, width: 12, height: 8 }, OURS, 2),
    text(MARGIN + 18, 82, 'Holdfast', { size: 11 }),
    rect({ x: MARGIN + 78, y: 74, width: 12, height: 8 }, THEIRS, 2),
    text(MARGIN + 96, 82, 'the others', { size: 11 }),
    rect({ x: MARGIN + 166, y: 74, width: 12, height: 8 }, '#ffffff', 2, THEIRS),
    text(MARGIN + 184, 82, 'void: bounded by its client', { size: 11 }),
  ].join('\n');
}

function drawFoot({ machine, versions, database, date, command }: Header, height: number): string {
  const rows = [`${command} · ${date.slice(0, 10)}`, `${machine} · ${versions}`, database];
  return rows.map((row, at) => text(MARGIN, height - FOOT + 20 + at * 17, row, { size: 11, fill: PALE })).join('\n');
}

function drawBars(title: string, group: readonly Bar[], box: Box): string {
  const left = box.x + NAME;
  const scale = new LogScale(
    group.flatMap(({ figure }) => [figure.median, figure.min, figure.max]),
    left,
    box.x + box.width - FIGURE,
  );
  const bottom = box.y + box.height - TICKS;
  const grid = scale.decades.flatMap((value) => [
    line(scale.at(value), box.y + TITLE - 8, scale.at(value), bottom, GRID),
    text(scale.at(value), bottom + 15, short(value), { size: 10, fill: PALE, anchor: 'middle' }),
  ]);
  const rows = group.map(({ bar, figure, void: isVoid }, at) => {
    const middle = box.y + TITLE + at * ROW + ROW / 2 - 4;
    const fill = isVoid !== undefined ? '#ffffff' : bar.isOurs ? OURS : THEIRS;
    const end = scale.at(figure.median);
    const shape = { x: left, y: middle - 7, width: Math.max(1, end - left), height: 14 };
    const after = Math.max(end, scale.at(figure.max)) + 6;
    return [
      text(left - 8, middle + 4, bar.name, { size: 11.5, anchor: 'end', bold: bar.isOurs }),
      rect(shape, fill, 2, isVoid === undefined ? 'none' : THEIRS),
      ...whisker(scale.at(figure.min), scale.at(figure.max), middle),
      text(after, middle + 4, short(figure.median), { size: 11.5, bold: bar.isOurs }),
    ].join('\n');
  });
  return [text(box.x, box.y + 14, title, { size: 14, bold: true }), ...grid, ...rows].join('\n');
}

function whisker(from: number, to: number, y: number): string[] {
  if (to - from < 2) return [];
  return [line(from, y, to, y, INK, 1), line(from, y - 3, from, y + 3, INK, 1), line(to, y - 3, to, y + 3, INK, 1)];
}

function drawCurves(title: string, group: readonly Point[], box: Box): string {
  const curves = groupsOf(group, ({ point }) => point.curve);
  const [top, bottom] = [box.y + TITLE + 14, box.y + box.height - 40];
  const [left, right] = [box.x + 46, box.x + box.width - 28];
  const across = new LogScale(
    group.map(({ point }) => point.x),
    left + 14,
    right,
  );
  const up = new LogScale(
    group.map(({ figure }) => figure.median),
    bottom,
    top,
  );
  const grid = [
    ...up.decades.flatMap((value) => [
      line(left, up.at(value), right, up.at(value), GRID),
      text(left - 8, up.at(value) + 4, short(value), { size: 10, fill: PALE, anchor: 'end' }),
    ]),
    ...across.decades.map((value) =>
      text(across.at(value), bottom + 16, short(value), { size: 10, fill: PALE, anchor: 'middle' }),
    ),
    text((left + right) / 2, bottom + 32, group[0]!.point.xLabel, { size: 11, fill: PALE, anchor: 'middle' }),
  ];
  const shapes = [...curves].flatMap(([name, points], at) => {
    const colour = COLOURS[at % COLOURS.length]!;
    const places = points.map(({ point, figure }) => [across.at(point.x), up.at(figure.median)] as const);
    const key = left + at * 170;
    return [
      rect({ x: key, y: box.y + 24, width: 12, height: 8 }, colour, 2),
      text(key + 18, box.y + 32, name, { size: 11 }),
      path(places, colour),
      ...places.flatMap(([x, y], n) => [
        dot(x, y, colour),
        text(x, y - 8, short(points[n]!.figure.median), { size: 10, fill: colour, anchor: 'middle' }),
      ]),
    ];
  });
  return [text(box.x, box.y + 14, title, { size: 14, bold: true }), ...grid, ...shapes].join('\n');
}
