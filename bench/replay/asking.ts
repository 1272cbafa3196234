import { setTimeout as sleep } from 'node:timers/promises';
import { type Reply, type Request, type Send, NoAnswer, codeOf, isYes } from '../support/http-client.js';
import { Latency } from '../support/print.js';
import { Gate } from './lanes.js';

/** The end of one request, retries included. */
export interface Ending {
  /** Null: no definite answer after all tries. */
  readonly reply: Reply | null;
  /** Some try ended without a word on its effect: even after a refusal, that try may still take effect. */
  readonly isUnsure: boolean;
}

/** Together some 16 seconds with the pauses between them: a service that is restarted meanwhile is waited for. */
const TRIES = 8;
const MAX_PAUSE_MS = 5_000;
/** So many requests in a row that ended without a definite answer: nobody is there. */
const PATIENCE = 64;

/** Sends requests, so many at a time, and counts what came of them. */
export class Asker {
  readonly latency = new Latency();
  /** Refusals and faults by code. Every answer counts, those to repeats too. */
  readonly refusals = new Map<string, number>();
  yes = 0;
  replayed = 0;
  /** Tries after a 503. */
  retries = 0;
  /** Tries that were never answered. */
  unanswered = 0;
  private undecidedInARow = 0;
  private readonly gate: Gate;

  /** `pauseMs` before the second try; it doubles from try to try. */
  constructor(
    private readonly sendOnce: Send,
    inFlight: number,
    private readonly pauseMs: number,
  ) {
    this.gate = new Gate(inFlight);
  }

  /**
   * A command: counted and measured. Tried again with the same key, a bounded number of times, until it is decided.
   * Throws when nobody seems to be there any more.
   */
  async command(request: Request): Promise<Ending> {
    let isUnsure = false;
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const reply = await this.gate.run(() => this.measured(request));
      if (!(reply instanceof NoAnswer) && !isPassing(reply)) {
        this.undecidedInARow = 0;
        this.tally(reply);
        return { reply, isUnsure };
      }
      if (reply instanceof NoAnswer) this.unanswered += 1;
      else this.retries += 1;
      isUnsure ||= reply instanceof NoAnswer ? reply.mayHaveEffect : reply.status >= 500;
      const askedForMs = reply instanceof NoAnswer ? 0 : (reply.retryAfterMs ?? 0);
      const pauseMs = Math.max(askedForMs, this.pauseMs * 2 ** (tries - 1));
      if (tries < TRIES) await sleep(Math.min(pauseMs, MAX_PAUSE_MS));
    }
    this.undecidedInARow += 1;
    if (this.undecidedInARow >= PATIENCE) throw new Error(`${PATIENCE} requests in a row were not answered: giving up`);
    return { reply: null, isUnsure };
  }

  /** A read: neither counted nor measured. Null when there is no answer to it now. */
  async read(request: Request): Promise<Reply | null> {
    const reply = await this.gate.run(() => this.sendOnce(request).catch(noAnswer));
    return !(reply instanceof NoAnswer) && isYes(reply) ? reply : null;
  }

  private async measured(request: Request): Promise<Reply | NoAnswer> {
    const beganAt = performance.now();
    const reply = await this.sendOnce(request).catch(noAnswer);
    this.latency.record(performance.now() - beganAt);
    return reply;
  }

  private tally(reply: Reply): void {
    if (isYes(reply)) {
      this.yes += 1;
      this.replayed += Number(reply.replayed);
    } else {
      const code = codeOf(reply);
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    }
  }
}

/** "Not now", in all its forms: the same request again, with the same key, is right. */
const isPassing = (reply: Reply): boolean =>
  reply.status === 503 || reply.status === 429 || codeOf(reply) === 'request-in-flight';

function noAnswer(error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  throw error;
}
