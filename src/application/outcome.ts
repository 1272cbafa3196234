import { OutcomeUnknown, StoreUnavailable, StreamUnreadable } from './errors.js';
import type { Appended, Conflict, EventStore, Random, Sealed, Time } from './ports.js';

export interface OutcomeSettings {
  /** How long one batch may try to become known, in milliseconds. */
  readonly outcomeDeadlineMs: number;
  /** Bounds of the jittered pause before another try, in milliseconds. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

export interface OutcomePorts {
  readonly store: EventStore;
  readonly time: Time;
  readonly random: Random;
}

/** What is appended as one: sealed once, sent as often as it takes, never changed in between. */
export interface Append {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly sealed: readonly Sealed[];
}

/**
 * Appends until it is known whether the batch is in the log. After an unknown outcome only success or the tail of the
 * stream settles it: all of our ids there mean that the batch is done. Anything else there means that it was never written,
 * our first id too: another process that was asked for the same at the same moment has written the same record. And nothing
 * there means nothing at all (a frozen append may still commit), so the identical batch is sent again.
 *
 * `first` is the attempt that has been made already, where there is one. `onUnknown` is told once, before the tail is
 * looked at. Throws StoreUnavailable when nothing was written, OutcomeUnknown when the deadline came first.
 */
export async function appendSurely(
  ports: OutcomePorts,
  settings: OutcomeSettings,
  append: Append,
  onUnknown: () => void,
  first?: unknown,
): Promise<Appended | Conflict> {
  const deadline = startDeadline(ports.time, settings.outcomeDeadlineMs);
  const send = (): Promise<unknown> => ports.store.append(append.stream, append.expectedRevision, append.sealed);
  let unknown = false;
  try {
    for (let attempt = 0; ; attempt += 1) {
      const result = attempt === 0 && first !== undefined ? first : await deadline.before(send(), asValue);
      if (isAppended(result)) return result;
      if (isConflict(result) && !unknown) return result;
      if (!isConflict(result) && !isPassing(result)) throw result;
      // An attempt that the deadline cut short may still write.
      if (result instanceof OutcomeUnknown && !unknown) {
        unknown = true;
        onUnknown();
      }
      // Also after a refusal: a store refuses for ever what would stand where somebody else's record is.
      const truth = await deadline.before(readTruth(ports.store, append));
      if (isAppended(truth) || isConflict(truth)) return truth;
      if (!deadline.hasPassed()) await deadline.before(ports.time.sleep(backoffMs(settings, attempt, ports.random)));
      if (deadline.hasPassed()) throw unknown ? new OutcomeUnknown('no answer from the log in time') : result;
    }
  } finally {
    deadline.stop();
  }
}

/** Doubles with every attempt between the bounds, with full jitter in the upper half. */
export function backoffMs(settings: OutcomeSettings, attempt: number, random: Random): number {
  const ceiling = Math.min(settings.backoffMaxMs, settings.backoffMinMs * 2 ** Math.min(attempt, 20));
  return ceiling * (0.5 + random.next() / 2);
}

/** What the log itself says of a batch: written, never to be written, or (undefined) nothing yet. */
async function readTruth(store: EventStore, append: Append): Promise<Appended | Conflict | undefined> {
  const { stream, expectedRevision, sealed } = append;
  try {
    let found = 0;
    let position = 0n;
    for await (const page of store.read(stream, expectedRevision + 1, sealed.length))
      for (const record of page) {
        if (record.id !== sealed[found]?.id) return { kind: 'conflict' };
        found += 1;
        position = record.position;
      }
    if (found === 0) return undefined;
    return found === sealed.length ? { kind: 'appended', position } : { kind: 'conflict' };
  } catch (error) {
    // Ours are readable: what cannot be read is somebody else's, and stands where ours would have to.
    if (error instanceof StreamUnreadable) return { kind: 'conflict' };
    if (isPassing(error)) return undefined;
    throw error;
  }
}

const isPassing = (error: unknown): boolean => error instanceof StoreUnavailable || error instanceof OutcomeUnknown;
const isAppended = (result: unknown): result is Appended => (result as Appended | undefined)?.kind === 'appended';
const isConflict = (result: unknown): result is Conflict => (result as Conflict | undefined)?.kind === 'conflict';

const asValue = (error: unknown): unknown => error;

interface Deadline {
  hasPassed(): boolean;
  /**
   * The result, or OutcomeUnknown as a value once the time is over: what was asked then goes on unheard. One at a time.
   * `failed` makes a result of an error, which is thrown otherwise.
   */
  before<T>(asked: Promise<T>, failed?: (error: unknown) => T): Promise<T | OutcomeUnknown>;
  stop(): void;
}

/** There is one for every append: a promise fewer here is a percent of all that a booking costs. */
function startDeadline(time: Time, ms: number): Deadline {
  let passed = false;
  let giveUp = (): void => undefined;
  const stop = time.alarm(ms, () => {
    passed = true;
    giveUp();
  });
  const before: Deadline['before'] = (asked, failed) =>
    new Promise((resolve, reject) => {
      giveUp = () => resolve(new OutcomeUnknown('no answer from the log in time'));
      asked.then(resolve, failed === undefined ? reject : (error: unknown) => resolve(failed(error)));
      if (passed) giveUp();
    });
  return { hasPassed: () => passed, before, stop };
}
