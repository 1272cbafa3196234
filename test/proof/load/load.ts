import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../src/application/ports.js';
import { seededRandom } from '../../support/service.js';
import type { Wish } from './book-keeping.js';
import { Caller } from './caller.js';
import { Calling, type Answered } from './calling.js';
import { House } from './house.js';
import { Beat } from './beat.js';
import type { EventPlan, Plan } from './plan.js';

type Body = Readonly<Record<string, unknown>>;

const RESOLVE_TRIES = 60;
const RESOLVE_PAUSE_MS = 100;
const RESOLVE_AT_ONCE = 16;

/** The load of one run, from the first call to the last answer. */
export class Load {
  private readonly calling: Calling;
  private readonly random: Random;
  private readonly house: House;
  private readonly events: readonly { readonly plan: EventPlan; readonly caller: Caller }[];
  /** By key: the wishes that nobody knows the end of. */
  private readonly undecided = new Map<string, Wish>();
  private running: Promise<unknown> = Promise.resolve();
  private isOver = false;
  private readonly beat: Beat;

  constructor(
    private readonly plan: Plan,
    private targets: readonly string[],
  ) {
    this.random = seededRandom(plan.seed);
    this.calling = new Calling(plan.run, plan.history, plan.connections);
    this.beat = new Beat(plan.beatMs);
    this.house = new House(plan.run, this.random);
    this.events = plan.events.map((event) => ({ plan: event, caller: new Caller(event, this.random) }));
  }

  aim(targets: readonly string[]): void {
    this.targets = targets;
  }

  /** Schedules the events, and lets everybody call until `stop`. */
  async start(): Promise<void> {
    if (this.plan.isConnected) await Promise.all(this.targets.map((target) => this.calling.connect(target)));
    await Promise.all(this.events.map(({ plan }) => this.ask(this.house.schedule(plan), 'house')));
    await this.resolve();
    const callers = this.events.flatMap(({ plan, caller }) =>
      Array.from({ length: plan.callers }, (_, n) => this.callOn(plan, caller, `${plan.eventId}-${n}`)),
    );
    const house = this.plan.houseMs === 0 ? [] : [this.keepHouse()];
    this.running = Promise.all([...callers, ...house]);
  }

  async more(calls: number, withinMs: number): Promise<void> {
    const last = this.calling.ended + calls;
    await this.calling.until(() => this.calling.ended >= last, withinMs);
  }

  async busy(target: string | null, calls: number, withinMs: number): Promise<void> {
    await this.calling.until(() => this.calling.onTheirWay(target) >= calls, withinMs);
  }

  /** Everybody at once, each once, spread over all targets. */
  async wave(eventId: string, users: number, body: Body, atOnce: number): Promise<void> {
    const caller = this.events.find(({ plan }) => plan.eventId === eventId)!.caller;
    const wishes = Array.from({ length: users }, (_, n) => caller.book(`${eventId}-w${n}`, body));
    let next = 0;
    const work = async (): Promise<void> => {
      for (let n = next++; n < users; n = next++)
        await this.ask(wishes[n]!, `${eventId}-w${n}`, this.targets[n % this.targets.length]);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async change(eventId: string, body: Body): Promise<void> {
    await this.ask(this.house.change(eventId, body), 'house');
    await this.resolve();
  }

  /** Answers when the last call has ended, with all sales open again. */
  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
    this.beat.stop();
  }

  /** Asks again, with the same key, until each call is decided; answers what was not, within the bound. */
  async resolve(): Promise<string[]> {
    const open = [...this.undecided.values()];
    const settle = async (wish: Wish): Promise<void> => {
      for (let tries = 0; tries < RESOLVE_TRIES && this.undecided.has(wish.key!); tries += 1) {
        await this.ask(wish, 'resolve');
        if (this.undecided.has(wish.key!)) await sleep(RESOLVE_PAUSE_MS);
      }
    };
    for (let at = 0; at < open.length; at += RESOLVE_AT_ONCE)
      await Promise.all(open.slice(at, at + RESOLVE_AT_ONCE).map(settle));
    return [...this.undecided.values()].map(({ operation, eventId, key }) => `${operation} ${eventId} ${key}`);
  }

  /** Calls every event off; answers what could not be. */
  async end(): Promise<string[]> {
    await Promise.all(this.events.map(({ plan }) => this.ask(this.house.end(plan), 'house')));
    return this.resolve();
  }

  close(): void {
    this.isOver = true;
    this.beat.stop();
    this.calling.close();
  }

  private async callOn({ isRushed }: EventPlan, caller: Caller, client: string): Promise<void> {
    while (!this.isOver) {
      if (isRushed) await this.beat.next();
      else await sleep(this.plan.pauseMs * (0.5 + this.random.next()));
      if (!this.isOver) await this.ask(caller.wish(), client);
    }
  }

  /** Sales are closed and opened again, event after event; now and then there are more places or fewer. */
  private async keepHouse(): Promise<void> {
    const { houseMs } = this.plan;
    const events = this.events.filter(({ plan }) => plan.callers > 0);
    for (let turn = 0; !this.isOver; turn += 1) {
      const { plan, caller } = events[turn % events.length]!;
      await sleep(houseMs * (0.5 + this.random.next()));
      if (plan.capacity > 10 && turn % 3 === 0) await this.ask(this.house.resize(plan), 'house');
      await this.ask(this.house.close(plan), 'house');
      await sleep(houseMs / 4);
      const open = this.house.open(plan);
      for (; this.house.isClosed(plan.eventId) && !this.isOver; await sleep(RESOLVE_PAUSE_MS))
        this.house.opened(plan, await this.ask(open, 'house'));
      caller.books.closed();
    }
  }

  private async ask(wish: Wish, client: string, target = this.anyTarget()): Promise<Answered> {
    const answered = await this.calling.ask(wish, client, target);
    const { end, reply } = answered;
    if (wish.key !== null) {
      if (end.kind === 'ok' || end.kind === 'refused') this.undecided.delete(wish.key);
      else this.undecided.set(wish.key, wish);
    }
    if (end.kind === 'ok')
      this.events.find(({ plan }) => plan.eventId === wish.eventId)?.caller.books.told(wish, reply!);
    return answered;
  }

  private anyTarget(): string {
    return this.targets[Math.floor(this.random.next() * this.targets.length)]!;
  }
}
