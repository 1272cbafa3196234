/** The environment asks for something that cannot be; the message has one line for each bad setting. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** `problems`: the name of each bad setting and what was expected there. */
  constructor(readonly problems: readonly { readonly name: string; readonly expected: string }[]) {
    super(['Bad settings:', ...problems.map(({ name, expected }) => `  ${name}: expected ${expected}`)].join('\n'));
  }
}

/** One setting, as it was asked for: the only place where its default and what may be there are said is the asking. */
export interface Question {
  readonly name: string;
  /** In words. */
  readonly expected: string;
  /** As one would write it; null: without it there is nothing. */
  readonly fallback: string | null;
  /** As it is in the environment, trimmed; null: unset. */
  readonly value: string | null;
  /** `secret`: no part of the value may be shown. `url`: not who logs in and with what. */
  readonly kind: 'plain' | 'url' | 'secret';
}

/** A setting of such a name is a secret, however it is asked for. */
const SECRET_NAME = /SECRET|TOKEN|PASSWORD|_KEY$/;

/**
 * Reads settings and gathers what is wrong with them, so that all of it is told at once by `finish`; until then a bad
 * value is stood in for by its default. Values never appear in a message.
 */
export class Settings {
  readonly problems: { readonly name: string; readonly expected: string }[] = [];
  private readonly asked = new Map<string, Question>();

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** Every setting that was asked for so far, in that order. */
  get questions(): readonly Question[] {
    return [...this.asked.values()];
  }

  /** The trimmed value; undefined when unset or empty. */
  raw(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }

  refuse(name: string, expected: string): void {
    this.problems.push({ name, expected });
  }

  refuseUnknown(prefix: string, known: readonly string[]): void {
    for (const name of Object.keys(this.env)) {
      if (name.startsWith(prefix) && !known.includes(name)) this.refuse(name, `one of ${known.join(', ')}`);
    }
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const expected = `an integer from ${min} to ${max}`;
    const value = this.ask(name, expected, String(fallback));
    if (value === undefined) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    this.refuse(name, expected);
    return fallback;
  }

  /** Null: unset. */
  optionalInteger(name: string, min: number, max: number): number | null {
    const expected = `an integer from ${min} to ${max}`;
    const value = this.ask(name, expected, null);
    if (value === undefined) return null;
    if (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    this.refuse(name, expected);
    return null;
  }

  choice<const T extends string>(name: string, choices: readonly T[], fallback: NoInfer<T>): T {
    const expected = choices.join(' or ');
    const value = this.ask(name, expected, fallback);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.refuse(name, expected);
    return found ?? fallback;
  }

  text(name: string, fallback: string, pattern: RegExp, expected: string): string {
    return this.matching(name, pattern, expected, fallback) ?? fallback;
  }

  optional(name: string, pattern: RegExp, expected: string): string | null {
    return this.matching(name, pattern, expected, null);
  }

  /** Several, separated by commas; blanks around them do not count. */
  list(name: string, isFit: (item: string) => boolean, expected: string): string[] {
    const items = (this.ask(name, expected, null) ?? '').split(',').map((item) => item.trim());
    const named = items.filter((item) => item !== '');
    if (!named.every(isFit)) this.refuse(name, expected);
    return named;
  }

  private matching(name: string, pattern: RegExp, expected: string, fallback: string | null): string | null {
    const value = this.ask(name, expected, fallback);
    if (value === undefined) return null;
    if (pattern.test(value)) return value;
    this.refuse(name, expected);
    return null;
  }

  url(name: string, isFit: (url: URL) => boolean, expected: string): string | null {
    const value = this.ask(name, expected, null, 'url');
    if (value === undefined) return null;
    if (URL.canParse(value) && isFit(new URL(value))) return value;
    this.refuse(name, expected);
    return null;
  }

  /** For what is not read as a URL. `wrongIn` says what was expected of a value, or null when it will do. */
  address(name: string, wrongIn: (value: string) => string | null, expected: string): string | null {
    const value = this.ask(name, expected, null, 'url');
    const wrong = value === undefined ? null : wrongIn(value);
    if (wrong !== null) this.refuse(name, wrong);
    return wrong === null ? (value ?? null) : null;
  }

  /** Taken as it stands, blanks included: whoever signs with it does not trim it either. */
  secret(name: string, minBytes: number): string | null {
    this.ask(name, `${minBytes} bytes or more`, null, 'secret');
    const value = this.env[name];
    if (value === undefined || value.trim() === '') return null;
    if (Buffer.byteLength(value) >= minBytes) return value;
    this.refuse(name, `${minBytes} bytes or more`);
    return null;
  }

  /** Throws ConfigError when anything was refused. */
  finish(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems);
  }

  private ask(name: string, expected: string, fallback: string | null, kind: Question['kind'] = 'plain') {
    const value = this.raw(name);
    const isSecret = kind === 'secret' || SECRET_NAME.test(name);
    this.asked.set(name, { name, expected, fallback, value: value ?? null, kind: isSecret ? 'secret' : kind });
    return value;
  }
}
