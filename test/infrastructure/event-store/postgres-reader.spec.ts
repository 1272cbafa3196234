import fc from 'fast-check';
import { StoreUnavailable } from '../../../src/application/errors.js';
import type { Codec } from '../../../src/infrastructure/event-store/codec.js';
import { PostgresReader } from '../../../src/infrastructure/event-store/postgres-reader.js';

type Pool = ConstructorParameters<typeof PostgresReader>[0];

/** A stream that grows while it is read: each query sees what is there when its turn comes. */
class GrowingStream {
  most = 0;
  asked = 0;
  private underWay = 0;

  constructor(
    public length: number,
    /** For each query: how many turns it takes, and by how much the stream has grown by then. */
    private readonly steps: readonly { readonly turns: number; readonly growth: number }[],
    private readonly broken = Infinity,
    /** The revision of a row that somebody has deleted. */
    private readonly lost = Infinity,
  ) {}

  readonly query = async ({ values }: { values: readonly string[] }) => {
    const [, from, limit] = values.map(Number) as [number, number, number];
    const nth = this.asked++;
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    const { turns = 0, growth = 0 } = this.steps[nth % this.steps.length] ?? {};
    for (let turn = 0; turn <= turns; turn += 1) await new Promise(setImmediate);
    this.underWay -= 1;
    if (nth >= this.broken) throw new Error('away');
    this.length += growth;
    const left = upTo(this.length, from).filter((revision) => revision !== this.lost);
    return { rows: left.slice(0, limit).map((revision) => [revision, 's', revision, 'id', 'type', '{}', '{}']) };
  };
}

const readerOf = (stream: GrowingStream): PostgresReader =>
  new PostgresReader(stream as unknown as Pool, { decode: (record: object) => record } as unknown as Codec);

async function revisionsIn(stream: GrowingStream, from = 0, most?: number): Promise<number[]> {
  const found: number[] = [];
  for await (const page of readerOf(stream).read('s', from, most)) found.push(...page.map(({ revision }) => revision));
  return found;
}

const upTo = (length: number, from = 0): number[] =>
  Array.from({ length: Math.max(0, length - from) }, (_, at) => from + at);

describe('Reading a stream in pages, of which some are asked for ahead', () => {
  it('gives all that was there, in order and without a gap, however it grows meanwhile', async () => {
    const steps = fc.array(fc.record({ turns: fc.nat(6), growth: fc.nat(1_500) }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.nat(6_000), fc.nat(800), steps, async (length, from, plan) => {
        // Once it stands still, it is not followed for ever.
        const stream = new GrowingStream(length, [...plan, ...Array(8).fill({ turns: 0, growth: 0 })]);
        const found = await revisionsIn(stream, from);
        expect(found).toEqual(upTo(from + found.length, from));
        expect(from + found.length).toBeGreaterThanOrEqual(length);
        expect(stream.most).toBeLessThanOrEqual(2);
      }),
      { numRuns: 60 },
    );
  });

  it('asks for no more than it was asked for', async () => {
    const stream = new GrowingStream(9_000, [{ turns: 1, growth: 0 }]);
    expect(await revisionsIn(stream, 100, 2_345)).toEqual(upTo(2_445, 100));
    expect(stream.asked).toBe(3);
    const short = new GrowingStream(40, [{ turns: 0, growth: 0 }]);
    expect(await revisionsIn(short)).toEqual(upTo(40));
    expect(short.asked).toBe(1);
    expect(await revisionsIn(short, 0, 0)).toEqual([]);
  });

  it('fails where the first page that could not be read would be, after those before it', async () => {
    const stream = new GrowingStream(9_000, [{ turns: 1, growth: 0 }], 2);
    const found: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const page of readerOf(stream).read('s', 0)) found.push(...page.map(({ revision }) => revision));
    };
    await expect(reading()).rejects.toThrow(StoreUnavailable);
    expect(found).toEqual(upTo(1_500));
  });

  it('ends before a record that is missing, on whatever page that would be', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4_000 }), fc.nat(), fc.nat(), async (length, where, start) => {
        // Behind the last record nobody can see that there was one.
        const lost = where % (length - 1);
        const from = start % (lost + 1);
        const stream = new GrowingStream(length, [{ turns: 0, growth: 0 }], Infinity, lost);
        const found: number[] = [];
        const reading = async (): Promise<void> => {
          for await (const page of readerOf(stream).read('s', from))
            found.push(...page.map(({ revision }) => revision));
        };
        await expect(reading()).rejects.toThrow(`s lacks revision ${lost}`);
        expect(found).toEqual(upTo(lost, from));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves nothing unhandled when whoever reads has had enough', async () => {
    const stream = new GrowingStream(9_000, [{ turns: 3, growth: 0 }], 1);
    for await (const page of readerOf(stream).read('s', 0)) {
      expect(page).toHaveLength(500);
      break;
    }
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(stream.asked).toBe(3);
  });
});
