import uPlot from 'uplot';
import type { CourseColumns } from '../../shared/chart.js';

const HEIGHT = 220;
const MS = 1_000;
const DAY_S = 86_400;
const UTC = { timeZone: 'UTC' };
/** Of the width, after the last fact. */
const SPARE = 0.02;

/** How the places went, as lines in steps; the moment that is looked at is a line from top to bottom. */
export class CourseChart {
  private plot: uPlot | null = null;
  private readonly place = document.createElement('div');
  private readonly dark = matchMedia('(prefers-color-scheme: dark)');

  constructor(
    figure: HTMLElement,
    private course: CourseColumns,
    private at: number,
    /** Somebody points at a moment: the revision of the fact at or before it. */
    private readonly onPick: (revision: number) => void,
  ) {
    figure.append(this.place);
    this.dark.addEventListener('change', () => this.draw());
    new ResizeObserver(() => this.plot?.setSize({ width: this.place.clientWidth, height: HEIGHT })).observe(figure);
    this.draw();
  }

  show(course: CourseColumns): void {
    this.course = course;
    this.plot?.setData(dataOf(course));
  }

  /** `at`: milliseconds since 1970. */
  mark(at: number): void {
    this.at = at;
    this.plot?.redraw(false);
  }

  private draw(): void {
    this.plot?.destroy();
    const style = getComputedStyle(this.place);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const series = (label: string, name: string, more: Partial<uPlot.Series>): uPlot.Series => ({
      ...{ label, stroke: colour(name), width: 1.5, paths: stepped, points: { show: false } },
      ...more,
    });
    const axis: uPlot.Axis = {
      ...{ stroke: colour('soft'), font: `12px ${style.fontFamily}` },
      ...{ grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1 } },
    };
    const options: uPlot.Options = {
      ...{ width: this.place.clientWidth, height: HEIGHT, padding: [8, 8, 0, 0] },
      legend: { show: false },
      // As the facts beside it say when they were.
      tzDate: (second) => uPlot.tzDate(new Date(second * MS), 'Etc/UTC'),
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: (_, from, to) => [from, to + Math.max(1, (to - from) * SPARE)] },
        y: { range: (_, __, most) => [0, Math.max(1, most * 1.06)] },
      },
      axes: [
        { ...axis, values: timesOf },
        { ...axis, size: 44 },
      ],
      series: [
        {},
        series('held and confirmed', 'held', { fill: colour('held') }),
        series('confirmed', 'confirmed', { fill: colour('confirmed') }),
        series('capacity', 'ink', { dash: [5, 4] }),
        // On a ground of its own, for it crosses the areas.
        series('waiting', 'sheet', { width: 5 }),
        series('waiting', 'waiting', { width: 2.5 }),
      ],
      hooks: { draw: [(plot) => this.drawMark(plot, colour('ink'))] },
    };
    this.plot = new uPlot(options, dataOf(this.course), this.place);
    this.plot.over.addEventListener('click', () => this.pick());
  }

  private drawMark(plot: uPlot, colour: string): void {
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(this.at / MS, 'x', true));
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  private pick(): void {
    const { idx, left = -1 } = this.plot!.cursor;
    if (idx == null || left < 0) return;
    const at = this.plot!.posToVal(left, 'x') * MS;
    const index = this.course.at[idx]! > at ? Math.max(0, idx - 1) : idx;
    this.onPick(this.course.revision[index]!);
  }
}

/** Times of the day, the day below the first of each; days where they are days apart. */
function timesOf(_: uPlot, splits: number[], __: number, ___: number, everyS: number): string[] {
  let day = '';
  return splits.map((second) => {
    const date = new Date(second * MS);
    const its = date.toLocaleDateString('en-GB', { ...UTC, day: 'numeric', month: 'short' });
    if (everyS >= DAY_S) return its;
    const time = date.toLocaleTimeString('en-GB', { ...UTC, hour: '2-digit', minute: '2-digit' });
    const isNew = its !== day;
    day = its;
    return isNew ? `${time}\n${its}` : time;
  });
}

function dataOf({ at, taken, confirmed, capacity, waiting }: CourseColumns): uPlot.AlignedData {
  const line = waiting.map((turns) => (turns === 0 ? null : turns));
  return [at.map((instant) => instant / MS), [...taken], [...confirmed], [...capacity], line, line];
}
