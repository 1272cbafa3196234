/** Addresses of EventStoreDB, as its client takes them. */

const ESDB_SCHEME = /^(esdb|kurrentdb)(\+discover)?:\/\//;
/** One server, or several of a cluster. Not read as a URL: that allows for one host only. */
const ESDB =
  /^(?:esdb|kurrentdb)(?:\+discover)?:\/\/(?:[^\s:@/?,]+:[^\s:@/?,]+@)?[\w.-]+(?::\d{1,5})?(?:,[\w.-]+(?::\d{1,5})?)*\/?(?:\?([^\s?]+))?$/;
const ESDB_OPTIONS: Readonly<Record<string, RegExp>> = {
  tls: /^(true|false)$/,
  tlsCAFile: /./,
  userCertFile: /./,
  userKeyFile: /./,
  nodePreference: /^leader$/,
  connectionName: /./,
  maxDiscoverAttempts: /^\d+$/,
  discoveryInterval: /^\d+$/,
  gossipTimeout: /^\d+$/,
  keepAliveInterval: /^\d{5,}$/,
  keepAliveTimeout: /^\d+$/,
};

/** Whether the log at this address is kept by EventStoreDB, under its old name or its new one. */
export const isEventStoreDb = (url: string): boolean => ESDB_SCHEME.test(url);

/** What was expected of the address, or null when it can be used. */
export function wrongInEsdb(url: string): string | null {
  const match = ESDB.exec(url);
  if (match === null)
    return 'esdb://user:password@host:2113, with several hosts separated by commas; special characters in %-encoding';
  const given = (match[1] ?? '').split('&').filter((option) => option !== '');
  const wrong = given.find((option) => {
    const [name = '', value = ''] = option.split('=');
    return !ESDB_OPTIONS[name]?.test(value);
  });
  if (wrong === undefined) return null;
  const [name = ''] = wrong.split('=');
  const pattern = ESDB_OPTIONS[name];
  return pattern === undefined
    ? `of its options ${Object.keys(ESDB_OPTIONS).join(', ')}`
    : `the option ${name} to match ${pattern.source}`;
}
