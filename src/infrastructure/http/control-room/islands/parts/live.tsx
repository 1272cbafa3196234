import type { Connection } from './feed.js';

const SAYS: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  away: 'Disconnected. What you see may be old; trying again',
  ended: 'Your token has expired',
  'too-old': 'Reading everything again',
};

/** Whether what is shown is so now. `since`: when it was last so, in milliseconds since 1970. */
export function Live({ connection, since }: { connection: Connection; since: number | null }) {
  const old = connection !== 'live' && connection !== 'connecting' && since !== null;
  return (
    <p class={`pulse is-${connection}`} role="status">
      {SAYS[connection]}
      {old && ` (as of ${new Date(since).toLocaleTimeString('en-GB')})`}
    </p>
  );
}
