import cliProgress from 'cli-progress';

// CommonJS: its names can only be had through the default export.
const { Presets, SingleBar } = cliProgress;

export interface Progress {
  readonly step: (count: number) => void;
  readonly end: () => void;
}

/** A bar with rate and time left on standard error, if that is a terminal; nothing is said elsewhere. */
export function progressBar(what: string, total: number): Progress {
  if (!process.stderr.isTTY) return { step: () => undefined, end: () => undefined };
  const format = `${what} {bar} {percentage}%  {value} of {total}  {rate}/s  {eta_formatted} left`;
  const bar = new SingleBar(
    { format, hideCursor: true, fps: 5, barsize: 30, clearOnComplete: true },
    Presets.shades_classic,
  );
  const startedAt = performance.now();
  let done = 0;
  bar.start(total, 0, { rate: 0 });
  return {
    step: (count) => {
      done += count;
      bar.update(done, { rate: Math.round((done * 1_000) / Math.max(1, performance.now() - startedAt)) });
    },
    end: () => bar.stop(),
  };
}
