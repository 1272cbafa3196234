import cliProgress from 'cli-progress';

// CommonJS: its names can only be had through the default export.
const { Presets, SingleBar } = cliProgress;

const LINE_EVERY_MS = 1_000;

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

/** The same, and where standard error is no terminal a line of JSON every second and one at the end. `total` 0: unknown. */
export function progressLines(what: string, total: number): Progress {
  if (process.stderr.isTTY) return progressBar(what, total);
  const startedAt = performance.now();
  let done = 0;
  let toldAt = startedAt;
  const tell = (now: number): void => {
    toldAt = now;
    const perSecond = (done * 1_000) / Math.max(1, now - startedAt);
    const left = total === 0 || done === 0 ? null : Math.max(0, Math.ceil((total - done) / perSecond));
    const line = { what, done, total: total === 0 ? null : total, perSecond: Math.round(perSecond), secondsLeft: left };
    process.stderr.write(`${JSON.stringify(line)}\n`);
  };
  return {
    step: (count) => {
      done += count;
      const now = performance.now();
      if (now - toldAt >= LINE_EVERY_MS) tell(now);
    },
    end: () => tell(performance.now()),
  };
}
