/** The environment asks for something that cannot be; the message has one line for each bad setting. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** `problems`: the name of each bad setting and what was expected there. */
  constructor(readonly problems: readonly { readonly name: string; readonly expected: string }[]) {
    super(['Bad settings:', ...problems.map(({ name, expected }) => `  ${name}: expected ${expected}`)].join('\n'));
  }
}

/**
 * Reads settings and gathers what is wrong with them, so that all of it is told at once by `finish`; until then a bad
 * value is stood in for by its default. Values never appear in a message.
 */
export class Settings {
  private readonly problems: { name: string; expected: string }[] = [];

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

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
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    this.refuse(name, `an integer from ${min} to ${max}`);
    return fallback;
  }

  choice<const T extends string>(name: string, choices: readonly T[], fallback: NoInfer<T>): T {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.refuse(name, choices.join(' or '));
    return found ?? fallback;
  }

  text(name: string, fallback: string, pattern: RegExp, expected: string): string {
    return this.optional(name, pattern, expected) ?? fallback;
  }

  optional(name: string, pattern: RegExp, expected: string): string | null {
    const value = this.raw(name);
    if (value === undefined) return null;
    if (pattern.test(value)) return value;
    this.refuse(name, expected);
    return null;
  }

  url(name: string, isFit: (url: URL) => boolean, expected: string): string | null {
    const value = this.raw(name);
    if (value === undefined) return null;
    if (URL.canParse(value) && isFit(new URL(value))) return value;
    this.refuse(name, expected);
    return null;
  }

  /** Taken as it stands, blanks included: whoever signs with it does not trim it either. */
  secret(name: string, minBytes: number): string | null {
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
}
