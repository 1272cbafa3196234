import type { Outcome } from './campaign.js';
import { KINDS } from './ask.js';

/** What came of it, for people: how often what was answered, and each failure with a line that repeats it. */
export function reportOf(
  { plan, requests, tookMs, counts, answered, failures }: Outcome,
  ofLog: readonly string[],
): string {
  const seconds = tookMs / 1_000;
  const statuses = [...new Set([...counts.values()].flatMap((ofKind) => [...ofKind.keys()]))].sort();
  const cells = (texts: readonly string[]): string => texts.map((text) => text.padStart(6)).join('');
  const rows = KINDS.filter((kind) => counts.has(kind)).map((kind) => {
    const ofKind = counts.get(kind)!;
    return `${kind.padEnd(14)}${cells(statuses.map((status) => String(ofKind.get(status) ?? '')))}`;
  });
  const silent = [...answered].filter(([, yes]) => yes === 0).map(([id]) => id);
  const failed = failures.map(
    ({ what, times, ask, request, answer, command }, at) =>
      `${at + 1}. ${what}${times > 1 ? ` (${times} times)` : ''}\n    ${request}\n    ${ask.kind}${ask.what === '' ? '' : `: ${ask.what}`}; as ${ask.sender}\n    ${answer}\n    ${command}`,
  );
  const wrong = [...failed, ...ofLog.map((line, at) => `${failed.length + at + 1}. ${line}`)];
  return [
    `${requests} requests from the seed ${plan.seed} on, in ${seconds.toFixed(1)} s (${Math.round(requests / seconds)}/s)`,
    `${''.padEnd(14)}${cells(statuses)}`,
    ...rows,
    `${answered.size - silent.length} of ${answered.size} routes said yes${silent.length === 0 ? '' : `; not: ${silent.join(', ')}`}`,
    wrong.length === 0 ? 'Every answer was as described.' : `${wrong.length} WRONG`,
    ...wrong,
  ].join('\n');
}
