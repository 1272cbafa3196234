import type { End, Entry } from '../history.js';
import { check } from './check.js';
import { Crowd } from './crowd.js';

const SETTINGS = { skewMs: 250 };
/** Of each kind of change, so many are tried. */
const TRIES = 6;

type Change = (end: End) => Partial<End> | null;

/** One answer told otherwise than it was; null: it is not of this kind. */
const CHANGES: Readonly<Record<string, Change>> = {
  'another revision': (end) => (isFirst(end) ? bodyOf(end, { revision: Number(end.body['revision']) + 1 }) : null),
  'other seats': (end) =>
    isFirst(end) && typeof end.body['seats'] === 'number' ? bodyOf(end, { seats: end.body['seats'] + 1 }) : null,
  'places that were never free': (end) =>
    end.code === 'sold-out' ? bodyOf(end, { free: Number(end.body['free']) + 100 }) : null,
  'more who waited': (end) =>
    end.code === 'sold-out' ? bodyOf(end, { waiting: Number(end.body['waiting']) + 50 }) : null,
  'somebody else’s booking': (end) => (end.code === 'already-booked' ? bodyOf(end, { bookingId: 'another' }) : null),
  'an event with a place more taken': (end) =>
    typeof end.body['seatsTaken'] === 'number' ? bodyOf(end, { seatsTaken: end.body['seatsTaken'] + 1 }) : null,
  'a position beyond the log': (end) => (isFirst(end) ? { position: end.position!.replace(/-000/, '-100') } : null),
  'no instead of yes': (end) =>
    isFirst(end) && end.status === 201 ? { kind: 'refused', status: 409, code: 'waitlist-full', body: {} } : null,
};

const bodyOf = ({ body }: End, change: object): Partial<End> => ({ body: { ...body, ...change } });
const isEnd = (entry: Entry): entry is End => 'status' in entry && 'replayed' in entry;
/** A yes that wrote, not one that had nothing to do. */
const isFirst = ({ kind, status, replayed }: End): boolean => kind === 'ok' && status === 201 && !replayed;

describe('a checker of histories, and the service itself', () => {
  let crowd: Crowd;
  beforeAll(async () => {
    crowd = await Crowd.open(7);
    await crowd.run(24, 1_500);
  });

  it('finds nothing wrong with what a crowd was told at the front door', () => {
    const { violations, counts } = check(crowd.entries, crowd.records, SETTINGS);
    expect(violations).toEqual([]);
    // Something was there to be found.
    expect(counts.medianOverlap).toBeGreaterThan(8);
    expect(Math.min(counts.promotions, counts.lapses, counts.replayedKeys)).toBeGreaterThan(5);
    expect(Object.keys(counts.byCode).length).toBeGreaterThan(8);
  });

  it.each(Object.keys(CHANGES))('notices one answer that tells of %s', (name) => {
    const change = CHANGES[name]!;
    const places = crowd.entries.flatMap((entry, at) => (isEnd(entry) && change(entry) !== null ? [at] : []));
    const step = Math.max(1, Math.floor(places.length / TRIES));
    const tried = places.filter((_place, n) => n % step === 0).slice(0, TRIES);
    expect(tried.length).toBeGreaterThan(2);
    const unnoticed = tried.filter((at) => {
      const end = crowd.entries[at] as End;
      const entries = crowd.entries.with(at, { ...end, ...change(end) });
      return check(entries, crowd.records, SETTINGS).violations.length === 0;
    });
    expect(unnoticed.map((at) => crowd.entries[at])).toEqual([]);
  });

  it('notices that any one record is missing', () => {
    const step = Math.floor(crowd.records.length / TRIES);
    for (let at = 1; at < crowd.records.length; at += step) {
      const records = crowd.records.filter((_record, n) => n !== at);
      expect(check(crowd.entries, records, { ...SETTINGS, gapless: false }).violations).not.toEqual([]);
    }
  });
});
