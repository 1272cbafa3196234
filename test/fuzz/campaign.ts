import fc from 'fast-check';
import type { Ask } from './ask.js';
import { MANAGER } from './callers.js';
import { compose } from './compose.js';
import type { ApiDescription } from './description.js';
import type { Draft } from './drafts.js';
import { smuggledIn } from './hostile.js';
import { faultsOf } from './judge.js';
import { Memory } from './memory.js';
import { bytesOf, commandOf, headerOf, type Request } from './request.js';
import { NoAnswer, type Answer, type Peer } from './wire.js';

export interface Plan {
  readonly seed: number;
  readonly requests: number;
  /** Connections, each with requests and a memory of its own. */
  readonly lanes: number;
  /** Asked before each request: whether enough has been seen. */
  readonly isEnough?: (soFar: Pick<Outcome, 'requests' | 'answered'>) => boolean;
}

export interface Failure {
  readonly what: string;
  /** How often: only the first of a kind is told in full. */
  times: number;
  readonly ask: Pick<Ask, 'kind' | 'what'> & { readonly sender: string };
  readonly route: string;
  readonly request: string;
  readonly answer: string;
  readonly command: string;
}

/** What became of a request, as far as the log may be asked about it. */
export interface Trace {
  readonly id: string;
  readonly status: number;
  readonly isWrite: boolean;
  readonly isReplay: boolean;
  readonly ask: Ask;
}

export interface Outcome {
  readonly plan: Plan;
  readonly requests: number;
  readonly tookMs: number;
  /** By kind and status. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Routes of the description, and how often each said yes. */
  readonly answered: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
  readonly traces: readonly Trace[];
  /** Ids that only a request hidden in another one had. */
  readonly smuggled: readonly string[];
}

/** More would only repeat themselves. */
const MOST_FAILURES = 25;
/** Requests after which most events have been called off, or changed beyond use. */
const OPEN_EVERY = 150;

/** Sends what the seed draws and judges every answer. `peerOf` makes the way to the service: tests put a liar into it. */
export async function campaign(
  description: ApiDescription,
  drawn: fc.Arbitrary<Draft>,
  plan: Plan,
  peerOf: () => Peer,
): Promise<Outcome> {
  const startedAt = performance.now();
  const result = new Tally(description);
  const share = Math.ceil(plan.requests / plan.lanes);
  const lanes = Array.from({ length: plan.lanes }, async (_, at) => {
    const numRuns = Math.max(0, Math.min(share, plan.requests - at * share));
    const lane = new Lane(peerOf(), result, `${plan.seed}-${at}`);
    for (const [n, draft] of fc.sample(drawn, { seed: plan.seed + at, numRuns }).entries()) {
      if (result.failures.length >= MOST_FAILURES || plan.isEnough?.(result.outcome()) === true) break;
      if (n % OPEN_EVERY === 0) await lane.open();
      await lane.send(compose(draft, lane.memory, lane.turn()));
    }
    lane.close();
  });
  await Promise.all(lanes);
  return { ...result.outcome(), plan, tookMs: performance.now() - startedAt };
}

class Tally {
  readonly failures: Failure[] = [];
  private readonly counts = new Map<string, Map<string, number>>();
  private readonly answered: Map<string, number>;
  private readonly traces: Trace[] = [];
  private readonly smuggled: string[] = [];
  private requests = 0;

  constructor(description: ApiDescription) {
    this.answered = new Map(description.operations.map(({ id }) => [id, 0]));
  }

  note(ask: Ask, answer: Answer | null): void {
    const { kind, request, operation } = ask;
    this.requests += 1;
    const ofKind = this.counts.get(kind) ?? new Map<string, number>();
    this.counts.set(kind, ofKind);
    const status = answer === null ? 'none' : String(answer.status);
    ofKind.set(status, (ofKind.get(status) ?? 0) + 1);
    const isYes = answer !== null && answer.status < 300;
    if (isYes && operation !== null) this.answered.set(operation.id, this.answered.get(operation.id)! + 1);
    const hidden = smuggledIn(request);
    if (hidden !== null) this.smuggled.push(hidden);
    const id = answer?.headers.get('x-request-id') ?? ask.requestId ?? headerOf(request, 'X-Request-Id');
    if (id === undefined || request.method === 'GET' || answer === null) return;
    const isReplay = answer.headers.get('idempotency-replayed') === 'true';
    const isWrite = operation !== null && /bookings$|\/events$/.test(operation.path);
    this.traces.push({ id, status: answer.status, isWrite, isReplay, ask });
  }

  fail(what: string, { kind, what: why, sender, request, operation }: Ask, answer: string): void {
    const route = operation?.id ?? 'no route';
    const known = this.failures.find((failure) => failure.what === what && failure.route === route);
    if (known !== undefined) return void (known.times += 1);
    const ask = { kind, what: why, sender: sender.name };
    const command = commandOf(request, sender);
    this.failures.push({ what, times: 1, route, ask, request: lineOf(request), answer, command });
  }

  outcome(): Omit<Outcome, 'plan' | 'tookMs'> {
    const { requests, counts, answered, failures, traces, smuggled } = this;
    return { requests, counts, answered, failures, traces, smuggled };
  }
}

export const lineOf = ({ method, target }: Request): string => `${method} ${target}`.slice(0, 200);

class Lane {
  readonly memory = new Memory();
  private sent = 0;

  constructor(
    private readonly peer: Peer,
    private readonly result: Tally,
    private readonly name: string,
  ) {}

  turn(): { lane: string; n: number } {
    return { lane: this.name, n: (this.sent += 1) };
  }

  /** Something to ask about, so that the first requests do not all end at what is not there. */
  async open(): Promise<void> {
    const startsAt = new Date(Date.now() + 30 * 86_400_000).toISOString();
    for (const fields of [{ capacity: 3 }, { capacity: 500, maxSeatsPerBooking: 20 }, {}]) {
      const { lane, n } = this.turn();
      const requestId = `fuzz-${lane}-${n}`;
      const headers = [
        ...([['Host', 'localhost'] as const, ['X-Request-Id', requestId] as const] as const),
        ...([
          ['Authorization', MANAGER.authorization!] as const,
          ['Content-Type', 'application/json'] as const,
        ] as const),
      ];
      const body = Buffer.from(JSON.stringify({ title: 'Fuzz', startsAt, ...fields }));
      await this.send({
        ...{ kind: 'valid', what: 'opening', operation: null, sender: MANAGER, expected: [201], isUnread: false },
        ...{ mayAsk: true, isPublic: false, requestId, key: null, repeats: null },
        request: { method: 'POST', target: '/v1/events', headers, body },
      });
    }
  }

  async send(ask: Ask): Promise<void> {
    const { result, memory, peer } = this;
    try {
      const answer = await peer.ask(bytesOf(ask.request));
      result.note(ask, answer);
      memory.learn(ask, answer);
      const shown = `${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`;
      for (const fault of faultsOf(ask, answer)) result.fail(fault, ask, shown);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      result.note(ask, null);
      result.fail(`no answer: ${error.message}`, ask, '');
    }
    if (ask.kind === 'hostile') await this.expectNext(ask);
  }

  close(): void {
    this.peer.close();
  }

  /** Whatever was sent before it, the next request works. */
  private async expectNext(before: Ask): Promise<void> {
    const headers = [['Host', 'localhost'] as const];
    const next: Request = { method: 'GET', target: '/health/live', headers, body: null };
    const status = await this.peer.ask(bytesOf(next)).then(
      (answer) => String(answer.status),
      (error: Error) => error.message,
    );
    if (status !== '200') this.result.fail(`the next request: ${status}`, before, '');
  }
}
