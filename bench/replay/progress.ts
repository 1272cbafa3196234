import cliProgress from 'cli-progress';
import type { Progress } from './run.js';

// CommonJS: its names can only be had through the default export.
const { Format, Presets, SingleBar } = cliProgress;

const WITHOUT_TERMINAL_MS = 5_000;

/** A bar on the terminal; where there is none, a line every few seconds. On standard error: the report has the other. */
export function progressBar(): Progress {
  let bar: cliProgress.SingleBar | null = null;
  return {
    begin(what, total) {
      const format = `${what.padEnd(10)} {bar} {percentage}%  {value} of {total}  {duration_formatted}`;
      const perceptible = {
        hideCursor: true,
        fps: 5,
        barsize: 30,
        noTTYOutput: true,
        notTTYSchedule: WITHOUT_TERMINAL_MS,
      };
      bar = new SingleBar({ ...perceptible, format, formatValue: withCommas }, Presets.shades_classic);
      bar.start(total, 0);
    },
    step: () => bar?.increment(),
    end() {
      bar?.stop();
      bar = null;
    },
  };
}

const withCommas: cliProgress.ValueFormatter = (value, options, type) =>
  type === 'value' || type === 'total' ? value.toLocaleString('en-US') : Format.ValueFormat(value, options, type);
