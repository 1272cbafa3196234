import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EndOfTurn } from '../../application/end-of-turn.js';
import { Overloaded } from '../../application/errors.js';
import { corsHeaders } from './cors.js';
import { COMMON_HEADERS, PROBLEM_TYPE } from './headers.js';
import { kindOf, type HttpTally } from './http-tally.js';
import type { Journal } from './journal.js';
import { unavailable } from './problems.js';
import { correlationIdOf } from './request.js';
import type { HttpSettings } from './settings.js';

/** Between two looks at how long requests take. */
const TICK_MS = 100;
/**
 * A "no" is given so much later. Whoever waits for it asks for nothing else: else those who try again and again would have
 * all of the time there is, and an answer for somebody who was let in would wait behind a thousand that say no.
 */
const NO_AFTER_TICKS = 5;
/** Between two lines that tell how many were turned away. */
const TELLING_TICKS = 10;
/** Let in at first; more only after so many were answered fast enough. */
const AT_FIRST = 500;
/** What is worked on however slow it is: without answers nobody would notice that it got faster. */
const AT_LEAST = 16;
/** Requests of one connection without an answer. All that arrive in one packet are begun before one is answered. */
const PIPELINED = 16;
const SHRINK = 0.75;
const GROW = 1.1;

/**
 * How many requests of one kind are worked on at a time. The idea is CoDel's: a burst is no overload, but when even the
 * fastest request of an interval waited too long, all of them stand in a queue, and a longer queue helps nobody. One
 * event that hangs does not slow the fastest down, so it sheds nothing but what the bound says.
 */
export class Lane {
  inFlight = 0;
  /** Let in at the door, to be served at the end of this turn. */
  coming = 0;
  limit: number;
  private fastestMs = Infinity;
  private peak = 0;

  constructor(
    private readonly most: number,
    private readonly latencyMs: number,
  ) {
    this.limit = Math.min(most, AT_FIRST);
  }

  /** For whoever is at the door: those who came in the same turn are before them. */
  get isFull(): boolean {
    return this.inFlight + this.coming >= this.limit;
  }

  /** False: too much is under way. True: `leave` must follow. */
  enter(): boolean {
    if (this.inFlight >= this.limit) return false;
    this.inFlight += 1;
    if (this.inFlight > this.peak) this.peak = this.inFlight;
    return true;
  }

  leave(tookMs: number): void {
    this.inFlight -= 1;
    if (tookMs < this.fastestMs) this.fastestMs = tookMs;
  }

  /** `lateMs`: what a request waited for its turn before anybody could look at it. */
  adjust(lateMs: number): void {
    const { limit, peak, most } = this;
    const waitedMs = lateMs + (this.fastestMs === Infinity ? 0 : this.fastestMs);
    if (waitedMs > this.latencyMs)
      this.limit = Math.min(most, Math.max(AT_LEAST, Math.floor(Math.min(limit, peak) * SHRINK)));
    else if (peak >= limit / 2 || limit < AT_FIRST) this.limit = Math.min(most, Math.ceil(limit * GROW));
    else this.limit = Math.min(most, Math.max(AT_FIRST, Math.floor(limit * SHRINK)));
    this.fastestMs = Infinity;
    this.peak = this.inFlight;
  }
}

/** Reads and writes have a lane each: what slows one down may leave the other as it is. Health is never shed. */
export class Admission {
  readonly reads: Lane;
  readonly writes: Lane;
  private readonly endOfTurn = new EndOfTurn({ turn: () => setImmediate() });
  private readonly unanswered = new WeakMap<Socket, number>();
  private timer: NodeJS.Timeout | null = null;
  private tickAt = 0;
  private ticks = 0;
  /** Who is to be told no: those of each of the last ticks. */
  private turnedAway: Refused[][] = Array.from({ length: NO_AFTER_TICKS }, () => []);

  constructor(
    private readonly settings: Pick<HttpSettings, 'bounds' | 'corsOrigins'>,
    private readonly tally: HttpTally,
    private readonly journal: Journal,
  ) {
    const { requestsInFlight, shedLatencyMs } = settings.bounds;
    this.reads = new Lane(requestsInFlight, shedLatencyMs);
    this.writes = new Lane(requestsInFlight, shedLatencyMs);
  }

  /**
   * Call before anybody listens. Stands before the router: in an overload most requests end here, and each of them takes
   * time from those that were let in.
   */
  install(fastify: FastifyInstance): void {
    const { server } = fastify;
    const routers = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      this.meet(request, response, () => {
        for (const route of routers) route(request, response);
      });
    });
    fastify.addHook('onReady', (done) => {
      this.tickAt = performance.now();
      this.timer = setInterval(() => this.tick(), TICK_MS).unref();
      done();
    });
    fastify.addHook('onClose', (_, done) => {
      if (this.timer !== null) clearInterval(this.timer);
      for (const refused of this.turnedAway.flat()) this.sayNo(refused);
      this.turnedAway = [];
      this.journal.tellShed();
      done();
    });
  }

  private meet(request: IncomingMessage, response: ServerResponse, serve: () => void): void {
    const { socket, method = '', url = '' } = request;
    const unanswered = (this.unanswered.get(socket) ?? 0) + 1;
    this.unanswered.set(socket, unanswered);
    // However it ends, answered or broken off.
    response.once('close', () => this.unanswered.set(socket, this.unanswered.get(socket)! - 1));
    const isOneTooMany = unanswered > PIPELINED;
    const lane = this.laneOf(method, pathOf(url));
    if (!isOneTooMany && lane?.isFull !== true) {
      if (lane !== null) lane.coming += 1;
      return this.endOfTurn.do(() => {
        if (lane !== null) lane.coming -= 1;
        serve();
      });
    }
    this.journal.shed(method, OVERLOADED.status, SHED_CODE);
    const latest = isOneTooMany ? undefined : this.turnedAway.at(-1);
    if (latest === undefined) this.sayNo({ request, response });
    else latest.push({ request, response });
  }

  /** When all of it is here: whoever is slow to send keeps nobody else out. Throws Overloaded. */
  enter(request: FastifyRequest, reply: FastifyReply): void {
    const lane = this.laneOf(request.method, request.routeOptions.url ?? '');
    // Whoever has hung up by now will not be heard leaving.
    if (lane === null || reply.raw.destroyed) return;
    if (!lane.enter()) {
      this.tally.shed += 1;
      throw new Overloaded('too many requests are under way');
    }
    const beganAt = performance.now();
    reply.raw.once('close', () => lane.leave(performance.now() - beganAt));
  }

  private laneOf(method: string, path: string): Lane | null {
    if (UNBOUNDED.test(path)) return null;
    return kindOf(method) === 'read' ? this.reads : this.writes;
  }

  private sayNo({ request, response }: Refused): void {
    if (response.destroyed) return;
    const cors = Object.entries(corsHeaders(request.headers, this.settings.corsOrigins)).flat();
    response.writeHead(OVERLOADED.status, [...SHED_HEADERS, ...cors, 'x-request-id', correlationIdOf(request)]);
    response.end(SHED_BODY);
  }

  private tick(): void {
    const now = performance.now();
    const lateMs = Math.max(0, now - this.tickAt - TICK_MS);
    this.tickAt = now;
    this.reads.adjust(lateMs);
    this.writes.adjust(lateMs);
    for (const refused of this.turnedAway.shift()!) this.sayNo(refused);
    this.turnedAway.push([]);
    this.ticks += 1;
    if (this.ticks % TELLING_TICKS === 0) this.journal.tellShed();
  }
}

interface Refused {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Health, and what goes on for as long as somebody listens. */
const UNBOUNDED = /^\/health\/|^\/v1\/feed$/;

const pathOf = (url: string): string => url.split('?', 1)[0]!;

const SHED_CODE = 'overloaded';
const OVERLOADED = unavailable(SHED_CODE, {});
const SHED_BODY = Buffer.from(JSON.stringify(OVERLOADED.body));
/** Names and values in turn, made once: there is not even a header to be found out for each. */
const SHED_HEADERS: readonly string[] = Object.entries({
  ...COMMON_HEADERS,
  ...OVERLOADED.headers,
  'content-type': PROBLEM_TYPE,
  'content-length': String(SHED_BODY.length),
}).flat();
