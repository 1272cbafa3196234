import { each } from './figure.js';
import { counter, counters, gauge, type Made } from './made.js';
import type { PoolUse, Seen } from './seen.js';
import { TABLES } from './tables.js';

/** The core: from a command to the log. */
const CORE: readonly Made[] = [
  counter('holdfast_appends_total', 'Batches written to the log.', ({ core }) => core.appends),
  counters(
    'holdfast_append_results_total',
    'result',
    'Batches that were sent to the log, by what became of them: written, conflict (decided anew), unavailable (nothing was written), unknown (nobody can tell), failed (a bug).',
    ({ core }) => Object.entries(core.results),
  ),
  {
    name: 'holdfast_append_duration_seconds',
    help: 'From sending a batch to knowing its outcome, retries included.',
    ...{ type: 'histogram', labels: [], divisor: 1_000, read: ({ core }) => [[[], core.appending]] },
  },
  {
    name: 'holdfast_append_commands',
    help: 'Commands in each append (the size of the group); 0: only what settle owed.',
    ...{ type: 'histogram', labels: [], divisor: 1, read: ({ core }) => [[[], core.groups]] },
  },
  counter('holdfast_domain_events_total', 'Domain events written to the log.', ({ core }) => core.events),
  counters(
    'holdfast_domain_events_by_type_total',
    'type',
    'Domain events written to the log, by type: BookingConfirmed and BookingHeld are bookings, HoldExpired is a hold that lapsed.',
    ({ core }) => Object.entries(core.types),
  ),
  counter(
    'holdfast_conflicts_total',
    'Batches decided anew because another process wrote first.',
    ({ core }) => core.conflicts,
  ),
  counter('holdfast_retries_total', 'Commands that were decided anew.', ({ core }) => core.retries),
  counter(
    'holdfast_unknown_outcomes_total',
    'Appends whose outcome had to be looked up in the log.',
    ({ core }) => core.unknowns,
  ),
  counter(
    'holdfast_tail_reads_total',
    'Reads that proved an answer that writes nothing.',
    ({ core }) => core.tailReads,
  ),
  {
    name: 'holdfast_command_duration_seconds',
    help: 'From a command to its answer, by outcome: accepted, replayed, refused, or the code of a fault. Its count is the number of commands.',
    ...{ type: 'histogram', labels: ['outcome'], divisor: 1_000 },
    read: each(({ core }: Seen) => Object.entries(core.answering)),
  },
  counters(
    'holdfast_refusals_total',
    'reason',
    'Commands that were refused, by the code of their problem.',
    ({ core }) => Object.entries(core.refusals),
  ),
  counters(
    'holdfast_commands_asked_total',
    'result',
    'Commands that another process of this service was asked to decide, because their event is its: answered (and counted there), away (it would not), silent (nobody can tell). Those that were not answered were decided here.',
    ({ core }) => Object.entries(core.asked),
  ),
  gauge('holdfast_peers', 'Other processes of this service that this one may ask.', ({ peers }) => peers.all),
  gauge(
    'holdfast_peers_away',
    'Those of them that are away: what is theirs to decide is decided by whoever is asked.',
    ({ peers }) => peers.away,
  ),
  gauge('holdfast_mailbox_commands', 'Commands without an answer, of all events.', ({ standing }) => standing.waiting),
  gauge(
    'holdfast_mailbox_depth_max',
    'Commands without an answer, of the event that has most.',
    ({ standing }) => standing.deepest,
  ),
  gauge(
    'holdfast_mailbox_age_seconds',
    'For how long the longest waiting command has had no answer, to a tenth of a second.',
    ({ standing }) => standing.oldestMs / 1_000,
  ),
  gauge('holdfast_cached_ledgers', 'Events whose ledgers are in memory.', ({ standing }) => standing.ledgers),
  gauge(
    'holdfast_ledger_cache_entries',
    'Bookings and remembered commands in the ledgers in memory; CACHE_ENTRIES bounds them.',
    ({ standing }) => standing.entries,
  ),
  counter('holdfast_ledger_cache_hits_total', 'Commands that found their ledger in memory.', ({ core }) => core.hits),
  counter('holdfast_ledger_cache_loads_total', 'Ledgers that were read from the log.', ({ core }) => core.loads),
  counter('holdfast_ledger_cache_evictions_total', 'Ledgers that made room for others.', ({ core }) => core.evictions),
  {
    name: 'holdfast_loaded_stream_records',
    help: 'Records of each stream that was read from the log for its ledger.',
    ...{ type: 'histogram', labels: [], divisor: 1, read: ({ core }) => [[[], core.lengths]] },
  },
  gauge(
    'holdfast_stream_length_max',
    'Records of the longest stream whose ledger is in memory.',
    ({ standing }) => standing.longest,
  ),
];

const nothing: readonly (readonly [string, number])[] = [];

const HTTP: readonly Made[] = [
  counters(
    'holdfast_http_requests_total',
    'class',
    'Requests, by the class of their status; broken: given up, or no request at all.',
    ({ http }) => http?.tally.answers ?? nothing,
  ),
  counters(
    'holdfast_http_problems_total',
    'code',
    'Problems that were sent, by code: rate-limited is a limit on requests, overloaded is load that was shed, here or by a mailbox.',
    ({ http }) => http?.tally.problems ?? nothing,
  ),
  counter(
    'holdfast_http_shed_total',
    'Requests that were turned away at the door because too much was under way.',
    ({ http }) => http?.tally.shed ?? null,
  ),
  {
    name: 'holdfast_http_request_duration_seconds',
    help: 'From a request to the last byte of its answer, by kind: read or write. Feeds are left out.',
    ...{ type: 'histogram', labels: ['kind'], divisor: 1_000 },
    read: each(({ http }: Seen) => Object.entries(http?.tally.took ?? {})),
  },
  {
    ...{ name: 'holdfast_http_in_flight', help: 'Requests that are worked on, by kind.', type: 'gauge' },
    labels: ['kind'],
    read: each(({ http }: Seen) => Object.entries(http?.lanes ?? {}).map(([kind, lane]) => [kind, lane.inFlight])),
  },
  {
    ...{ name: 'holdfast_http_in_flight_limit', help: 'How many of them there may be at present.', type: 'gauge' },
    labels: ['kind'],
    read: each(({ http }: Seen) => Object.entries(http?.lanes ?? {}).map(([kind, lane]) => [kind, lane.limit])),
  },
  gauge('holdfast_feed_clients', 'Open feeds (server-sent events).', ({ feed }) => feed.clients),
  counter(
    'holdfast_feed_dropped_total',
    'Feeds that were closed because their reader was too slow.',
    ({ feed }) => feed.dropped,
  ),
  counter('holdfast_feed_refused_total', 'Feeds that were refused for want of room.', ({ feed }) => feed.refused),
];

const BESIDE: readonly Made[] = [
  counter('holdfast_refusals_kept_total', 'Refusals written to their tables.', ({ kept }) => kept?.kept ?? null),
  counter(
    'holdfast_refusals_lost_total',
    'Refusals that were given but only counted.',
    ({ kept }) => kept?.lost ?? null,
  ),
  counter('holdfast_webhook_deliveries_total', 'Messages that a receiver took.', ({ sent }) => sent?.delivered ?? null),
  counter('holdfast_webhook_failures_total', 'Attempts that failed.', ({ sent }) => sent?.failed ?? null),
  counter(
    'holdfast_webhook_given_up_total',
    'Messages that are not sent any more.',
    ({ sent }) => sent?.givenUp ?? null,
  ),
  counter(
    'holdfast_webhook_disabled_total',
    'Webhooks that were disabled because of failures.',
    ({ sent }) => sent?.disabled ?? null,
  ),
  gauge(
    'holdfast_webhook_queue',
    'Messages that wait to be sent, by any process.',
    ({ queue }) => queue?.pending ?? null,
  ),
  gauge(
    'holdfast_webhooks_disabled',
    'Webhooks that are disabled because of failures.',
    ({ queue }) => queue?.disabled ?? null,
  ),
];

const USES = ['busy', 'idle', 'waiting'] as const satisfies readonly (keyof PoolUse)[];

const PROCESS: readonly Made[] = [
  {
    ...{ name: 'holdfast_pool_connections', type: 'gauge', labels: ['pool', 'state'] },
    help: 'Connections to the database by pool: busy, idle; waiting: requests for one that have to wait.',
    read: ({ pools }) => pools.flatMap((pool) => USES.map((use) => [[pool.name, use], pool[use]] as const)),
  },
  {
    ...{ name: 'holdfast_build_info', type: 'gauge', labels: ['version', 'node'] },
    help: '1; its labels say what runs here.',
    read: ({ version }) => [[[version, process.version], 1]],
  },
];

const OF_TABLES = { title: 'Tables and projector', figures: TABLES };
const OF_PROCESS = { title: 'Process', figures: PROCESS };

/** Every figure of ours, in the order of the page. */
export const SECTIONS: readonly { readonly title: string; readonly figures: readonly Made[] }[] = [
  { title: 'Commands and the log', figures: CORE },
  { title: 'HTTP and feeds', figures: HTTP },
  OF_TABLES,
  { title: 'Refusals and webhooks', figures: BESIDE },
  OF_PROCESS,
];

/** What a projector process shows of them. */
export const PROJECTOR_SECTIONS = [OF_TABLES, OF_PROCESS];
