import type { Ask } from './ask.js';
import type { Answer } from './wire.js';

const MOST = 300;
/** Half of what is looked for is looked for among the latest. */
const LATEST = 12;

type Ids = Readonly<Record<string, string>>;

/** What one caller has learnt from the answers so far: ids, tags, positions, cursors, and what was asked with a key. */
export class Memory {
  private readonly things: Ids[] = [];
  private readonly positions: string[] = [];
  private readonly etags = new Map<string, string>();
  private readonly cursors = new Map<string, string[]>();
  private readonly keyed: { readonly ask: Ask; readonly answer: Answer }[] = [];

  learn(ask: Ask, answer: Answer): void {
    if (answer.status >= 400) return;
    const path = ask.request.target.split('?', 1)[0]!;
    const etag = answer.headers.get('etag');
    const resource = answer.headers.get('location') ?? path.replace(/\/(confirm|extend|cancel)$/, '');
    if (etag !== undefined) this.etags.set(resource, etag);
    keep(this.positions, answer.headers.get('holdfast-position'));
    if (ask.key !== null && answer.status < 300) keep(this.keyed, { ask, answer });
    const json = jsonOf(answer);
    if (json === null) return;
    this.remember(json);
    const { nextCursor } = json as { nextCursor?: unknown };
    if (typeof nextCursor !== 'string') return;
    if (!this.cursors.has(path)) this.cursors.set(path, []);
    keep(this.cursors.get(path)!, nextCursor);
  }

  /** Ids that belong together, of something that has all of these. */
  thing(names: readonly string[], pick: number): Ids | undefined {
    return chooseFrom(
      this.things.filter((ids) => names.every((name) => name in ids)),
      pick,
    );
  }

  etag(path: string): string | undefined {
    return this.etags.get(path);
  }

  anyEtag(pick: number): string | undefined {
    return chooseFrom([...this.etags.values()], pick);
  }

  position(pick: number): string | undefined {
    return chooseFrom(this.positions, pick);
  }

  cursor(path: string, pick: number): string | undefined {
    return chooseFrom(this.cursors.get(path) ?? [], pick);
  }

  /** A request with a key that was answered with a yes. */
  earlier(pick: number): { readonly ask: Ask; readonly answer: Answer } | undefined {
    return chooseFrom(this.keyed, pick);
  }

  private remember(value: unknown, above: Ids = {}): void {
    if (Array.isArray(value)) return value.forEach((each) => this.remember(each, above));
    if (typeof value !== 'object' || value === null) return;
    const own = Object.entries(value).filter(([name, id]) => name.endsWith('Id') && typeof id === 'string');
    const ids = { ...above, ...(Object.fromEntries(own) as Ids) };
    if (own.length > 0) keep(this.things, ids);
    for (const each of Object.values(value)) if (typeof each === 'object') this.remember(each, ids);
  }
}

function keep<T>(list: T[], value: T | undefined): void {
  if (value === undefined) return;
  list.push(value);
  if (list.length > MOST) list.shift();
}

function chooseFrom<T>(list: readonly T[], pick: number): T | undefined {
  const from = pick % 2 === 0 ? list.slice(-LATEST) : list;
  return from[(pick >> 1) % Math.max(1, from.length)];
}

export function jsonOf({ headers, body }: Answer): unknown {
  if (!/^application\/([a-z.-]+\+)?json/.test(headers.get('content-type') ?? '') || body.length === 0) return null;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
