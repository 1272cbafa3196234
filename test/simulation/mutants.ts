import { OutcomeUnknown, Overloaded } from '../../src/application/errors.js';
import type { EventStore, Question, Reply } from '../../src/application/ports.js';
import { atTheEnd } from './forge.js';
import type { Mutant } from './mutant.js';
import type { SimulatedLog } from './store.js';

type Append = EventStore['append'];

/** Each breaks one promise of the store, or of the clock, on which the core rests; `breaks` is what must be noticed. */
export const MUTANTS: Readonly<Record<string, { readonly mutant: Mutant; readonly breaks: string }>> = {
  'the expected revision is dropped': {
    breaks: 'I5',
    mutant: withAppend((append, log) => async (stream, expectedRevision, sealed) => {
      const result = await append(stream, expectedRevision, sealed);
      return result.kind === 'conflict' ? log.push(stream, sealed) : result;
    }),
  },
  'the expected revision is dropped, and the chain made to look sound': {
    breaks: 'I2',
    mutant: withAppend((append, log) => async (stream, expectedRevision, sealed) => {
      const result = await append(stream, expectedRevision, sealed);
      return result.kind === 'conflict' ? log.push(stream, atTheEnd(log, stream, sealed)) : result;
    }),
  },
  'acknowledged before it is written': {
    breaks: 'I1',
    mutant: withAppend((append, log) => async (stream, expectedRevision, sealed) => {
      append(stream, expectedRevision, sealed).catch(() => undefined);
      return { kind: 'appended', position: BigInt(log.records.length) };
    }),
  },
  'an append whose place is taken does nothing': {
    breaks: 'I1',
    mutant: withAppend((append, log) => async (...batch) => {
      const result = await append(...batch);
      return result.kind === 'conflict' ? { kind: 'appended', position: BigInt(log.records.length) } : result;
    }),
  },
  'an unknown outcome is tried again with fresh ids': {
    breaks: 'I3',
    mutant: withAppend((append, log) => async (stream, expectedRevision, sealed) => {
      try {
        return await append(stream, expectedRevision, sealed);
      } catch (error) {
        if (!(error instanceof OutcomeUnknown)) throw error;
        return log.push(stream, atTheEnd(log, stream, sealed));
      }
    }),
  },
  'an append whose answer was lost is called overloaded': {
    breaks: 'I11',
    mutant: withAppend((append) => async (...batch) => {
      try {
        return await append(...batch);
      } catch (error) {
        throw error instanceof OutcomeUnknown ? new Overloaded('simulated') : error;
      }
    }),
  },
  'a refusal does not look at the tail': {
    breaks: 'I7',
    mutant: {
      store: (store) => ({
        ...asItIs(store),
        append: (...batch) => store.append(...batch),
        read: (stream, from, most) => (most === 1 ? nothing() : store.read(stream, from, most)),
      }),
    },
  },
  'a process that fell silent is taken for one that has not heard': {
    breaks: 'I11',
    mutant: {
      peers: (peers) => ({
        deciderOf: (eventId) => {
          const peer = peers.deciderOf(eventId);
          if (peer === null) return null;
          const heard = (reply: Reply): Reply => (reply === 'silent' ? 'away' : reply);
          return { ask: (question) => peer.ask(question).then(heard) };
        },
      }),
    },
  },
  'a question to another process loses its If-Match': {
    breaks: 'I7',
    mutant: {
      peers: (peers) => ({
        deciderOf: (eventId) => {
          const peer = peers.deciderOf(eventId);
          if (peer === null) return null;
          const blind = (question: Question): Question =>
            'ifMatch' in question.command
              ? { ...question, command: { ...question.command, ifMatch: 'exists' } }
              : question;
          return { ask: (question) => peer.ask(blind(question)) };
        },
      }),
    },
  },
  'holds lapse by a clock that is ten seconds ahead': { breaks: 'I4', mutant: { hiddenSkewMs: 10_000 } },
};

function withAppend(change: (append: Append, log: SimulatedLog) => Append): Mutant {
  return {
    store: (store, log) => ({
      ...asItIs(store),
      read: (...asked) => store.read(...asked),
      append: change((...batch) => store.append(...batch), log),
    }),
  };
}

const asItIs = (store: EventStore): Pick<EventStore, 'identity' | 'locked'> => ({
  identity: () => store.identity(),
  locked: store.locked!,
});

async function* nothing(): AsyncGenerator<never> {}
