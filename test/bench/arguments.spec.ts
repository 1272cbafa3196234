import { readArguments } from '../../bench/arguments.js';

describe('the arguments of the bench', () => {
  it('are the whole table when there are none', () => {
    const { only, ...rest } = readArguments([]);
    expect(rest).toEqual({ suite: 'all', url: null, quick: false, json: false, out: null, writeDocs: false, draw: [] });
    expect(only).toEqual(expect.arrayContaining(['flash', 'spread', 'last-place']));
  });

  it('choose a part of it, and how it is told', () => {
    const asked = readArguments(['--core', '--only', 'flash,start', '--quick', '--json', '--out', 'figures.jsonl']);
    const told = { quick: true, json: true, out: 'figures.jsonl' };
    expect(asked).toEqual({ suite: 'core', url: null, ...told, writeDocs: false, draw: [], only: ['flash', 'start'] });
  });

  it.each([
    [['--core', '--eventstoredb'], /runs of their own/],
    [['--only', 'flash,nothing'], /no scenario nothing/],
    [['--url', 'esdb://localhost'], /address of an EventStoreDB/],
    [['--eventstoredb', '--url', 'http://localhost'], /address of an EventStoreDB/],
    [['--core', '--write-docs'], /whole table/],
    [['--slow'], /--slow/],
  ])('%j are refused', (args, why) => {
    expect(() => readArguments(args)).toThrow(why);
  });
});
