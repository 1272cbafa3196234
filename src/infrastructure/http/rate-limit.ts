import { isIP } from 'node:net';

/** What one process asks for one key, in requests. */
export interface LeaseAsk {
  readonly key: string;
  /** Let through since it last asked, without a lease. */
  readonly spent: number;
  readonly wanted: number;
  /** All processes together, in one window. */
  readonly most: number;
}

/** What may be let through, and what is left for everybody after that. */
export interface Lease {
  readonly granted: number;
  readonly left: number;
}

export interface Leased {
  /** In the order of the asks. */
  readonly grants: readonly Lease[];
  /** Until the present window ends, by the one clock that all processes share. */
  readonly windowLeftMs: number;
}

/** What processes share, handed out in blocks. A block that was taken is gone until the window ends, used or not. */
export interface Leases {
  /** Rejects within a bound, which is well below a second, when it cannot be had. No key twice. */
  take(asks: readonly LeaseAsk[]): Promise<Leased>;
}

/** How a request fares: let through or not, what is left, and when there is more. */
export interface Verdict {
  readonly passes: boolean;
  readonly left: number;
  readonly resetMs: number;
}

interface Account {
  /** May be let through without asking. */
  tokens: number;
  /** Let through in this window, by this process. */
  passed: number;
  /** What everybody has left, as far as was last heard. */
  left: number;
  /** The first share, which nobody was asked for, is counted in what all processes share. */
  isTold: boolean;
  /** Nothing more can be had until the window ends. */
  isOver: boolean;
  /** What it waits for. */
  lot: Lot | null;
}

/** Everything that is asked for in one round trip. */
interface Lot {
  readonly accounts: Map<string, Account>;
  readonly done: Promise<void>;
  readonly end: () => void;
}

export const WINDOW_MS = 60_000;
/** A process lets so much of a limit through before it asks; with each process the sum may be this much too high. */
const FREE_SHARE = 1 / 20;
const BLOCK_SHARE = 1 / 10;
/** Keys in memory; those that were not seen for longest are forgotten, and begin anew. */
const KEYS = 50_000;
const ASKS_AT_ONCE = 1_000;
/** After a failure nobody asks for so long: who comes has the local share at once. */
const AWAY_MS = 1_000;

/**
 * So many requests of each key in a minute, over all processes. Most requests are decided in memory: a key begins with a
 * small share that nobody needs to be asked for, then blocks are leased, ahead of their use and for all keys in one round
 * trip. While leases cannot be had, each process lets through what the limit says, by its own count.
 */
export class RateLimiter {
  /** In the order of their last use. */
  private readonly accounts = new Map<string, Account>();
  private readonly block: number;
  private readonly free: number;
  private readonly lowWater: number;
  private windowEndsAt = 0;
  private awayUntil = 0;
  private lot = newLot();
  private isAsking = false;

  /** `leases` null: this process is alone. `now`: milliseconds on any clock that never steps back. */
  constructor(
    readonly most: number,
    private readonly leases: Leases | null,
    private readonly now: () => number,
    private readonly windowMs = WINDOW_MS,
  ) {
    this.block = Math.max(1, Math.ceil(most * BLOCK_SHARE));
    this.free = leases === null ? most : Math.max(1, Math.floor(most * FREE_SHARE));
    this.lowWater = this.free >> 1;
  }

  /** Answers at once unless a block must be waited for, which takes no longer than a lease. */
  take(key: string): Verdict | Promise<Verdict> {
    const now = this.now();
    if (now >= this.windowEndsAt) this.begin(now + this.windowMs);
    const account = this.accountOf(key);
    if (account.tokens <= this.lowWater && !account.isOver && account.lot === null) this.ask(key, account, now);
    if (account.tokens > 0 || account.isOver) return this.judge(account, now);
    return (account.lot ?? this.lot).done.then(() => this.take(key));
  }

  private judge(account: Account, now: number): Verdict {
    const passes = account.tokens > 0;
    account.tokens -= Number(passes);
    account.passed += Number(passes);
    return { passes, left: account.tokens + account.left, resetMs: this.windowEndsAt - now };
  }

  private begin(endsAt: number): void {
    this.accounts.clear();
    this.windowEndsAt = endsAt;
  }

  private accountOf(key: string): Account {
    const known = this.accounts.get(key);
    if (known !== undefined) {
      this.accounts.delete(key);
      this.accounts.set(key, known);
      return known;
    }
    const { free, most } = this;
    const isOver = this.leases === null;
    const account = { tokens: free, passed: 0, left: most - free, isTold: false, isOver, lot: null };
    this.accounts.set(key, account);
    if (this.accounts.size > KEYS) this.accounts.delete(this.accounts.keys().next().value!);
    return account;
  }

  /** What is too much for one round trip has to wait for the next, and asks again then. */
  private ask(key: string, account: Account, now: number): void {
    if (now < this.awayUntil) return this.fallBack(account);
    if (this.lot.accounts.size >= ASKS_AT_ONCE) return;
    this.lot.accounts.set(key, account);
    account.lot = this.lot;
    if (!this.isAsking) void this.askAll();
  }

  /** One question is on its way at a time; who comes meanwhile is in the next. */
  private async askAll(): Promise<void> {
    this.isAsking = true;
    while (this.lot.accounts.size > 0) {
      const { lot } = this;
      this.lot = newLot();
      await this.askFor(lot.accounts);
      for (const account of lot.accounts.values()) account.lot = null;
      lot.end();
    }
    this.isAsking = false;
  }

  /** Never rejects. */
  private async askFor(accounts: ReadonlyMap<string, Account>): Promise<void> {
    const asks = [...accounts].map(([key, { isTold }]) => ({
      key,
      spent: isTold ? 0 : this.free,
      wanted: this.block,
      most: this.most,
    }));
    const sentAt = this.now();
    try {
      const { grants, windowLeftMs } = await this.leases!.take(asks);
      const isNew = this.roll(sentAt + windowLeftMs);
      for (const [at, [key, account]] of [...accounts].entries()) this.grant(key, account, grants[at]!, isNew);
    } catch {
      this.awayUntil = this.now() + AWAY_MS;
      for (const account of accounts.values()) this.fallBack(account);
    }
  }

  /** The shared clock says when windows end. True: one ended while we asked, and took all counts with it. */
  private roll(endsAt: number): boolean {
    const isNew = endsAt - this.windowEndsAt > this.windowMs / 2;
    if (isNew) this.begin(endsAt);
    else this.windowEndsAt = endsAt;
    return isNew;
  }

  private grant(key: string, account: Account, { granted, left }: Lease, isNew: boolean): void {
    account.tokens += granted;
    account.left = left;
    account.isTold = true;
    account.isOver = granted === 0;
    if (isNew) account.passed = 0;
    // It may have been forgotten meanwhile.
    if (!this.accounts.has(key)) this.accounts.set(key, account);
  }

  private fallBack(account: Account): void {
    account.tokens = Math.max(0, this.most - account.passed);
    account.left = 0;
    account.isOver = true;
  }
}

function newLot(): Lot {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { accounts: new Map(), done, end };
}

/** Whoever has an IPv6 address has the 2^64 beside it too, so these are one. */
export function addressKey(ip: string): string {
  switch (isIP(ip)) {
    case 4:
      return ip;
    case 6:
      break;
    default:
      return 'unknown';
  }
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail = ''] = ip.replace(/%.*$/, '').split('::');
  const [left, right] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const network = [...left, ...zeros, ...right].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/i;

export const isLoopbackAddress = (ip: string | undefined): boolean => ip !== undefined && LOOPBACK.test(ip);
