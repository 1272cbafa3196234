import fc from 'fast-check';
import { Codec, UPCASTERS, type StoredRecord } from '../../../src/infrastructure/event-store/codec.js';
import { WALK_BOUNDS, verifyLog } from '../../../src/infrastructure/event-store/log-walk.js';
import { ChainSealer } from '../../../src/infrastructure/event-store/sealer.js';
import { Story } from '../../projections/story.js';
import { SECOND, book, cancel, confirm, scheduleIt } from '../../support/facts.js';
import { MemoryWalk } from '../../support/memory-walk.js';

const EVENTS = ['gala', 'quiz', 'ball'];
const story = new Story();
for (const event of EVENTS) story.ask(event, scheduleIt());
for (const user of ['ann', 'bob', 'cyd'])
  for (const event of EVENTS) {
    story.now += SECOND;
    story.ask(event, book(user, { hold: true, reference: 'PO "1"' })).ask(event, confirm(user));
    if (user !== 'cyd') story.ask(event, cancel(user, { reason: 'ill' }));
  }
const { records } = story.log;

const findingsOf = async (found: readonly StoredRecord[], bounds = WALK_BOUNDS) =>
  (await verifyLog(new MemoryWalk(found), 0, () => undefined, bounds)).findings;

/** One byte of a text is another one. */
const changed = (text: string, at: number, to: string): string =>
  text.slice(0, at % text.length) + to + text.slice((at % text.length) + 1);

describe('a log', () => {
  it('is as it was written when nothing was changed, however few streams are remembered', async () => {
    for (const links of [50_000, 2, 1, 0]) {
      const walk = new MemoryWalk(records);
      const pages: number[] = [];
      const report = await verifyLog(walk, 0, (count) => pages.push(count), { ...WALK_BOUNDS, links });
      expect(report).toMatchObject({
        records: records.length,
        position: BigInt(records.length),
        wrong: 0,
        findings: [],
      });
      expect(pages.reduce((sum, count) => sum + count)).toBe(records.length);
      expect(walk.recalled > 0).toBe(links < 3);
    }
  });

  it('has one digest, and another one after every record', async () => {
    const digests = new Set<string>();
    for (let then = 0; then <= records.length; then++) {
      const { digest, digestThen } = await verifyLog(new MemoryWalk(records), then);
      digests.add(digestThen!);
      expect((await verifyLog(new MemoryWalk(records.slice(0, then)), 0)).digest).toBe(digestThen);
      if (then === records.length) expect(digestThen).toBe(digest);
    }
    expect(digests.size).toBe(records.length + 1);
    expect((await verifyLog(new MemoryWalk(records), records.length + 1)).digestThen).toBeNull();
  });

  it('in which any one byte of any record is changed is found out, and the record is named', async () => {
    const part = fc.constantFrom('data', 'metadata', 'id', 'type', 'stream');
    const byte = fc.constantFrom('0', 'a', ' ', '"', '\\', '-');
    await fc.assert(
      fc.asyncProperty(fc.nat(records.length - 1), part, fc.nat(1_000), byte, async (n, name, at, to) => {
        const record = records[n]!;
        const text = changed(record[name], at, to);
        fc.pre(text !== record[name]);
        const altered = records.map((each, i) => (i === n ? { ...each, [name]: text } : each));
        const [first] = await findingsOf(altered);
        expect([first?.position, first?.revision]).toEqual([record.position, record.revision]);
      }),
      { numRuns: 300, seed: 20_270_301 },
    );
  });

  it.each([
    ['lacks a record', (n: number) => records.filter((_, i) => i !== n), (n: number) => BigInt(n + 1)],
    [
      'has two records in each other’s place',
      (n: number) => {
        const [one, two] = [records[n]!, records[n + 1]!];
        const swapped = [...records];
        swapped[n] = { ...two, position: one.position };
        swapped[n + 1] = { ...one, position: two.position };
        return one.stream === two.stream ? swapped : null;
      },
      (n: number) => BigInt(n + 1),
    ],
    [
      'has a position twice',
      (n: number) => records.map((record, i) => (i === n + 1 ? { ...record, position: records[n]!.position } : record)),
      (n: number) => BigInt(n + 1),
    ],
  ])('that %s is found out at the first place', async (_, alter, position) => {
    for (let n = 0; n < records.length - 1; n++) {
      const altered = alter(n);
      if (altered === null) continue;
      for (const links of [0, 50_000]) {
        const [first] = await findingsOf(altered, { ...WALK_BOUNDS, links });
        expect(first?.position).toBe(position(n));
      }
    }
  });

  it('in which one record was rewritten, its own hash and id made to fit, is found out at the next of its stream', async () => {
    const [before, target, next] = records.filter(({ stream }) => stream === 'booking-ball').slice(3);
    const { event, metadata } = story.records().find(({ id }) => id === target!.id)!;
    const head = { stream: before!.stream, revision: before!.revision, hash: metadata.prevHash };
    const [forged] = new ChainSealer(new Codec(UPCASTERS)).seal(head, [event], { ...metadata, actor: 'eve' });
    const altered = records.map((each) => (each === target ? { ...forged!, position: each.position } : each));
    expect(await findingsOf(altered)).toEqual([
      expect.objectContaining({
        position: next!.position,
        what: `it does not follow from revision ${target!.revision}: one of the two was rewritten`,
      }),
    ]);
  });

  it('tells what is wrong in words, the first of it first, and counts what it does not tell', async () => {
    const [record, next] = records.filter(({ stream }) => stream === 'booking-quiz').slice(2, 4);
    const altered = records.map((each) => (each === record ? { ...each, data: changed(each.data, 9, '~') } : each));
    expect(await findingsOf(altered)).toEqual([
      {
        ...{ position: record!.position, stream: 'booking-quiz', revision: 2, id: record!.id },
        what: 'its content does not fit its hash: it was changed after it was written',
      },
    ]);
    const without = records.filter((each) => each !== record);
    expect((await findingsOf(without)).map(({ position, what }) => [position, what])).toEqual([
      [record!.position, `position ${record!.position} is missing`],
      [next!.position, 'it follows revision 1'],
    ]);
    const all = records.map((each) => ({ ...each, id: 'x' }));
    const { wrong, findings } = await verifyLog(new MemoryWalk(all), 0, () => undefined, {
      ...WALK_BOUNDS,
      findings: 2,
    });
    expect([wrong, findings.length]).toEqual([records.length, 2]);
  });
});
