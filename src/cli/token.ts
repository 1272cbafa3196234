import type { Command } from 'commander';
import { loadConfig } from '../infrastructure/config.js';
import { SCOPES, USER_ID } from '../infrastructure/http/access.js';
import { mintToken } from '../infrastructure/http/tokens.js';

const TTL = /^([1-9]\d{0,5})([smhd])$/;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

interface Options {
  readonly scope: string;
  readonly ttl: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  holdfast token ada                                     # for one's own bookings, for an hour
  holdfast token ops --scope 'event:manage audit:read' --ttl 15m
  TOKEN=$(holdfast token ada)

Exit codes: 0 the token is printed, 1 it could not be made.
`;

/** `holdfast token ada --scope "booking"`: prints a token that the service on this machine accepts. */
export function registerToken(program: Command): void {
  program
    .command('token')
    .description('print a token, signed with AUTH_HS256_SECRET, else with the secret in DATA_DIR')
    .argument('<sub>', 'the user id')
    .option('--scope <scopes>', `separated by spaces: ${SCOPES.join(' ')}`, 'booking')
    .option('--ttl <duration>', 'how long it is good for: 30s, 15m, 1h, 7d', '1h')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action((subject: string, { scope, ttl, json }: Options, command: Command) => {
      const ttlMs = ttlIn(ttl);
      if (ttlMs === null) command.error('error: --ttl must be a number and one of s, m, h, d');
      const scopes = scope.split(/[\s,]+/).filter((word) => word !== '');
      const unknown = scopes.find((word) => !(SCOPES as readonly string[]).includes(word));
      if (unknown !== undefined) command.error(`error: no such scope: ${unknown}; there are ${SCOPES.join(', ')}`);
      const { key, issuer, audience, userId } = loadConfig(process.env).auth;
      if (userId.kind === 'sub' && !new RegExp(USER_ID).test(subject))
        command.error('error: <sub> must be 1 to 128 of A-Z a-z 0-9 . _ | : - and not begin with system:');
      if (key.kind === 'jwks') command.error('error: with AUTH_JWKS_URL only the issuer can sign tokens');
      const grant = { subject, scope: scopes.join(' '), ttlMs: ttlMs ?? 0, issuer, audience };
      if (!('secret' in key)) return;
      const token = mintToken(key.secret, grant);
      const told = { token, sub: subject, scope: grant.scope, ttlSeconds: grant.ttlMs / 1_000 };
      process.stdout.write(json ? `${JSON.stringify(told, null, 2)}\n` : `${token}\n`);
    });
}

/** In milliseconds; null for anything else. */
function ttlIn(text: string): number | null {
  const match = TTL.exec(text);
  return match === null ? null : Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}
