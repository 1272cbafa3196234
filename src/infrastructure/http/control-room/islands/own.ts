import { Follower } from './parts/feed.js';
import { Pulse } from './parts/pulse.js';

/** The page of an event for who sees only what is their own: read again when something is told of it, and now and then. */
const EVERY_MS = 15_000;
const GATHER_MS = 400;
const READ_MS = 2_500;

const pulse = new Pulse();
const main = document.getElementById('main')!;
const eventId = document.getElementById('own')!.dataset['event']!;
let gathering: ReturnType<typeof setTimeout> | null = null;

async function reread(): Promise<void> {
  if (document.hidden) return;
  const response = await fetch(location.href, { cache: 'no-store' }).catch(() => null);
  if (response?.status === 401) return location.reload();
  if (response?.ok !== true) return pulse.tell('away');
  const made = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const section of main.querySelectorAll('section')) {
    const fresh = made.querySelector(`section[aria-labelledby="${section.getAttribute('aria-labelledby')}"]`);
    if (fresh !== null) section.replaceChildren(...fresh.childNodes);
  }
}

setInterval(() => void reread(), EVERY_MS);
new Follower(
  null,
  {
    facts: () => {
      gathering ??= setTimeout(() => {
        gathering = null;
        void reread();
      }, GATHER_MS);
    },
    connection: (connection) => {
      pulse.tell(connection);
      if (connection === 'ended') setTimeout(() => location.reload(), READ_MS);
    },
  },
  `eventId=${eventId}`,
);
