import uPlot from 'uplot';

const HEIGHT = 160;
const MS = 1_000;
/** Looks that are kept: ten minutes. */
const MOST = 600;
/** What is shown from the beginning, in seconds. */
const LEAST_S = 60;

/** How far a generation has been behind: events as an area, seconds as a line with an axis of its own. */
export class LagChart {
  private plot: uPlot | null = null;
  private readonly place = document.createElement('div');
  private readonly dark = matchMedia('(prefers-color-scheme: dark)');
  private readonly at: number[] = [];
  private readonly events: (number | null)[] = [];
  private readonly seconds: (number | null)[] = [];

  constructor(figure: HTMLElement) {
    figure.append(this.place);
    this.dark.addEventListener('change', () => this.draw());
    new ResizeObserver(() => this.plot?.setSize({ width: this.place.clientWidth, height: HEIGHT })).observe(figure);
    this.draw();
  }

  /** `at`: milliseconds since 1970. Null: not known. */
  add(at: number, behind: number | null, lagMs: number | null): void {
    this.at.push(at / MS);
    this.events.push(behind);
    this.seconds.push(lagMs === null ? null : lagMs / MS);
    for (const column of [this.at, this.events, this.seconds]) if (column.length > MOST) column.shift();
    this.plot?.setData(this.data());
  }

  private data(): uPlot.AlignedData {
    return [[...this.at], [...this.events], [...this.seconds]];
  }

  private draw(): void {
    this.plot?.destroy();
    const style = getComputedStyle(this.place);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const font = `12px ${style.fontFamily}`;
    const axis = (more: uPlot.Axis): uPlot.Axis => ({
      ...{ stroke: colour('soft'), font, grid: { stroke: colour('line'), width: 1 } },
      ...{ ticks: { stroke: colour('line'), width: 1 } },
      ...more,
    });
    // Nothing behind is a line at the bottom, not one in the middle.
    const fromZero = (least: number) => (_: uPlot, __: number | null, most: number | null) =>
      [0, Math.max(least, (most ?? 0) * 1.1)] as uPlot.Range.MinMax;
    const options: uPlot.Options = {
      ...{ width: this.place.clientWidth, height: HEIGHT, padding: [8, 0, 0, 0], legend: { show: false } },
      cursor: { show: false },
      scales: {
        x: { time: true, range: (_, from, to) => [Math.min(from, to - LEAST_S), to] },
        events: { range: fromZero(10) },
        seconds: { range: fromZero(1) },
      },
      axes: [
        axis({
          values: (_, splits) => splits.map((second) => new Date(second * MS).toISOString().slice(11, 19)),
          space: 90,
          size: 34,
        }),
        axis({ scale: 'events', size: 52 }),
        axis({
          scale: 'seconds',
          side: 1,
          size: 52,
          grid: { show: false },
          values: (_, splits) => splits.map((s) => `${s} s`),
        }),
      ],
      series: [
        {},
        { scale: 'events', stroke: colour('held'), fill: `${colour('held')}66`, width: 1.5, points: { show: false } },
        { scale: 'seconds', stroke: colour('waiting'), width: 2, points: { show: false } },
      ],
    };
    this.plot = new uPlot(options, this.data(), this.place);
  }
}
