import { HoldfastError } from '../../src/application/errors.js';
import { positionToken } from '../../src/application/position-token.js';
import type { Mutant } from './mutant.js';
import type { ApiProcess } from './process.js';
import type { Deed } from './script.js';
import type { Audience } from './audience.js';
import { LOG_ID } from './store.js';
import type { Read } from './table-checker.js';

/** Calls and reads that a process has not answered; abandoned when it dies. */
export type Open = Set<{ readonly process: ApiProcess; readonly abandon: () => void }>;

/** Callers who look at events, and send along the highest position that they have seen, to whatever process. */
export class Readers {
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly open: Open,
    private readonly mutant: Mutant,
    private readonly audience: Pick<Audience, 'onRead' | 'onFailed'>,
  ) {}

  see(caller: string, position: number): void {
    this.seen.set(caller, Math.max(position, this.seen.get(caller) ?? 0));
  }

  read({ caller, eventId }: Deed & { kind: 'read' }, process: ApiProcess): void {
    if (!process.isAlive) return;
    const since = this.seen.get(caller) ?? 0;
    const tokens = since === 0 ? [] : [positionToken(LOG_ID, BigInt(since))];
    const sent = this.mutant.tokens?.(tokens) ?? tokens;
    const open = { process, abandon: () => void this.open.delete(open) };
    this.open.add(open);
    const views = this.mutant.views?.(process.views) ?? process.views;
    const asked = process.reads.read(sent, () => views.event(eventId));
    asked.then(
      (shown) => {
        if (!this.open.delete(open)) return;
        const [value, position] = [shown.value as Read['value'], Number(shown.position)];
        this.see(caller, position);
        this.audience.onRead({ eventId, caller, since, position, value, refusal: null });
      },
      (error: unknown) => {
        if (!(error instanceof HoldfastError)) this.audience.onFailed(error);
        else if (this.open.delete(open))
          this.audience.onRead({ eventId, caller, since, position: 0, value: null, refusal: error.code });
      },
    );
  }
}
