/**
 * The shape of an aggregate: three plain functions over plain data. The idea is Emmett's and Equinox's decider; ours
 * differs in one point: `evolve` folds in place and hands back its undo, because copying a ledger of 10,000 bookings
 * for every batch would cost more than the batch.
 */
export interface Decider<State, Command, Fact, Recorded, Refusal> {
  /** The state before anything has happened. */
  initial(): State;
  /** What follows from a command at `now` (milliseconds since 1970, UTC). Reads the state, changes nothing. */
  decide(command: Command, state: State, now: number): Decision<Fact, Refusal>;
  /** Folds one recorded fact in place. Never refuses: history already happened. */
  evolve(state: State, recorded: Recorded): Undo;
}

/** Takes the state back to what it was before the fold that returned it. Undo in reverse order of folding only. */
export type Undo = () => void;

export type Decision<Fact, Refusal> = Accepted<Fact> | Refused<Refusal>;

/** A yes. No facts means that the thing asked for is already so. */
export interface Accepted<Fact> {
  readonly accepted: true;
  readonly facts: readonly Fact[];
}

/** A business "no": a value, never an exception. */
export interface Refused<Refusal> {
  readonly accepted: false;
  readonly refusal: Refusal;
}

export const accept = <Fact>(...facts: Fact[]): Accepted<Fact> => ({ accepted: true, facts });

export const refuse = <Refusal>(refusal: Refusal): Refused<Refusal> => ({ accepted: false, refusal });
