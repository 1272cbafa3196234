/** What a run's load is made of; the whole of it follows from this and from the answers. */
export interface Plan {
  /** Begins every id of the run, so that runs can share a database. */
  readonly run: string;
  readonly seed: number;
  /** Where the calls and their answers are written down. */
  readonly history: string;
  readonly targets: readonly string[];
  readonly events: readonly EventPlan[];
  /** Between two calls of one caller, in milliseconds. */
  readonly pauseMs: number;
  /** Between two moments at which all callers of a rushed event call at once, in milliseconds. */
  readonly beatMs: number;
  /** Between two acts of the house (sales closed and opened again, capacities), in milliseconds; 0: it does nothing. */
  readonly houseMs: number;
  /** To each process. */
  readonly connections: number;
  /** All connections are there before the first call: what is measured is the service, and not their making. */
  readonly isConnected?: true;
}

export interface EventPlan {
  readonly eventId: string;
  readonly capacity: number;
  readonly callers: number;
  readonly users: number;
  readonly waitlistLimit?: number;
  /** Its callers call at the same moments: so many stand beside each other without any process being starved. */
  readonly isRushed?: true;
}

type Body = Readonly<Record<string, unknown>>;

/** What the orchestrator tells the load client, and hears back; each order is answered by one report of its name. */
export type Order =
  | { readonly do: 'start'; readonly plan: Plan }
  | { readonly do: 'targets'; readonly targets: readonly string[] }
  /** Until so many more calls have ended, or so long has passed. */
  | { readonly do: 'more'; readonly calls: number; readonly withinMs: number }
  /** When so many calls are on their way to that process (null: to any), or so long has passed, `cue` gets SIGUSR1. */
  | {
      readonly do: 'cue';
      readonly cue: number;
      readonly target: string | null;
      readonly calls: number;
      readonly withinMs: number;
    }
  | {
      readonly do: 'wave';
      readonly eventId: string;
      readonly users: number;
      readonly body: Body;
      readonly atOnce: number;
    }
  | { readonly do: 'change'; readonly eventId: string; readonly body: Body }
  | { readonly do: 'stop' }
  /** Asks again for everything that was never decided. */
  | { readonly do: 'resolve' }
  /** Calls the events off, so that nothing of this run writes into the next. */
  | { readonly do: 'end' }
  | { readonly do: 'close' };

export interface Report {
  readonly did: Order['do'];
  /** What went wrong in the client itself; null: nothing. */
  readonly problem: string | null;
  /** Of 'resolve': what never got decided. */
  readonly undecided: readonly string[];
}

const CROWD = 20;

/** The usual events: one place, seven places that most callers want, a hall, and a house where there is room. */
export function usualEvents(run: string): EventPlan[] {
  return [
    { eventId: `${run}-seven`, capacity: 7, callers: CROWD, users: 120, isRushed: true },
    { eventId: `${run}-one`, capacity: 1, callers: 6, users: 40, isRushed: true },
    { eventId: `${run}-hall`, capacity: 60, callers: 6, users: 200 },
    { eventId: `${run}-house`, capacity: 3_000, callers: 10, users: 1_500 },
  ];
}
