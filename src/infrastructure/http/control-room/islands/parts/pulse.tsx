import { render } from 'preact';
import type { Connection } from './feed.js';

/** Beside what happens by itself: somebody wants it to stand still. */
type Told = Connection | 'paused';

const SAYS: Readonly<Record<Told, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  away: 'Disconnected, trying again',
  ended: 'Your token has expired',
  'too-old': 'Reading everything again',
  paused: 'Paused',
};

/** Says in the bar of the page whether what is shown is so now and, where it is not, until when it was. */
export class Pulse {
  private readonly place = document.getElementById('pulse')!;
  private since: number | null = null;

  constructor() {
    this.tell('connecting');
  }

  tell(connection: Told): void {
    if (connection === 'live') this.since = Date.now();
    const isOld = (connection === 'away' || connection === 'paused') && this.since !== null;
    document.body.dataset['pulse'] = connection;
    render(
      <p class={`pulse is-${connection}`} role="status">
        {SAYS[connection]}
        {isOld && <span class="soft">as of {new Date(this.since!).toLocaleTimeString('en-GB')}</span>}
      </p>,
      this.place,
    );
  }
}
