/** How the tables stand, as `GET /v1/projections` says it, and the words for it. */
export interface GenerationTold {
  readonly generation: number;
  readonly live: boolean;
  readonly state: string;
  readonly position: string;
  readonly behind: number | null;
  readonly lagMs: number | null;
  readonly perSecond: number | null;
  readonly leftMs: number | null;
  readonly movedAt: string;
  readonly shownAt: string | null;
  readonly halt: {
    readonly position: string;
    readonly eventId: string;
    readonly revision: number;
    readonly reason: string;
    readonly since: string;
  } | null;
  readonly pause: { readonly since: string; readonly by: string; readonly reason: string | null } | null;
}

export interface RebuildTold {
  readonly generation: number;
  readonly step: 'folding' | 'comparing' | 'same' | 'different' | 'failed';
  readonly endedAt: string | null;
  readonly folded: number;
  readonly rows: number;
  readonly compared: number;
  readonly different: readonly string[];
  readonly why: string | null;
}

export interface StandingTold {
  readonly head: string;
  readonly generations: readonly GenerationTold[];
  readonly rebuild: RebuildTold | null;
}

const MS = 1_000;
const MINUTE_S = 60;
const HOUR_S = 3_600;

/** A time that passes, to a size that people reckon in. */
export function timeText(ms: number): string {
  const seconds = ms / MS;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 2 * MINUTE_S) return `${Math.round(seconds)} s`;
  return seconds < 2 * HOUR_S ? `${Math.round(seconds / MINUTE_S)} min` : `${Math.round(seconds / HOUR_S)} h`;
}

/** How far behind, in records and in time. */
export function lagText({ behind, lagMs }: Pick<GenerationTold, 'behind' | 'lagMs'>): string {
  const time = lagMs === null ? '' : timeText(lagMs);
  if (behind === null) return time === '' ? 'not known' : time;
  const records = `${behind.toLocaleString('en-GB')} ${behind === 1 ? 'event' : 'events'}`;
  return time === '' ? records : `${records}, ${time}`;
}

/** An instant to the second, in UTC: of a log that others read elsewhere. */
export const clockText = (instant: string): string => `${instant.slice(0, 19).replace('T', ' ')} UTC`;

export const agoText = (instant: string, now: number): string =>
  `${timeText(Math.max(0, now - Date.parse(instant)))} ago`;

/** What is being made: how far it is, from 0 to 1 (null: not known), and until when. */
export interface Lane {
  readonly generation: number;
  readonly share: number | null;
  readonly said: string;
}

/** The generation that is being made, by this process or another one; null: none is. */
export function laneOf({ generations, rebuild, head }: StandingTold): Lane | null {
  const isOurs = rebuild !== null && rebuild.endedAt === null;
  const made = generations.find(({ generation, state }) =>
    isOurs ? generation === rebuild.generation : state === 'building',
  );
  if (isOurs && rebuild.step === 'comparing') {
    const { generation, rows, compared } = rebuild;
    const of = `${compared.toLocaleString('en-GB')} of ${rows.toLocaleString('en-GB')} rows compared`;
    return { generation, share: rows === 0 ? null : compared / rows, said: of };
  }
  if (made === undefined) return isOurs ? { generation: rebuild.generation, share: null, said: 'beginning' } : null;
  const { generation, position, behind, perSecond, leftMs } = made;
  const of = `${Number(position).toLocaleString('en-GB')} of ${Number(head).toLocaleString('en-GB')}`;
  const pace = perSecond === null ? '' : `, ${perSecond.toLocaleString('en-GB')} a second`;
  const left = leftMs === null ? '' : `, about ${timeText(leftMs)} left`;
  const share = behind === null || head === '0' ? null : Number(position) / Number(head);
  return { generation, share, said: `${of} events folded${pace}${left}` };
}

/** What came of the latest rebuild that ended. */
export function stepText({ generation, step, different, why }: RebuildTold): string {
  if (step === 'failed') return `Generation ${generation} could not be made: ${why}`;
  if (step === 'different') return `Generation ${generation} differs from the live one in ${different.join(', ')}.`;
  return `Generation ${generation} is the same as the live one, row by row.`;
}
