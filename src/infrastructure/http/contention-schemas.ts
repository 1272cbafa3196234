import { count, counts, flag, instant, object, orNull, text, type Schema } from './schema-words.js';

/** The shapes of what is said of contention: as it was counted, and as it was rehearsed. */
const QUANTILES = {
  p50Ms: {
    ...orNull({ type: 'number', minimum: 0, example: 3.1 }),
    description: 'From a command to its answer: half took no longer; at most a tenth too high',
  },
  p99Ms: { ...orNull({ type: 'number', minimum: 0, example: 12.6 }), description: 'All but one of a hundred' },
};

const OVERTAKEN = {
  conflicts: { ...count(4), description: 'Batches that another process overtook' },
  retries: { ...count(61), description: 'Commands that were decided again for it' },
};

const REFUSALS = counts('Refusals by code', { 'sold-out': 200 });
const REHEARSAL_ID = text('01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11');
const STRATEGY = { type: 'string', enum: ['optimistic', 'pessimistic'], example: 'optimistic' };
const USER_ID = text('rehearsal:7');
const REVISION = { ...count(201), description: 'Position in the stream of the event' };
const list = (item: Schema, description: string): Schema => ({ type: 'array', items: item, description, example: [] });

const ANSWER = object({
  bookingId: text('4f0c1f7e-6f0e-5d0b-9f3b-8a8d0f9f3c11'),
  userId: USER_ID,
  status: text('confirmed'),
  revision: REVISION,
});

const EVIDENCE = object({
  isSound: { ...flag(true), description: 'Never oversold, nobody twice, no answer missing' },
  revisions: {
    ...object({ from: count(0), to: count(312) }),
    ...{ type: ['object', 'null'], description: 'What was read: the stream as it was when everybody had gone' },
  },
  capacity: count(200),
  taken: { ...count(200), description: 'Places taken after the last revision' },
  mostTaken: { ...count(200), description: 'The most that ever were' },
  oversold: { ...count(0), description: 'Revisions after which more were taken than there are' },
  oversoldAt: list(REVISION, 'The first of them'),
  usersTwice: { ...count(0), description: 'Users who had two bookings at a time' },
  twice: list(object({ userId: USER_ID, revision: REVISION }), 'The first of them, and when they came to'),
  acknowledged: { ...count(372), description: 'Answers that said yes' },
  missing: { ...count(0), description: 'Those that the log does not bear out' },
  missed: list(ANSWER, 'The first of them'),
});

const RUN = object({
  strategy: STRATEGY,
  eventId: { ...text('rehearsal-01981f7e-6f0e-7d0b-9f3b-8a8d0f9f3c11-optimistic'), description: 'The scratch event' },
  state: { type: 'string', enum: ['waiting', 'running', 'checking', 'done'], example: 'done' },
  people: { ...count(400), description: 'Who want one place each' },
  came: { ...count(400), description: 'Who asked and went away again' },
  isCutShort: { ...flag(false), description: 'Not everybody was let in: it took too long, or was stopped' },
  isCalledOff: { ...flag(true), description: 'The scratch event was cancelled' },
  answered: { ...count(672), description: 'Commands that were answered, whatever the answer' },
  accepted: { ...count(228), description: 'Those that took a place, held or booked at once' },
  repeated: { ...count(22), description: 'Answers to a request that came twice with one key' },
  confirmed: { ...count(94), description: 'Holds that became bookings' },
  givenBack: { ...count(28), description: 'Holds that were given back' },
  held: { ...count(0), description: 'Places that are held now' },
  soldOut: count(260),
  refusals: { ...REFUSALS, example: { 'sold-out': 260, 'already-booked': 40 } },
  faults: counts('Commands that ended with a fault, by its code', {}),
  ...OVERTAKEN,
  ...QUANTILES,
  elapsedMs: count(310),
  answersPerSecond: count(2168),
  evidence: {
    ...EVIDENCE,
    ...{ type: ['object', 'null'], description: 'Counted from the log alone; null until it has been read' },
  },
});

export const CONTENTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  Contention: object({
    eventId: text('recital'),
    process: { ...text('api-1:7'), description: 'Which one has counted: its host and process id' },
    since: { ...instant('2027-02-01T12:00:00.000Z'), description: 'From when on' },
    attempts: { ...count(640), description: 'Commands that ended' },
    outcomes: counts('With what: accepted, replayed, refused, or the code of a fault', { accepted: 440, refused: 200 }),
    refusals: REFUSALS,
    ...OVERTAKEN,
    ...QUANTILES,
  }),
  RehearsalList: object({
    isAllowed: { ...flag(true), description: 'Whether this service does any' },
    items: { type: 'array', items: { $ref: '#/components/schemas/Rehearsal' } },
  }),
  Rehearsal: object({
    rehearsalId: REHEARSAL_ID,
    state: { type: 'string', enum: ['running', 'done', 'failed'], example: 'done' },
    isSound: {
      ...orNull(flag(true)),
      description: 'Nothing was found with any strategy; null until all have been looked at',
    },
    failure: { ...orNull(text('store-unavailable')), example: null, description: 'What stood in the way' },
    places: count(200),
    callers: count(64),
    holdPercent: count(30),
    processes: count(2),
    locking: { type: 'string', enum: ['optimistic', 'pessimistic', 'both'], example: 'both' },
    startedAt: instant('2027-02-01T12:00:00.000Z'),
    startedBy: text('operator-1'),
    endedAt: orNull(instant('2027-02-01T12:00:01.000Z')),
    runs: { type: 'array', items: RUN, description: 'One for each strategy, in this order' },
  }),
};
