import type { Settings } from './settings.js';

/** How tokens are checked. `development`: with a secret of our own making, on loopback only. */
export type KeyConfig =
  | { readonly kind: 'jwks'; readonly url: string }
  | { readonly kind: 'hs256'; readonly secret: string }
  | { readonly kind: 'development'; readonly secret: string };

export interface AuthConfig {
  readonly key: KeyConfig;
  /** Null: not compared. */
  readonly issuer: string | null;
  readonly audience: string | null;
  /** The user id is `sub` itself, or its HMAC under this secret. */
  readonly userId: { readonly kind: 'sub' } | { readonly kind: 'hmac'; readonly secret: string };
}

/** Signing in to the control room at the issuer of the tokens, by OpenID Connect. */
export interface SignInConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client, known by PKCE alone. */
  readonly clientSecret: string | null;
  /** What the token is asked to allow. */
  readonly scope: string;
  readonly audience: string | null;
}

/** Of a secret with which something is signed, encrypted or made a name. */
export const MIN_SECRET_BYTES = 32;

const AUTH_SETTINGS = [
  'AUTH_JWKS_URL',
  'AUTH_HS256_SECRET',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'AUTH_USER_ID',
  'AUTH_USER_ID_SECRET',
  'AUTH_OIDC_CLIENT_ID',
  'AUTH_OIDC_CLIENT_SECRET',
  'AUTH_OIDC_SCOPE',
];

/** A null key stands for the development secret, which is made only when everything else is in order. */
export type AuthRead = Omit<AuthConfig, 'key'> & { readonly key: KeyConfig | null };

export function readAuth(settings: Settings, production: boolean): AuthRead {
  settings.refuseUnknown('AUTH_', AUTH_SETTINGS);
  /** Where the keys of your issuer are, by which tokens are checked. */
  const url = settings.url('AUTH_JWKS_URL', isKeySetUrl, 'https://…, or http://… on loopback');
  /** A secret shared with whoever signs the tokens, instead of keys from a URL. */
  const secret = settings.secret('AUTH_HS256_SECRET', MIN_SECRET_BYTES);
  const named = AUTH_SETTINGS.filter((name) => settings.raw(name) !== undefined);
  if (settings.raw('AUTH_JWKS_URL') !== undefined && settings.raw('AUTH_HS256_SECRET') !== undefined) {
    settings.refuse('AUTH_HS256_SECRET', 'nothing beside AUTH_JWKS_URL: there is one way to check a token');
  } else if (settings.raw('AUTH_JWKS_URL') === undefined && settings.raw('AUTH_HS256_SECRET') === undefined) {
    const why = production
      ? 'in production (NODE_ENV=production, or a HOST that is not loopback)'
      : `beside ${named[0]}`;
    if (production || named.length > 0) {
      settings.refuse('AUTH_JWKS_URL', `this, or AUTH_HS256_SECRET of ${MIN_SECRET_BYTES} bytes or more, ${why}`);
    }
  }
  return {
    key: url !== null ? { kind: 'jwks', url } : secret !== null ? { kind: 'hs256', secret } : null,
    /** The issuer that a token must name; unset: not compared. */
    issuer: settings.optional('AUTH_ISSUER', /^\S+$/, 'the exact "iss" of your tokens'),
    /** The audience that a token must name; unset: not compared. */
    audience: settings.optional('AUTH_AUDIENCE', /^\S+$/, 'the exact "aud" of your tokens'),
    userId: readUserId(settings),
  };
}

function readUserId(settings: Settings): AuthConfig['userId'] {
  /** The user id is `sub` itself or its HMAC, for subjects that are e-mail addresses. */
  const kind = settings.choice('AUTH_USER_ID', ['sub', 'hmac'], 'sub');
  /** The secret of that HMAC; to be unset otherwise. */
  const secret = settings.secret('AUTH_USER_ID_SECRET', MIN_SECRET_BYTES);
  if (kind === 'sub') {
    if (secret !== null) settings.refuse('AUTH_USER_ID_SECRET', 'to be unset unless AUTH_USER_ID=hmac');
    return { kind };
  }
  if (settings.raw('AUTH_USER_ID_SECRET') === undefined) {
    settings.refuse('AUTH_USER_ID_SECRET', `${MIN_SECRET_BYTES} bytes or more with AUTH_USER_ID=hmac`);
  }
  return { kind, secret: secret ?? '' };
}

export function readSignIn(settings: Settings): SignInConfig | null {
  /** Who the control room is to AUTH_ISSUER, for signing in there by OpenID Connect; unset: tokens are pasted. */
  const clientId = settings.optional('AUTH_OIDC_CLIENT_ID', /^[\x21-\x7e]+$/, 'visible ASCII without spaces');
  /** The secret of that client; unset: it is a public one, and PKCE is enough. */
  const clientSecret = settings.optional('AUTH_OIDC_CLIENT_SECRET', /^[\x21-\x7e]+$/, 'visible ASCII without spaces');
  /** The scopes that are asked for there, of those that the issuer knows. */
  const scope = settings.text(
    'AUTH_OIDC_SCOPE',
    'openid',
    /^[\x21-\x7e]+( [\x21-\x7e]+)*$/,
    'scopes, one space between',
  );
  if (clientId === null) {
    if (clientSecret !== null) settings.refuse('AUTH_OIDC_CLIENT_SECRET', 'to be unset without AUTH_OIDC_CLIENT_ID');
    return null;
  }
  const issuer = settings.raw('AUTH_ISSUER') ?? '';
  if (!URL.canParse(issuer) || !isKeySetUrl(new URL(issuer)))
    settings.refuse(
      'AUTH_ISSUER',
      'https://…, or http://… on loopback, beside AUTH_OIDC_CLIENT_ID: it is asked who signs in',
    );
  return { issuer, clientId, clientSecret, scope, audience: settings.raw('AUTH_AUDIENCE') ?? null };
}

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
const isKeySetUrl = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
