import type { Heard } from './checker.js';
import type { Deed } from './script.js';
import type { Read } from './table-checker.js';

/** How an answer is counted and told. */
export function wordOf(heard: Heard): string {
  if (heard.kind === 'yes') return heard.replayed ? 'replayed' : 'accepted';
  return heard.kind === 'no' ? heard.refusal.reason : heard.code;
}

/** What a caller was told, in one line. */
export function answerLine({ wish, envelope, process }: Deed & { kind: 'ask' }, heard: Heard): string {
  const { caller, key, eventId, command } = wish;
  const what = `${command.type} ${eventId} ${key ?? envelope.commandId}`;
  const told = heard.kind === 'yes' ? heard.receipt : heard.kind === 'no' ? heard.refusal : heard.kind;
  return `process ${process} answers ${caller}, ${what}: ${wordOf(heard)} ${JSON.stringify(told)}`;
}

/** What a reader was shown, in one line. */
export const readLine = ({ caller, since, eventId, refusal, position }: Read): string =>
  `${caller}, who has seen ${since}, is shown ${eventId} ${refusal === null ? `as of ${position}` : `not: ${refusal}`}`;

/** One deed in one line. */
export function lineOf(deed: Deed): string {
  switch (deed.kind) {
    case 'ask': {
      const { type, ...command } = deed.wish.command;
      const { caller, key, eventId } = deed.wish;
      const under = key === null ? '' : ` under ${key}`;
      return `${caller} asks process ${deed.process}${under}: ${type} ${eventId} ${JSON.stringify(command)}`;
    }
    case 'read':
      return `${deed.caller} asks process ${deed.process} to show ${deed.eventId}`;
    case 'crash':
      return `process ${deed.process} crashes, and is back after ${deed.restartMs.toFixed(0)} ms`;
    case 'projector':
      return `projector ${deed.projector}: ${deed.end}`;
    case 'skew':
      return `the clock of machine ${deed.machine} is off by ${deed.skewMs.toFixed(0)} ms`;
    case 'leap':
      return `${deed.ms.toFixed(0)} ms pass at once`;
    case 'sweep':
      return 'every process sweeps';
    case 'plant':
      return `a record that nobody can read is put behind ${deed.eventId}`;
    case 'resume':
      return 'an operator resumes what has halted';
    default:
      return deed satisfies never;
  }
}
