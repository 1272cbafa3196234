import { isIP } from 'node:net';
import type { RequestLog } from '../logger.js';

/** Somebody was not let do something. */
export interface Denial {
  /** Method and route, as the table of access names it; the method alone where there is no such route. */
  readonly what: string;
  /** The user id; null: nobody that we know. */
  readonly who: string | null;
  /** The problem's code, and for a token what was wrong with it. */
  readonly why: string;
  readonly reason: string | null;
  readonly status: number;
  readonly requestId: string;
  readonly correlationId: string;
  readonly traceId: string | null;
  readonly address: string | null;
}

export interface DenialBounds {
  readonly windowMs: number;
  /** Lines of one caller or, where there is none, of one address, in a window. */
  readonly linesEach: number;
  /** Lines in a window, whoever it is, and lines that then tell of the rest. */
  readonly lines: number;
  readonly remainders: number;
  /** Callers and addresses that are told apart in a window. */
  readonly sources: number;
}

const DENIAL_BOUNDS: DenialBounds = {
  ...{ windowMs: 60_000, linesEach: 20, lines: 1_000, remainders: 100, sources: 10_000 },
};

interface Source {
  readonly who: string | null;
  readonly address: string | null;
  seen: number;
  untold: number;
}

/**
 * The audit line of every denied action. A flood of them must not fill the disk, nor hide what others do meanwhile: of each
 * caller or address the first ones in a minute have a line, the rest are counted, and the count has one.
 */
export class Denials {
  private sources = new Map<string, Source>();
  private written = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly log: RequestLog,
    private readonly bounds: DenialBounds = DENIAL_BOUNDS,
  ) {}

  note(denial: Denial): void {
    this.timer ??= setTimeout(() => this.tellRest(), this.bounds.windowMs).unref();
    const source = this.sourceOf(denial);
    source.seen += 1;
    if (source.seen > this.bounds.linesEach || this.written >= this.bounds.lines) {
      source.untold += 1;
      return;
    }
    this.written += 1;
    this.log.audit({ audit: true, ...denial, msg: 'denied' });
  }

  /** Ends the window: says how many had no line, of whom. Call when the process stops, too. */
  tellRest(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const untold = [...this.sources.values()].filter((source) => source.untold > 0);
    this.timer = null;
    this.sources = new Map();
    this.written = 0;
    const { remainders, windowMs } = this.bounds;
    for (const { who, address, untold: more } of untold.slice(0, remainders))
      this.log.audit({ audit: true, who, address, more, windowMs, msg: 'denied more often than is told' });
    const rest = untold.slice(remainders);
    if (rest.length === 0) return;
    const more = rest.reduce((sum, source) => sum + source.untold, 0);
    const others = { who: null, address: null, sources: rest.length, more, windowMs };
    this.log.audit({ audit: true, ...others, msg: 'denied more often than is told' });
  }

  private sourceOf({ who, address }: Denial): Source {
    const key = who === null ? `address ${networkOf(address)}` : `caller ${who}`;
    const known = this.sources.get(key);
    if (known !== undefined) return known;
    const isOneTooMany = this.sources.size >= this.bounds.sources;
    const source = isOneTooMany ? this.sources.get(OTHERS) : undefined;
    if (source !== undefined) return source;
    const fresh = { who: isOneTooMany ? null : who, address: isOneTooMany || who !== null ? null : address };
    this.sources.set(isOneTooMany ? OTHERS : key, { ...fresh, seen: 0, untold: 0 });
    return this.sources.get(isOneTooMany ? OTHERS : key)!;
  }
}

const OTHERS = 'others';

/** Whoever has one address of IPv6 has its whole network of 64 bits. */
function networkOf(address: string | null): string {
  if (address === null || isIP(address) !== 6) return String(address);
  const [head = ''] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  return [...groups, '0', '0', '0', '0'].slice(0, 4).join(':');
}
