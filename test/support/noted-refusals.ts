import type {
  After,
  KeptRefusal,
  NotedRefusal,
  RefusalFilter,
  RefusalGap,
  RefusalLog,
  RefusalViews,
} from '../../src/application/ports.js';

/** Refusals without tables. */
export class NotedRefusals implements RefusalLog, RefusalViews {
  readonly kept: (KeptRefusal | RefusalGap)[] = [];

  note(refusal: NotedRefusal): void {
    const id = `00000000-0000-4000-8000-${String(this.kept.length).padStart(12, '0')}`;
    this.kept.push({ kind: 'refusal', id, ...refusal });
  }

  async refusals(
    eventId: string,
    { userId, code }: RefusalFilter,
    limit: number,
    after: After | null,
  ): Promise<readonly (KeptRefusal | RefusalGap)[]> {
    return this.kept
      .filter((each) => (each.eventId ?? eventId) === eventId)
      .filter((each) => each.kind === 'gap' || (userId ?? each.userId) === each.userId)
      .filter((each) => each.kind === 'gap' || (code ?? each.code) === each.code)
      .filter((each) => after === null || isBehind(each, after))
      .sort((a, b) => (isBehind(a, { at: b.refusedAt, id: b.id }) ? 1 : -1))
      .slice(0, limit);
  }
}

const isBehind = ({ refusedAt, id }: KeptRefusal | RefusalGap, { at, id: last }: After): boolean =>
  refusedAt > at || (refusedAt === at && id > last);
