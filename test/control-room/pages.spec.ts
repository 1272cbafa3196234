import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { StoreUnavailable } from '../../src/application/errors.js';
import { recordsOf } from '../../src/application/queries/replay.js';
import { recordedOf } from '../../src/application/ports.js';
import { evolve } from '../../src/domain/booking/evolve.js';
import { initial } from '../../src/domain/booking/ledger.js';
import { freeSeats } from '../../src/domain/booking/policy.js';
import { expiryIn } from '../../src/infrastructure/http/control-room/sign-in.js';
import { mintToken } from '../../src/infrastructure/http/tokens.js';
import { SECRET } from '../support/credentials.js';
import { generation } from '../support/memory-projections.js';
import { Room } from './room.js';
import { PREMIERE, playSeason } from './season.js';
import { fill, watchRush } from './smooth.js';

let room: Room;
beforeAll(async () => {
  room = await Room.open();
  await playSeason(room.door, 12);
});
afterAll(() => room.close());

const card = (page: Page, title: string) => page.locator('.event', { hasText: title });
const pulse = (page: Page, text: string) => page.locator('.pulse', { hasText: text }).waitFor();
const figure = (page: Page, name: string) =>
  page.locator('#moment .figures div', { hasText: name }).locator('dd').innerText();

/** What axe finds and calls serious or critical; `options`: see axe.run. */
async function seriousIn(page: Page, options: string): Promise<unknown[]> {
  const { violations } = await page.evaluate<axe.AxeResults>(
    `axe.run(document, { resultTypes: ['violations'], iframes: false, ...${options} })`,
  );
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)]);
}

/** What a revision comes to, by the domain's fold of the records up to it. */
async function foldedAt(eventId: string, revision: number) {
  const { store, streams } = room.door.service;
  const ledger = initial();
  for await (const record of recordsOf(store, streams.of(eventId), 0, revision + 1)) evolve(ledger, recordedOf(record));
  const { seatsTaken, seatsHeld, waitlist, bookings } = ledger;
  return {
    ...{ confirmed: seatsTaken - seatsHeld, held: seatsHeld, free: freeSeats(ledger) },
    ...{ waiting: waitlist.length, bookings: bookings.size },
  };
}

async function shownAt(page: Page, revision: number) {
  await page.locator(`.steps[data-revision="${revision}"]`).waitFor();
  const number = async (name: string): Promise<number> => Number(await figure(page, name));
  const [confirmed, held, free, waiting] = [
    ...[await number('Confirmed'), await number('Held')],
    ...[await number('Free'), await number('Waiting')],
  ];
  const bookings = Number(await page.locator('#bookings-title .soft').innerText());
  return { confirmed, held, free, waiting, bookings };
}

describe('events', () => {
  it('a booking is on the screen as soon as it is made, and the place that came free too', async () => {
    const eventId = await room.door.event({ title: 'Two seats', capacity: 2 });
    const page = await room.look('/control-room/events');
    await pulse(page, 'Live');
    await card(page, 'Two seats').getByText('2 free').waitFor();
    const bookingId = await room.door.booking(eventId, 'ada', { seats: 2 });
    await card(page, 'Two seats').getByText('booked').waitFor();
    await room.door.ask('POST', `/v1/events/${eventId}/bookings`, 'bob', { waitlist: true });
    await card(page, 'Two seats').getByText('1 waiting').waitFor();
    await room.door.ask('POST', `/v1/events/${eventId}/bookings/${bookingId}/cancel`, 'ada', {});
    await card(page, 'Two seats').getByRole('img', { name: '0 confirmed, 1 held, 1 free of 2' }).waitFor();
    await page.close();
  });

  it('an event that is scheduled meanwhile comes in', async () => {
    const page = await room.look('/control-room/events');
    await pulse(page, 'Live');
    await room.door.event({ title: 'Late addition' });
    await card(page, 'Late addition').waitFor();
    await page.close();
  });

  it('are found by a word and put in order, and reached with the arrow keys', async () => {
    const page = await room.look('/control-room/events');
    await card(page, 'Opening night').waitFor();
    await page.getByLabel('Order').selectOption('full');
    const shares = await page.locator('.event .sums .soft').allInnerTexts();
    const full = shares.map((text) => Number(text.split('/')[0]) / Number(text.split('/')[1]));
    expect(full).toEqual([...full].sort((a, b) => b - a));
    await page.locator('.event a').first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.dataset.index')).toBe('1');
    await page.getByLabel('Find').fill('opening');
    await page.waitForFunction('document.querySelectorAll(".event").length === 1');
    await page.close();
  });

  it('say so when the service is away, and heal by themselves', async () => {
    const page = await room.look('/control-room/events');
    await pulse(page, 'Live');
    await page.context().setOffline(true);
    // What is open stays open when a machine loses its network, until somebody writes.
    room.door.app.getHttpServer().closeAllConnections();
    await pulse(page, 'Disconnected');
    await page.context().setOffline(false);
    await pulse(page, 'Live');
    await page.close();
  });
});

describe('one event', () => {
  it('the slider shows at each revision what a fold of the facts up to it says', async () => {
    const page = await room.look(`/control-room/events/${PREMIERE}`);
    await pulse(page, 'Live');
    const slider = page.getByRole('slider');
    const head = Number(await slider.getAttribute('max'));
    expect(await shownAt(page, head)).toEqual(await foldedAt(PREMIERE, head));
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await shownAt(page, head - 1)).toEqual(await foldedAt(PREMIERE, head - 1));
    expect(page.url()).toContain(`?revision=${head - 1}`);
    for (const revision of [0, 7, Math.floor(head / 2)]) {
      await slider.fill(String(revision));
      expect(await shownAt(page, revision)).toEqual(await foldedAt(PREMIERE, revision));
    }
    await page.close();
  });

  it('shows the same without a script, and where the chain stands', async () => {
    const page = await room.look(`/control-room/events/${PREMIERE}?revision=7`, { script: false });
    expect(await shownAt(page, 7)).toEqual(await foldedAt(PREMIERE, 7));
    expect(await page.locator('.mark-ok').innerText()).toContain('chain verified');
    await page.getByRole('link', { name: 'Later' }).click();
    expect(await shownAt(page, 8)).toEqual(await foldedAt(PREMIERE, 8));
    await page.close();
  });

  it('follows what happens, until somebody looks back', async () => {
    const eventId = await room.door.event({ title: 'Followed', capacity: 9 });
    const page = await room.look(`/control-room/events/${eventId}`);
    await pulse(page, 'Live');
    await room.door.booking(eventId, 'ada', { seats: 2 });
    expect(await shownAt(page, 1)).toMatchObject({ confirmed: 2, free: 7 });
    await page.getByRole('link', { name: 'First' }).click();
    await page.locator('.steps[data-revision="0"]').waitFor();
    await room.door.booking(eventId, 'bob');
    await page.locator('output', { hasText: '0 of 2' }).waitFor();
    expect(await shownAt(page, 0)).toMatchObject({ confirmed: 0 });
    await page.close();
  });
});

describe('contention', () => {
  it('is counted on while somebody looks', async () => {
    const eventId = await room.door.event({ title: 'Pressed for', capacity: 1 });
    const page = await room.look(`/control-room/events/${eventId}`);
    await pulse(page, 'Live');
    await room.door.booking(eventId, 'ada');
    const attempts = page.locator('#contention .figures div', { hasText: 'Attempts' }).locator('dd');
    await attempts.getByText('2', { exact: true }).waitFor();
    await page.close();
  });
});

describe('the feed', () => {
  const line = (page: Page, text: string) => page.locator('.feed li', { hasText: text });

  it('shows what is committed; paused it stands still, and misses nothing', async () => {
    const eventId = await room.door.event({ title: 'Told', capacity: 9 });
    const page = await room.look('/control-room/feed');
    await pulse(page, 'Live');
    await room.door.booking(eventId, 'first-guest');
    await line(page, 'first-guest').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await pulse(page, 'Paused');
    await room.door.booking(eventId, 'second-guest');
    await room.door.booking(eventId, 'third-guest');
    expect(await line(page, 'second-guest').count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await line(page, 'third-guest').waitFor();
    expect(await page.locator('.feed li .whose').allInnerTexts()).toEqual(
      expect.arrayContaining(['third-guest, 1 seat', 'second-guest, 1 seat', 'first-guest, 1 seat']),
    );
    expect(await line(page, 'second-guest').count()).toBe(1);
    await page.close();
  });

  it('shows what one request has led to, whoever else does something', async () => {
    const eventId = await room.door.event({ title: 'Asked', capacity: 9 });
    const book = (as: string, correlation: string) =>
      room.door.ask('POST', `/v1/events/${eventId}/bookings`, as, {}, { 'x-request-id': correlation });
    await book('ada', 'req-before');
    const page = await room.look('/control-room/feed');
    await page.getByRole('link', { name: 'req-before' }).click();
    await page.waitForURL('**/feed?correlationId=req-before');
    await pulse(page, 'Live');
    expect(await page.locator('.feed li').count()).toBe(1);
    await book('bob', 'req-other');
    await book('cid', 'req-before');
    await line(page, 'cid').waitFor();
    expect(await page.locator('.feed li').count()).toBe(2);
    await page.close();
  });
});

describe('a rehearsal', () => {
  it('is begun from the page, seen going on, and told with its evidence, for each strategy', async () => {
    const page = await room.look('/control-room/rehearsal');
    await pulse(page, 'Live');
    await page.getByLabel('Places').fill('0');
    // As it is sent, not as a browser would keep it back.
    await page.evaluate('document.getElementById("rehearse").noValidate = true');
    await page.getByRole('button', { name: 'Rehearse' }).click();
    await page.getByRole('alert').getByText('places: expected a whole number from 1 to 5000').waitFor();
    await page.getByLabel('Places').fill('60');
    await page.getByRole('button', { name: 'Rehearse' }).click();
    await page.getByRole('heading', { name: 'Never oversold, never twice' }).waitFor();
    const runs = page.locator('.run');
    expect(await runs.locator('h3').allInnerTexts()).toEqual(['Optimistic done', 'Pessimistic done']);
    expect(await runs.locator('.facts').first().innerText()).toContain('of 60, at most 60');
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    const url = new URL(page.url());
    expect(url.searchParams.get('rehearsal')).toBe(room.door.rehearsals.list()[0]!.rehearsalId);
    const plain = await room.look(url.pathname + url.search, { script: false });
    await plain.getByRole('heading', { name: 'Never oversold, never twice' }).waitFor();
    await plain.getByRole('link', { name: 'revisions 0' }).first().click();
    await plain.getByText('called off').first().waitFor();
    await Promise.all([page.close(), plain.close()]);
  });
});

describe('the projectors', () => {
  const still = () => room.door.projections.now;
  let before: ReturnType<typeof still>;
  beforeAll(() => {
    before = still();
  });
  afterEach(() => {
    room.door.projections.now = before;
    room.door.projections.fault = null;
  });

  it('are paused, rebuilt and switched by operators, with a reason and after a second question', async () => {
    const page = await room.look('/control-room/projectors', { as: 'eve ops' });
    await pulse(page, 'Live');
    const first = page.getByRole('region', { name: 'Generation 1' });
    await first.getByRole('button', { name: 'Pause' }).click();
    await page.getByLabel('Why').fill('new disks');
    await page.getByRole('button', { name: 'Yes' }).click();
    await first.getByText('Paused by eve').waitFor();
    expect(still().generations[0]!.pause).toMatchObject({ by: 'eve', reason: 'new disks' });
    await first.getByRole('button', { name: 'Resume' }).click();
    await first.getByText('up to date').waitFor();
    await page.getByRole('button', { name: 'Rebuild' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.getByText('Generation 2 is the same as the live one').waitFor();
    const second = page.getByRole('region', { name: 'Generation 2' });
    await second.getByRole('button', { name: 'Show to all readers' }).click();
    await page.getByRole('button', { name: 'No' }).click();
    expect(still().generations[1]!.live).toBe(false);
    await second.getByRole('button', { name: 'Show to all readers' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await second.getByText('live', { exact: true }).waitFor();
    await page.close();
  });

  it('say how far a rebuild is, why one stands still, and that the tables are away; and heal', async () => {
    const halt = { position: 41n, eventId: PREMIERE, revision: 3, recordId: 'r', reason: 'it does not fit', since: 0 };
    const halted = generation({ state: 'halted', behind: 600, lagMs: 61_000, halt });
    const made = generation({ generation: 2, live: false, state: 'building', position: 300n, lagMs: null });
    const generations = [halted, { ...made, behind: 300, perSecond: 50, leftMs: 6_000 }];
    room.door.projections.now = { ...still(), head: 600n, generations };
    const page = await room.look('/control-room/projectors', { as: 'ada audit:read' });
    await page.getByText('600 events, 61 s').waitFor();
    await page.getByText('300 of 600 events folded, 50 a second, about 6.0 s left').waitFor();
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('0.5');
    expect(await page.getByRole('button', { name: /Pause|Rebuild|Try again/ }).count()).toBe(0);
    room.door.projections.fault = new StoreUnavailable('away');
    await pulse(page, 'Disconnected');
    room.door.projections.fault = null;
    await pulse(page, 'Live');
    await page.getByRole('link', { name: `${PREMIERE}, revision 3` }).click();
    await page.locator('.steps[data-revision="3"]').waitFor();
    await page.close();
  });
});

describe('signing in', () => {
  it('with a token made on this machine leads to the page that was asked for', async () => {
    const page = await room.look(`/control-room/events/${PREMIERE}?revision=3`, { as: null });
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.locator('.steps[data-revision="3"]').waitFor();
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ name: 'holdfast', httpOnly: true, sameSite: 'Strict', path: '/' }]);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Control room' }).waitFor();
    await page.close();
  });

  it('is asked for again when the token ends while a page is open', async () => {
    const page = await room.look('/control-room/events', { as: null });
    const grant = { subject: 'ada', scope: 'audit:read', issuer: null, audience: null };
    const token = mintToken(SECRET, { ...grant, ttlMs: 60_000 });
    // The guard goes by the machine's clock: however slow the browser, the token is good there when it signs in.
    room.door.service.time.at = expiryIn(token)! - 1_500;
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('#notice', { hasText: 'Your token' }).waitFor();
    const ended = mintToken(SECRET, { ...grant, ttlMs: -1_000 });
    await page
      .context()
      .addCookies([{ name: 'holdfast', value: ended, url: new URL('/', page.url()).href, httpOnly: true }]);
    room.door.service.time.at = Date.now();
    await page.getByRole('alert').getByText('Your token has expired').waitFor();
    await page.close();
  });
});

describe('every page', () => {
  it('that cannot be had says why, and looks again where that helps', async () => {
    const page = await room.look('/control-room/events/no-such-event');
    await page.getByRole('heading', { name: 'Not found' }).waitFor();
    await page.goto(`/control-room/events/${PREMIERE}?revision=100000`);
    await page.getByRole('link', { name: 'Show that' }).click();
    await page.locator('.steps').waitFor();
    room.door.views.fault = new StoreUnavailable('away');
    await page.goto('/control-room/events');
    await page.getByRole('heading', { name: 'Store unavailable' }).waitFor();
    room.door.views.fault = null;
    await card(page, 'Opening night').waitFor();
    await page.close();
  });

  const looks = [
    { at: '/control-room/events', as: 'operator audit:read' },
    { at: `/control-room/events/${PREMIERE}`, as: 'operator audit:read' },
    { at: '/control-room/events/show-02', as: 'guest-1 booking' },
    { at: '/control-room/feed', as: 'operator audit:read' },
    { at: '/control-room/projectors', as: 'operator ops' },
    { at: '/control-room/rehearsal', as: 'operator ops' },
    { at: '/control-room/nowhere', as: 'operator audit:read' },
    { at: '/control-room', as: null },
  ] as const;
  it.each(looks)('at $at has nothing serious that axe knows of, light, dark, and on a phone', async ({ at, as }) => {
    const page = await room.look(at, { as, width: 390 });
    if (as !== null && !at.endsWith('/nowhere')) await pulse(page, 'Live');
    // As a script of the page's own: the page's rules for others stay.
    await page.evaluate(axe.source);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    const light = await seriousIn(page, '{}');
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await seriousIn(page, "{ runOnly: ['color-contrast'] }");
    await page.close();
    expect({ isTooWide: width > 390, light, dark }).toEqual({ isTooWide: false, light: [], dark: [] });
  });

  it('loads at most 45 KB of script, and a bound that is less would be noticed', async () => {
    const weigh = (...words: string[]) => promisify(execFile)(process.execPath, ['scripts/weigh.mjs', ...words]);
    const { stdout } = await weigh();
    expect(stdout.match(/^\w+\.js/gm)).toEqual(expect.arrayContaining(['event.js', 'events.js', 'projectors.js']));
    await expect(weigh('--most', '20000')).rejects.toMatchObject({ code: 1 });
  });
});

describe('a rush', () => {
  const course = { changesPerSecond: 200, seconds: 1.5 };
  let busy: Room;
  beforeAll(async () => {
    busy = await Room.beside(room.browser);
  });
  afterAll(() => busy.close({ browser: false }));

  it('of 200 changes a second on screen is drawn, all of it', async () => {
    const names = await fill(busy, 300);
    const page = await busy.look('/control-room/events');
    await pulse(page, 'Live');
    const { frames, slow, changes, shown } = await watchRush(busy, page, names, course);
    console.log(`${slow} of ${frames} animation frames over 50 ms, at ${changes} changes in ${course.seconds} s`);
    expect(changes).toBeGreaterThan(course.changesPerSecond);
    expect(shown).toBe(changes);
  });
});
