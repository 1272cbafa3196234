import { byWhom, instantText, kindOf, said, whoseSeats } from '../shared/said.js';
import { Follower, type Connection, type Fact } from './parts/feed.js';
import { Pulse } from './parts/pulse.js';

/** Lines that stay; what is further back is in the histories of the events. */
const LINES = 200;
/** Facts that come one after the other are drawn together. */
const DRAW_EVERY_MS = 100;
/** What the rate is counted over. */
const RATE_MS = 5_000;
const RATE_EVERY_MS = 1_000;
/** To read why the page goes. */
const READ_MS = 2_500;

const list = document.getElementById('facts')!;
const nothing = document.getElementById('nothing')!;
const pause = document.getElementById('pause') as HTMLButtonElement;
const rate = document.getElementById('rate')!;
const { after = '', filter = '' } = list.dataset;
const pulse = new Pulse();

let waiting: Fact[] = [];
/** When what was told came, by this page's clock. */
let came: number[] = [];
let follower: Follower | null = follow(after);
/** Where to go on after a pause. */
let from: string | null = null;

function follow(from: string | null): Follower {
  return new Follower(from, { facts: take, connection: tell }, filter);
}

function take(facts: readonly Fact[]): void {
  const at = performance.now();
  for (const fact of facts) {
    waiting.push(fact);
    came.push(at);
  }
}

function tell(connection: Connection): void {
  if (follower === null) return;
  pulse.tell(connection);
  if (connection === 'ended') setTimeout(() => location.reload(), READ_MS);
  if (connection === 'too-old') location.reload();
}

/** Paused, nothing is kept waiting: the feed is followed again from where it was. */
function toggle(): void {
  const isPaused = follower !== null;
  if (follower === null) {
    pulse.tell('connecting');
    follower = follow(from);
  } else {
    from = follower.position;
    follower.stop();
    follower = null;
    draw();
    pulse.tell('paused');
  }
  pause.textContent = isPaused ? 'Go on' : 'Pause';
  pause.setAttribute('aria-pressed', String(isPaused));
}

function draw(): void {
  if (waiting.length === 0) return;
  // Of what comes faster than it can be read the last is shown.
  const lines = waiting.slice(-LINES).map(lineOf).reverse();
  waiting = [];
  list.prepend(...lines);
  while (list.childElementCount > LINES) list.lastElementChild!.remove();
  nothing.hidden = true;
  list.hidden = false;
}

/** The same line as in `templates/feed.eta`. */
function lineOf(fact: Fact): HTMLElement {
  const { type, eventId, revision, occurredAt, actor, correlationId, data } = fact;
  if (fact.unreadable === true)
    return element('li', 'broken', `${eventId}, revision ${revision}: a record of type ${type} that cannot be read`);
  const line = element('li', `${kindOf(type)} is-new`, '');
  const time = element('time', '', instantText(occurredAt));
  time.setAttribute('datetime', occurredAt);
  const what = element('a', 'what', said(type));
  what.setAttribute('href', `/control-room/events/${eventId}?revision=${revision}`);
  const where = element('span', 'where', `${eventId} `);
  where.append(element('span', 'soft', `revision ${revision}`));
  const by = element('span', 'by soft', byWhom(actor, data));
  line.append(time, what, where, element('span', 'whose', whoseSeats(data)), by);
  if (correlationId !== null) {
    const id = element('a', 'id', correlationId);
    id.setAttribute('href', `?correlationId=${encodeURIComponent(correlationId)}`);
    id.title = 'What this request has led to';
    line.append(id);
  }
  return line;
}

function element(name: string, kind: string, text: string): HTMLElement {
  const made = document.createElement(name);
  if (kind !== '') made.className = kind;
  made.textContent = text;
  return made;
}

function count(): void {
  const since = performance.now() - RATE_MS;
  came = came.filter((at) => at > since);
  const perSecond = came.length / (RATE_MS / 1_000);
  rate.textContent = follower === null || came.length === 0 ? '' : `${perSecond.toFixed(1)} a second`;
}

pause.hidden = false;
pause.addEventListener('click', toggle);
setInterval(draw, DRAW_EVERY_MS);
setInterval(count, RATE_EVERY_MS);
