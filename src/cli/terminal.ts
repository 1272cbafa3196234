import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red';

export type Paint = (style: Style, text: string) => string;

/** Colours text where they are wanted: NO_COLOR says never, FORCE_COLOR always, else a terminal that has them does. */
export function painter(): Paint {
  const { NO_COLOR = '', FORCE_COLOR = '', TERM } = process.env;
  const isForced = FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  const isWanted = NO_COLOR === '' && (isForced || (process.stdout.isTTY && TERM !== 'dumb'));
  return isWanted ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
