import type { CourseColumns } from '../shared/chart.js';
import { CourseChart } from './parts/chart.js';
import { Follower, type Connection } from './parts/feed.js';
import { Pulse } from './parts/pulse.js';

/** Facts that come one after the other are read together. */
const GATHER_MS = 400;
const RETRY_MS = 2_000;
/** To read why the page goes. */
const READ_MS = 2_500;

const root = document.getElementById('event')!;
const slider = root.querySelector<HTMLInputElement>('input[type=range]')!;
const output = root.querySelector('output')!;
const moment = document.getElementById('moment')!;
const contention = document.getElementById('contention')!;
const figure = document.getElementById('course')!;
const { event: eventId = '', now } = root.dataset;
const page = `/control-room/events/${eventId}`;
const pulse = new Pulse();
let connection: Connection = 'connecting';

/** Goes on showing the last fact, whichever that is. */
let follows = now === 'true';
/** What is asked for next, while one answer is on its way; null: nothing. */
let wanted: { revision: number | null; course: boolean } | null = null;
let isAsking = false;

const courseIn = (place: HTMLElement): CourseColumns => JSON.parse(place.dataset['course']!) as CourseColumns;
const atIn = (): number => Number(moment.querySelector<HTMLElement>('nav.steps')!.dataset['at']);

root.querySelector('form button')?.remove();
for (const still of figure.querySelectorAll('svg, .ends')) still.remove();
const chart = new CourseChart(figure, courseIn(figure), atIn(), (revision) => go(revision));

slider.addEventListener('input', () => go(Number(slider.value)));
slider.form!.addEventListener('submit', (submitted) => submitted.preventDefault());
moment.addEventListener('click', (clicked) => {
  const link = (clicked.target as Element).closest('a');
  if (link === null || clicked.ctrlKey || clicked.metaKey || clicked.shiftKey) return;
  const { pathname, searchParams } = new URL(link.href);
  if (pathname !== page) return;
  const revision = searchParams.get('revision');
  clicked.preventDefault();
  if (link.getAttribute('aria-disabled') !== 'true') go(revision === null ? null : Number(revision));
});

/** Shows the ledger after a fact; null: after the last, and follows. */
function go(revision: number | null): void {
  follows = revision === null;
  if (revision !== null) slider.value = String(revision);
  tell(revision ?? Number(slider.max));
  history.replaceState(null, '', revision === null ? page : `${page}?revision=${revision}`);
  want(revision, false);
}

function want(revision: number | null, course: boolean): void {
  wanted = { revision, course: course || wanted?.course === true };
  if (!isAsking) void ask();
}

/** One question at a time: while somebody drags, only the last one counts. */
async function ask(): Promise<void> {
  isAsking = true;
  while (wanted !== null) {
    const { revision, course } = wanted;
    wanted = null;
    moment.classList.add('is-loading');
    const html = await fetchPage(revision, course);
    if (html === 'signed-out') return void location.reload();
    if (html === null) {
      wanted ??= { revision, course };
      pulse.tell('away');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    } else {
      pulse.tell(connection);
      if (wanted === null) put(html, course);
    }
  }
  moment.classList.remove('is-loading');
  isAsking = false;
}

async function fetchPage(revision: number | null, course: boolean): Promise<string | 'signed-out' | null> {
  const query = new URLSearchParams();
  if (revision !== null) query.set('revision', String(revision));
  if (!course) query.set('part', 'moment');
  const response = await fetch(`${page}?${query}`, { cache: 'no-store' }).catch(() => null);
  if (response?.status === 401) return 'signed-out';
  return response?.ok === true ? response.text() : null;
}

/** Our own pages: what is data in them was escaped when they were made. */
function put(html: string, isWhole: boolean): void {
  const made = new DOMParser().parseFromString(html, 'text/html');
  const open = moment.querySelector('details')?.open ?? false;
  if (isWhole) chart.show(courseIn(made.getElementById('course')!));
  const from = isWhole ? made.getElementById('moment')! : made.body;
  moment.replaceChildren(...from.childNodes);
  if (isWhole) contention.replaceChildren(...made.getElementById('contention')!.childNodes);
  if (open) moment.querySelector('details')!.open = true;
  const { head = '0', revision = '0' } = moment.querySelector<HTMLElement>('nav.steps')!.dataset;
  slider.max = String(Math.max(Number(slider.max), Number(head)));
  if (follows) slider.value = revision;
  tell(Number(revision));
  chart.mark(atIn());
}

function tell(revision: number): void {
  output.textContent = `${revision} of ${slider.max}`;
}

let gathering: ReturnType<typeof setTimeout> | null = null;

new Follower(
  null,
  {
    facts: (facts) => {
      const head = Math.max(Number(slider.max), ...facts.map(({ revision }) => revision));
      slider.max = String(head);
      tell(Number(slider.value));
      gathering ??= setTimeout(() => {
        gathering = null;
        want(follows ? null : Number(slider.value), true);
      }, GATHER_MS);
    },
    connection: (said) => {
      connection = said;
      pulse.tell(connection);
      if (connection === 'ended') setTimeout(() => location.reload(), READ_MS);
      if (connection === 'too-old') location.reload();
      // What was written between the page and its feed, or while there was none.
      if (connection === 'live' && follows) want(null, true);
    },
  },
  `eventId=${eventId}`,
);
