import { Pulse } from './parts/pulse.js';

/** Begins rehearsals, and shows how the one on the page goes: while it runs often, else now and then. */
const RUNNING_MS = 250;
const IDLE_MS = 3_000;
const AWAY_MS = 2_000;

const PAGE = '/control-room/rehearsal';
const board = document.getElementById('rehearsed')!;
const form = document.querySelector<HTMLFormElement>('#rehearse');
const pulse = new Pulse();

/** Null: the latest, whichever that is. */
let shown = new URLSearchParams(location.search).get('rehearsal');
let html = '';
/** Ends the pause before the next look. */
let wake = (): void => undefined;

const isRunning = (): boolean => board.querySelector('[data-state]')?.getAttribute('data-state') === 'running';

async function watch(): Promise<never> {
  for (;;) {
    const pauseMs = document.hidden ? IDLE_MS : await read();
    if (form !== null) form.querySelector('button')!.disabled = isRunning();
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, pauseMs);
    });
  }
}

/** Answers when to look again. */
async function read(): Promise<number> {
  const query = new URLSearchParams({ part: 'rehearsed', ...(shown === null ? {} : { rehearsal: shown }) });
  const response = await fetch(`${PAGE}?${query}`, { cache: 'no-store' }).catch(() => null);
  if (response?.status === 401 || response?.status === 404) location.reload();
  if (response?.ok !== true) {
    pulse.tell('away');
    return AWAY_MS;
  }
  pulse.tell('live');
  const fresh = await response.text();
  // Our own page: what is data in it was escaped when it was made. The same again would only take the focus away.
  if (fresh !== html) board.replaceChildren(...new DOMParser().parseFromString(fresh, 'text/html').body.childNodes);
  html = fresh;
  say(board.querySelector('h2')?.textContent ?? '');
  return isRunning() ? RUNNING_MS : IDLE_MS;
}

/** For who cannot see it: what moves is not read out, what it comes to is. */
function say(sentence: string): void {
  const place = document.getElementById('said')!;
  if (place.textContent !== sentence) place.textContent = sentence;
}

interface Answer {
  readonly rehearsalId?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly expected: string }[];
}

async function begin(fields: FormData): Promise<void> {
  const { locking, ...numbers } = Object.fromEntries(fields) as Record<string, string>;
  const wish = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]));
  const response = await fetch('/v1/rehearsals', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'holdfast-csrf': '1' },
    body: JSON.stringify({ ...wish, locking }),
  }).catch(() => null);
  if (response?.status === 401) location.reload();
  const answer = (await response?.json().catch(() => null)) as Answer | null | undefined;
  complain(response?.ok === true ? null : whyNot(answer ?? {}));
  if (answer?.rehearsalId === undefined) return;
  shown = answer.rehearsalId;
  history.replaceState(null, '', `${PAGE}?rehearsal=${shown}`);
  wake();
}

const whyNot = ({ errors, detail = 'The service cannot be reached.' }: Answer): string =>
  errors?.map(({ pointer, expected }) => `${pointer.slice(1)}: expected ${expected}`).join('; ') ?? detail;

function complain(sentence: string | null): void {
  const place = document.getElementById('refused')!;
  place.hidden = sentence === null;
  place.textContent = sentence;
}

form?.addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  void begin(new FormData(form));
});
void watch();
