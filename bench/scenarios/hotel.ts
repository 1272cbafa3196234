import { existsSync } from 'node:fs';
import path from 'node:path';
import { checkLog, countFacts } from '../replay/check.js';
import { inPassingTransaction } from '../replay/damage.js';
import { planReplay } from '../replay/plan.js';
import { progressBar } from '../replay/progress.js';
import { faultsOf, isVoid } from '../replay/report.js';
import { readReservations } from '../replay/reservations.js';
import { IN_FLIGHT, replay } from '../replay/run.js';
import type { Bench } from '../support/bench.js';
import { callersFor } from '../support/callers.js';
import { HttpClient } from '../support/http-client.js';
import { onDatabase } from '../support/postgres.js';
import { count } from '../support/print.js';
import { startService } from '../support/service.js';
import { ROOT } from '../support/table.js';

const FILE = path.join(ROOT, '..', 'shared', 'data', 'hotel_bookings.csv.gz');
const SEED = 1;
const PAUSE_MS = 1_000;
const QUICK_RESERVATIONS = 5_000;
const PREFIX = 'booking-';

/** The reservations of two real hotels, over HTTP, and every answer held against the log. Left out without the file. */
export async function hotel(bench: Bench): Promise<void> {
  const { report, leftovers, postgres, quick } = bench;
  if (!existsSync(FILE)) return report.remark('replay: left out, the file of hotel reservations is not there.');
  const now = Date.now();
  const reservations = await readReservations(FILE, quick ? QUICK_RESERVATIONS : Infinity);
  const plan = planReplay(reservations, SEED, now, now.toString(36));
  const secret = crypto.randomUUID() + crypto.randomUUID();
  const database = await postgres.database('hotel');
  const { url, stop } = await startService(leftovers, { DATABASE_URL: database, AUTH_HS256_SECRET: secret });
  const client = new HttpClient(url, IN_FLIGHT);
  try {
    await client.connect();
    const callers = callersFor(null, '', { AUTH_HS256_SECRET: secret });
    const run = await replay(plan, client.send, callers, progressBar(), PAUSE_MS);
    const { findings, facts } = await onDatabase(database, (log) =>
      inPassingTransaction(log, async () => {
        const findings = await checkLog(log, 'log.events', PREFIX, run.answers);
        return { findings, facts: await countFacts(log) };
      }),
    );
    for (const fault of faultsOf(run, findings, []).filter((fault) => !isVoid(fault))) report.wrong(`replay: ${fault}`);
    const perSecond = (n: number) => once((n / run.tookMs) * 1_000);
    const line = { scenario: 'replay', runs: 1 } as const;
    const all = `${count(reservations.length)} reservations, ${count(facts.records)} domain events`;
    report.add({
      ...line,
      what: 'hotel reservations over HTTP, requests',
      unit: '/s',
      figure: perSecond(run.asker.latency.count),
      note: all,
    });
    const booked = run.outcomes.confirmed + run.outcomes.waitlisted;
    report.add({ ...line, what: 'bookings and turns in the line', unit: '/s', figure: perSecond(booked) });
    report.add({
      ...line,
      what: 'p99 of a request',
      unit: 'ms',
      figure: once(run.asker.latency.percentile(99)),
      note: `${IN_FLIGHT} in flight`,
    });
  } finally {
    client.close();
    await stop();
  }
}

const once = (value: number) => ({ median: value, min: value, max: value });
