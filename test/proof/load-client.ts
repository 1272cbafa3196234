/**
 * The load generator, a process of its own: it makes the calls, writes them down, and does what it is told by messages.
 * Nobody kills anything from here: a kill from this process would come between two of its turns, when every answer has
 * been read.
 */
import { Load } from './load/load.js';
import type { Order, Report } from './load/plan.js';

let load: Load | null = null;

async function obey(order: Order): Promise<readonly string[]> {
  switch (order.do) {
    case 'start':
      load = new Load(order.plan, order.plan.targets);
      await load.start();
      return [];
    case 'targets':
      load?.aim(order.targets);
      return [];
    case 'more':
      await load!.more(order.calls, order.withinMs);
      return [];
    case 'cue':
      await load!.busy(order.target, order.calls, order.withinMs);
      process.kill(order.cue, 'SIGUSR1');
      return [];
    case 'wave':
      await load!.wave(order.eventId, order.users, order.body, order.atOnce);
      return [];
    case 'change':
      await load!.change(order.eventId, order.body);
      return [];
    case 'stop':
      await load?.stop();
      return [];
    case 'resolve':
      return load!.resolve();
    case 'end':
      return (await load?.end()) ?? [];
    case 'close':
      load?.close();
      load = null;
      return [];
  }
}

process.on('message', (order: Order) => {
  void obey(order).then(
    (undecided) => process.send!({ did: order.do, problem: null, undecided } satisfies Report),
    (error: Error) => process.send!({ did: order.do, problem: String(error.stack), undecided: [] } satisfies Report),
  );
});
process.on('disconnect', () => process.exit());
