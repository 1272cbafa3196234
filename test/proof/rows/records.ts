import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, codeOf } from '../../../bench/support/http-client.js';
import { tokenOf } from '../../support/load.js';
import { onServer } from '../../support/postgres.js';
import { check } from '../checker/check.js';
import { usualEvents } from '../load/plan.js';
import { lagOf } from '../tables.js';
import type { Row, Run } from '../run.js';
import { calmLoad } from './stores.js';
import { LONE, PAIR } from './topologies.js';

/** What an operator's session puts into the log, behind the last record of a stream. */
interface Smuggled {
  readonly type: string;
  readonly schemaVersion: number;
}

const insert = (url: string, stream: string, { type, schemaVersion }: Smuggled): Promise<bigint> =>
  onServer(url, async (client) => {
    await client.query('BEGIN');
    await client.query('UPDATE log.streams SET revision = revision + 1 WHERE stream = $1', [stream]);
    const { rows } = await client.query<{ position: string }>(
      `WITH p AS (UPDATE log.position SET head = head + 1 RETURNING head),
            last AS (SELECT * FROM log.events WHERE stream = $1 ORDER BY revision DESC LIMIT 1)
       INSERT INTO log.events (position, stream, revision, id, type, data, metadata)
       SELECT p.head, $1, last.revision + 1, gen_random_uuid(), $2, last.data,
              jsonb_set(last.metadata::jsonb, '{schemaVersion}', $3)::json
         FROM p, last RETURNING position`,
      [stream, type, String(schemaVersion)],
    );
    await client.query('COMMIT');
    return BigInt(rows[0]!.position);
  });

/** One more booking of that event at each process, outside of the load; answers what each said. */
async function codesAt(run: Run, eventId: string): Promise<string[]> {
  return Promise.all(
    run.scene.apis.map(async ({ url }) => {
      const client = new HttpClient(url, 1);
      const user = `${run.name}-late`;
      const path = `/v1/events/${eventId}/bookings`;
      const reply = await client.send({ method: 'POST', path, token: tokenOf(user), key: `${user}-k`, body: {} });
      client.close();
      return codeOf(reply);
    }),
  );
}

/** The event is refused, every other goes on, the tables stop just before. */
const unreadable = (smuggled: Smuggled) => async (run: Run) => {
  const calm = calmLoad(run);
  const painted = { eventId: `${run.name}-painted`, capacity: 50, callers: 0, users: 1 };
  await run.underLoad(
    async () => {
      await run.wave(painted.eventId, 10);
      await run.more(run.amount(40, 60));
      const poison = await insert(run.books.tables, `booking-${painted.eventId}`, smuggled);
      run.fault(`insert a ${smuggled.type} of version ${smuggled.schemaVersion}`);
      run.foreign.push(poison);
      run.upTo = poison - 1n;
      const codes = await codesAt(run, painted.eventId);
      run.expect(
        codes.every((code) => code === 'stream-unreadable'),
        `its event answered ${codes.join()}`,
      );
      await run.more(run.amount(50, 80));
    },
    { ...calm, events: [...calm.events, painted] },
  );
  await expectHalt(run);
};

async function expectHalt(run: Run): Promise<void> {
  const lag = await lagOf(run.books, run.upTo);
  run.expect(lag === null, lag ?? '');
  await halted(run);
  const [status] = JSON.parse(await run.scene.stage.holdfast('projections', 'status', '--json')) as [{ state: string }];
  run.expect(status.state === 'halted', `the projector says that it is ${status.state}`);
}

/** In the table, where looking costs little; what an operator is shown is asked for afterwards. */
async function halted({ books }: Run): Promise<void> {
  await onServer(books.tables, async (client) => {
    for (let waited = 0; waited < HALT_WITHIN_MS; waited += POLL_MS, await sleep(POLL_MS)) {
      const { rows } = await client.query<{ halt_reason: string | null }>(
        'SELECT halt_reason FROM read_model.checkpoint',
      );
      if (rows[0]?.halt_reason != null) return;
    }
  });
}

const HALT_WITHIN_MS = 10_000;
const POLL_MS = 50;

export const unknownType: Row = {
  id: 'F13',
  title: 'A record of unknown type inserted by SQL',
  topology: LONE,
  spoils: true,
  run: unreadable({ type: 'BookingPainted', schemaVersion: 1 }),
};

export const unknownVersion: Row = {
  id: 'F18',
  title: 'Old and new event versions mixed, unknown type',
  note: 'every payload is at its first version, so nothing older can be mixed in: a record of a later version fails closed',
  topology: LONE,
  spoils: true,
  run: unreadable({ type: 'BookingConfirmed', schemaVersion: 9 }),
};

/** F15: and is changed back, so that the run can be judged as every other. */
export const changedByte: Row = {
  id: 'F15',
  title: 'One byte of one event changed by a superuser',
  note: 'named by `holdfast log verify`, and by the checker of the histories (I5)',
  topology: PAIR,
  run: async (run) => {
    await run.underLoad(() => run.more(run.amount(100, 500)), calmLoad(run));
    const records = (await run.books.after(run.from)).filter(({ type }) => type.startsWith('Booking'));
    const { position, stream, data } = records[Math.floor(run.random.next() * records.length)]!;
    await overwrite(
      run,
      position,
      data.replace(/-u(\d)/, (_, digit: string) => `-u${(Number(digit) + 1) % 10}`),
    );
    run.fault('change a byte');
    const { violations } = check([], await run.books.after(run.from), { gapless: false });
    const named = violations.some(({ invariant, event }) => invariant === 'I5' && `booking-${event}` === stream);
    run.expect(named, `the checker did not notice the change at position ${position}`);
    const verified = JSON.parse(await run.scene.stage.holdfast('log', 'verify', '--json')) as LogVerified;
    run.expect(
      verified.first?.position === String(position),
      `log verify names ${JSON.stringify(verified.first)}, and position ${position} was changed`,
    );
    await overwrite(run, position, data);
  },
};

/** As much of what `holdfast log verify --json` prints as is looked at. */
interface LogVerified {
  readonly first: { readonly position: string } | null;
}

const overwrite = (run: Run, position: bigint, data: string): Promise<void> =>
  onServer(run.books.tables, async (superuser) => {
    await superuser.query('BEGIN; SET LOCAL session_replication_role = replica');
    await superuser.query('UPDATE log.events SET data = $2::json WHERE position = $1', [String(position), data]);
    await superuser.query('COMMIT');
  });

const STOPPED_WITHIN_MS = 10_000;

/** F17: again and again, under load. */
export const terminated: Row = {
  id: 'F17',
  title: 'SIGTERM under load',
  topology: PAIR,
  run: (run) =>
    run.underLoad(
      async () => {
        for (let turn = 0; turn < run.amount(1, 4); turn += 1) {
          await run.more(run.amount(50, 200));
          const n = (run.seed + turn) % 2;
          const { code, tookMs } = await run.scene.apis[n]!.stop();
          run.fault('SIGTERM');
          run.expect(code === 0, `it ended with ${code}`);
          run.expect(tookMs <= STOPPED_WITHIN_MS, `it took ${Math.round(tookMs)} ms to end`);
          await run.aim([run.scene.apis[1 - n]!.url]);
          await run.scene.ready(await run.scene.startApi(n));
          await run.aim();
        }
        await run.more(run.amount(50, 80));
      },
      { events: usualEvents(run.name) },
    ),
};
