import type { Waiter } from '../../src/application/batch.js';
import type { Envelope } from '../../src/application/envelope.js';
import { EndOfTurn } from '../../src/application/end-of-turn.js';
import { Mailbox, type MailboxSettings } from '../../src/application/mailbox.js';
import type { Answer } from '../../src/application/receipts.js';
import { Contention } from '../../src/application/contention.js';
import { Tally } from '../../src/application/tally.js';
import type { BookingCommand } from '../../src/domain/booking/commands.js';
import { InMemoryEventStore, InMemoryLog } from '../../src/infrastructure/event-store/in-memory.js';
import { BriskTime } from './brisk-time.js';
import { ScriptedStore } from './scripted-store.js';
import { SetTime, serviceInMemory, wordOf } from './service.js';

const SETTINGS: MailboxSettings = {
  locking: 'optimistic',
  queueAgeTicks: 4,
  inFlightTicks: 6,
  mailboxLength: 1_000,
  batchEvents: 500,
  batchBytes: 400_000,
  maxRetries: 20,
  outcomeDeadlineMs: 3_000,
  backoffMinMs: 8,
  backoffMaxMs: 1_000,
};

/** One command that was put in. */
export interface Asked {
  /** A word for the answer; of an error its name and what it says. */
  readonly word: Promise<string>;
  readonly answer: Promise<Answer<unknown>>;
}

/** What it would have slept is told, as is every turn. */
class ToldTime extends BriskTime {
  constructor(private readonly tell: (what: string) => void) {
    super((ms) => tell(`pause ${ms}`));
  }

  override async turn(): Promise<void> {
    this.tell('turn');
    await super.turn();
  }
}

/**
 * The mailbox of event `e1` before a scripted store, alone: its ticks come from the test, and all that it does can be
 * read in `happened`, in order. `others` is another process over the same log; chance always draws the lowest.
 */
export function oneMailbox(settings: Partial<MailboxSettings> = {}) {
  const log = new InMemoryLog();
  const happened: string[] = [];
  const time = new ToldTime((what) => happened.push(what));
  const others = serviceInMemory({}, log, undefined, new SetTime());
  const store = new ScriptedStore(new InMemoryEventStore(log, others.codec));
  store.lateMs = 0;
  const append = store.append.bind(store);
  store.append = (stream, expectedRevision, sealed) => {
    happened.push(`append ${sealed.length}`);
    return append(stream, expectedRevision, sealed);
  };
  const endOfTurn = new EndOfTurn(others.time);
  const ports = { store, time, random: { next: () => 0 }, ids: others.ids, sealer: others.sealer, endOfTurn };
  const tally = new Tally([]);
  const contention = new Contention(0);
  const stream = others.streams.of('e1');
  const onLoad = (isLoaded: boolean): void => void (isLoaded || happened.push('not loaded'));
  const mailbox = new Mailbox('e1', stream, ports, { ...SETTINGS, ...settings }, tally, contention, onLoad);

  /** Puts a command in; `answered` is called with the answer, before anything else happens. */
  function ask(command: BookingCommand, envelope: Envelope, arrivedAt = 0, answered = (): void => undefined): Asked {
    const answer = new Promise<Answer<unknown>>((resolve, reject) => {
      const ended = (word: string): void => {
        happened.push(`${envelope.actor} ${word}`);
        answered();
      };
      const waiter: Waiter = {
        ...{ command, envelope, arrivedAt, attempts: 0 },
        resolve: (given) => {
          ended(wordOf(given));
          resolve(given);
        },
        reject: (error) => {
          ended((error as Error).constructor.name);
          reject(error as Error);
        },
      };
      mailbox.submit(waiter);
    });
    return { answer, word: answer.then(wordOf, (error: Error) => `${error.constructor.name}: ${error.message}`) };
  }

  function book(
    userId: string,
    { key = null, arrivedAt, answered, ...wishes }: Wishes & { arrivedAt?: number; answered?: () => void } = {},
  ): Asked {
    const envelope = others.envelope('e1', userId, key, wishes);
    const place = { bookingId: envelope.commandId, userId, seats: 1, hold: false, waitlist: false, ...wishes };
    return ask({ type: 'BookPlace', ...place }, envelope, arrivedAt, answered);
  }

  function cancel(userId: string, bookingId: string): Asked {
    const command = { type: 'CancelBooking', bookingId, owner: userId, ifMatch: null } as const;
    return ask(command, others.envelope('e1', userId));
  }

  /** Takes turns until it is so. */
  async function until(is: () => boolean): Promise<void> {
    for (const end = performance.now() + 5_000; !is();) {
      if (performance.now() > end) throw new Error(`it does not come: ${happened.join(', ')}`);
      await others.time.turn();
    }
  }

  /** Until nothing more happens by itself. */
  async function quiet(): Promise<void> {
    for (let turns = 0; turns < 40; turns += 1) await others.time.turn();
  }

  return { mailbox, store, log, time, others, tally, happened, ask, book, cancel, until, quiet };
}

interface Wishes {
  readonly key?: string | null;
  readonly seats?: number;
  readonly hold?: boolean;
  readonly holdSeconds?: number;
  readonly waitlist?: boolean;
}

/** Holds what waits for the promise until it is opened. */
export function gate(): { readonly shut: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const shut = new Promise<void>((resolve) => (open = resolve));
  return { shut, open: () => open() };
}
